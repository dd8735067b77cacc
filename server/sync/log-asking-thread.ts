/** Answers questions about the log that somebody waits for: the compactor may be busy with one room for long. */
import { readHistory } from './log-history.ts';
import { openRows } from './open-rows.ts';
import type { RowsAt } from './open-rows.ts';
import { answerCalls } from './thread.ts';

answerCalls<RowsAt>((at) => {
  const source = openRows(at);
  return {
    rooms: () => source.rooms(),
    setAside: () => source.setAside(),
    quarantine: () => source.quarantine(),
    history: (question: { room: string; afterSeq: number }) => readHistory(source, question),
  };
});
