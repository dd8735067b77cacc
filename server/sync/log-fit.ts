/**
 * Which rows of a log fit together, without a document: every row is walked and judged on top of a snapshot's
 * clocks and deletions, and a row that builds on something missing waits for it. The reader answers from this,
 * the compactor applies to documents what fits here. Rules L7, L8, L11 in SPEC.md.
 */
import { crc32 } from 'node:zlib';
import { Known } from './known.ts';
import type { QuarantineReason } from './log.ts';
import type { StoredRow } from './log-rows.ts';
import type { RangePairs } from './ranges.ts';
import { Waiting } from './waiting.ts';
import { isMalformedUpdate, walkUpdate } from './walk.ts';
import type { WalkedUpdate } from './walk.ts';

export interface FittingRow {
  row: StoredRow;
  walked: WalkedUpdate;
}

export type Fitted =
  /** This row, and those that had waited for it, in the order in which they can be applied. */
  | { fits: readonly FittingRow[] }
  /** It waits, or is of a kind that this program does not know. */
  | { waits: true }
  | { wrong: QuarantineReason };

export class Fit {
  readonly known: Known;
  readonly #waiting = new Waiting<FittingRow>();
  /** Rows that no other row of this log can help. */
  readonly #stuck: number[] = [];
  readonly #aside: StoredRow[] = [];

  constructor(clocks: ReadonlyMap<number, number>, deletes: ReadonlyMap<number, RangePairs>) {
    this.known = new Known(clocks, deletes);
  }

  /** Numbers of rows that are not part of any document now. */
  get skipped(): number[] {
    const numbers = [...this.waiting, ...this.#aside.map(({ seq }) => seq)];
    return numbers.sort((a, b) => a - b);
  }

  /** Numbers of intact rows that wait for what they build on, or for a program that can read them. */
  get waiting(): number[] {
    return [...[...this.#waiting].map(({ row }) => row.seq), ...this.#stuck];
  }

  /** Of these the ones that wait for other rows. */
  get waitingRows(): FittingRow[] {
    return [...this.#waiting].sort((a, b) => a.row.seq - b.row.seq);
  }

  /** See `RoomKnowledge.blocked`. */
  get blocked(): number[] {
    const blocked = new Set<number>();
    for (const { bytes, reason } of this.#aside) {
      if (reason === 'damaged' || reason === 'malformed') continue;
      const walked = walkOrNull(bytes);
      for (const [client, structs] of walked?.structs ?? []) {
        const last = structs.at(-1);
        if (last !== undefined && last.clock + last.length > this.known.clockOf(client)) blocked.add(client);
      }
    }
    return [...blocked];
  }

  take(row: StoredRow): Fitted {
    if (row.status === 'quarantined') return this.leaveOut(row, row.reason ?? 'damaged');
    if (row.enc !== 'v1') {
      this.#stuck.push(row.seq);
      return { waits: true };
    }
    if (crc32(row.bytes) !== row.crc) return this.leaveOut(row, 'damaged');
    const walked = walkOrNull(row.bytes);
    if (walked === null) return this.leaveOut(row, 'malformed');
    const judged = this.known.judge(walked);
    if (judged.verdict === 'circle') return this.leaveOut(row, 'circle');
    if (judged.verdict === 'gap') {
      this.#waiting.add(judged.missing, { row, walked });
      return { waits: true };
    }
    this.known.add(walked);
    const fits = [{ row, walked }];
    this.#takeWaiting(fits);
    return { fits };
  }

  leaveOut(row: StoredRow, reason: QuarantineReason): { wrong: QuarantineReason } {
    this.#aside.push({ ...row, reason });
    return { wrong: reason };
  }

  /** What fits may let more fit: the list grows while it is gone through. */
  #takeWaiting(fits: FittingRow[]): void {
    if (this.#waiting.size === 0) return;
    for (const { walked } of fits)
      for (const client of walked.structs.keys())
        for (const waiter of this.#waiting.take(client, this.known.clockOf(client))) {
          const judged = this.known.judge(waiter.walked);
          if (judged.verdict === 'gap') this.#waiting.add(judged.missing, waiter);
          else if (judged.verdict === 'circle') this.#stuck.push(waiter.row.seq);
          else {
            this.known.add(waiter.walked);
            fits.push(waiter);
          }
        }
  }
}

function walkOrNull(bytes: Uint8Array): WalkedUpdate | null {
  try {
    return walkUpdate(bytes);
  } catch (error) {
    if (isMalformedUpdate(error)) return null;
    throw error;
  }
}
