/**
 * Says to the operator whose update was refused, in which room and why: never content, never a name. One who
 * offers the same over and over is one line, which says how often.
 */
import type { CloseReason } from '#domain/sync/wire.ts';
import { minute } from '#domain/time.ts';

/** The same refusal is told at most this often. */
export const refusalToldEveryMs = minute;
/** Refusals remembered; the oldest is forgotten first. */
export const refusalsRememberedLimit = 1_000;

export interface Refusal {
  room: string;
  person: string;
  reason: CloseReason;
}

/** Reasons that an update itself can give. */
const reasons: ReadonlySet<CloseReason> = new Set([
  'tooLarge',
  'documentFull',
  'malformed',
  'foreignClient',
  'tooManyClients',
  'gap',
]);

export function createRefusals(
  tell: (refusal: Refusal & { times: number }) => void,
  nowMs: () => number,
): (refusal: Refusal) => void {
  const told = new Map<string, { atMs: number; untold: number }>();
  return (refusal) => {
    if (!reasons.has(refusal.reason)) return;
    const key = `${refusal.room} ${refusal.person} ${refusal.reason}`;
    const last = told.get(key);
    if (last !== undefined && nowMs() - last.atMs < refusalToldEveryMs) {
      last.untold += 1;
      return;
    }
    told.delete(key);
    told.set(key, { atMs: nowMs(), untold: 0 });
    const [oldest] = told.keys();
    if (told.size > refusalsRememberedLimit && oldest !== undefined) told.delete(oldest);
    tell({ ...refusal, times: 1 + (last?.untold ?? 0) });
  };
}
