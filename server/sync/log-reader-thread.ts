/** Reads and diffs, beside the writer: a large document must delay neither a commit nor the sockets. */
import { createAnswers } from './log-answers.ts';
import { openRows } from './open-rows.ts';
import type { RowsAt } from './open-rows.ts';
import { answerCalls } from './thread.ts';

answerCalls<RowsAt>((at) => {
  const source = openRows(at);
  return { ...createAnswers(source), close: () => source.close() };
});
