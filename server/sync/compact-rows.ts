/**
 * Applies rows to a document, each within a limit of time: Yjs looks for the place of a letter among all that
 * compete for it, and a hundred kilobytes can be made to take half a minute, here and in every browser. Rule L14
 * in SPEC.md.
 */
import { createContext, Script } from 'node:vm';
import * as Y from 'yjs';
import { second } from '#domain/time.ts';
import type { FittingRow } from './log-fit.ts';
import type { QuarantineReason } from './log.ts';

/** A row may take this much of a processor's time, and so much more for each MiB: some ten times what texts take. */
export const slowRowMs = 2 * second;
export const slowRowMsPerMiB = second;
/** On a busy machine that takes longer by the clock; beyond this the row is not blamed, but nobody waits for it. */
const busyFactor = 8;
/** Watching takes a fraction of a millisecond: rows below this size are watched together, up to so many. */
const watchedAloneFrom = 1_024;
const watchedRowsLimit = 100;

export class WrongRow extends Error {
  readonly row: { seq: number; reason: QuarantineReason };
  constructor(seq: number, reason: QuarantineReason) {
    super('a row does not apply');
    this.row = { seq, reason };
  }
}

/** Throws WrongRow for the first that no document takes in, or not in time; the document is of no use then. */
export function applyRows(doc: Y.Doc, rows: readonly FittingRow[], allowedMs = slowRowMs): void {
  const watch = createWatch();
  let together: FittingRow[] = [];
  const flush = () => {
    if (together.length > 0) applyWatched(doc, together, { watch, allowedMs });
    together = [];
  };
  for (const fitting of rows) {
    const isAlone = fitting.row.bytes.length >= watchedAloneFrom;
    if (isAlone || together.length >= watchedRowsLimit) flush();
    together.push(fitting);
    if (isAlone) flush();
  }
  flush();
}

function applyWatched(
  doc: Y.Doc,
  rows: readonly FittingRow[],
  { watch, allowedMs }: { watch: Watch; allowedMs: number },
): void {
  const started = { ms: performance.now(), usage: process.threadCpuUsage() };
  const limitMs = ({ row }: FittingRow) => allowedMs + (row.bytes.length / 2 ** 20) * slowRowMsPerMiB;
  let current = { row: rows[0] as FittingRow, sinceMs: started.ms };
  /** Of the processor, at least: whatever the rows before it took by the clock is not counted. */
  const isSlow = ({ row, sinceMs }: typeof current): boolean => {
    const ofMs = limitMs(row);
    if (performance.now() - sinceMs < ofMs) return false;
    const { user, system } = process.threadCpuUsage(started.usage);
    return (user + system) / 1_000 - (sinceMs - started.ms) >= ofMs;
  };
  const isInTime = watch(limitMs(rows.at(-1) as FittingRow) * busyFactor, () => {
    for (const row of rows) {
      current = { row, sinceMs: performance.now() };
      applyRow(doc, row);
      if (isSlow(current)) throw new WrongRow(row.row.seq, 'slow');
    }
  });
  if (isInTime) return;
  const { seq } = current.row.row;
  if (isSlow(current)) throw new WrongRow(seq, 'slow');
  throw new Error(`row ${seq} was not applied in time`);
}

function applyRow(doc: Y.Doc, { row }: FittingRow): void {
  try {
    Y.applyUpdate(doc, row.bytes);
  } catch {
    throw new WrongRow(row.seq, 'throws');
  }
  // The rows were judged to fit: were Yjs of another opinion, nothing may be written over it.
  if (isPending(doc)) throw new Error(`row ${row.seq} fits and yet waits`);
}

export const isPending = ({ store }: Y.Doc): boolean =>
  store.pendingStructs !== null || store.pendingDs !== null;

/** Ends the work, wherever it is, when its time is over; false then. */
type Watch = (limitMs: number, work: () => void) => boolean;

function createWatch(): Watch {
  const scope: { work: () => void } = { work: () => undefined };
  const context = createContext(scope);
  const script = new Script('work()');
  return (limitMs, work) => {
    scope.work = work;
    try {
      script.runInContext(context, { timeout: Math.ceil(limitMs) });
      return true;
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return false;
      throw error;
    }
  };
}
