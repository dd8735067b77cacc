/** The lines of the record: what was brought in at one go is one line, however many files it was. */
import type { RecordedAct } from '#domain/workspaces/history.ts';
import { minute } from '#domain/time.ts';

export interface RecordLine {
  /** The newest of them. */
  act: RecordedAct;
  count: number;
}

/** Imports of one person that follow each other within this time are one batch. */
export const batchGapMs = 1 * minute;

/** From acts as the record gives them, newest first. */
export function linesOf(acts: readonly RecordedAct[]): RecordLine[] {
  const lines: RecordLine[] = [];
  let last: RecordedAct | undefined;
  for (const act of acts) {
    const line = lines.at(-1);
    if (line && last && isSameBatch(last, act)) line.count += 1;
    else lines.push({ act, count: 1 });
    last = act;
  }
  return lines;
}

const isSameBatch = (later: RecordedAct, earlier: RecordedAct): boolean =>
  later.name === 'documents.import' &&
  earlier.name === 'documents.import' &&
  later.by === earlier.by &&
  Date.parse(later.at) - Date.parse(earlier.at) <= batchGapMs;
