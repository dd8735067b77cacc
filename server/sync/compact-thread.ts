/** The compactor's thread: documents are built here and nowhere else in the sync server. */
import { createCompactor } from './compact.ts';
import { openRows } from './open-rows.ts';
import type { RowsAt } from './open-rows.ts';
import { answerCalls } from './thread.ts';

answerCalls<RowsAt>((at) => {
  const source = openRows(at);
  const compactor = createCompactor(source);
  return {
    ...compactor,
    due: (nowMs: number) => {
      compactor.rest();
      return source.due(nowMs);
    },
  };
});
