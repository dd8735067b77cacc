/**
 * What a room stands on: the newest snapshot that is intact, and every row after it that fits. When a snapshot
 * is damaged an older one stands in, with the rows that were packed since (rule L12).
 */
import * as Y from 'yjs';
import { Fit } from './log-fit.ts';
import type { FittingRow } from './log-fit.ts';
import type { Rows, StoredRoom, StoredRow, StoredSnapshot } from './log-rows.ts';
import { unpackRows } from './log-segments.ts';
import { isIntact, readDeletes, unpackState } from './log-snapshots.ts';
import type { QuarantineReason } from './log.ts';

export interface Standing {
  room: StoredRoom;
  base: StoredSnapshot | null;
  fit: Fit;
  /** The last number looked at. */
  seq: number;
  /** In the order in which they can be applied on top of the base. */
  rows: FittingRow[];
  /** Rows that this reading found to be wrong and that nobody has set aside yet. */
  wrong: { seq: number; reason: QuarantineReason }[];
  rowBytes: number;
  fellBack: boolean;
}

export interface Extent {
  rows: number;
  bytes: number;
}

const everything: Extent = { rows: Infinity, bytes: Infinity };

/** Snapshots whose text turned out to be damaged are named by `without`. */
export async function loadStanding(
  rows: Rows,
  room: StoredRoom,
  without: ReadonlySet<number>,
  extent: Extent = everything,
): Promise<Standing> {
  const snapshots = room.snapshotSeq === 0 ? [] : await rows.snapshots(room.id);
  const base = snapshots.find((one) => !without.has(one.uptoSeq) && isIntact(one)) ?? null;
  const fellBack = (base?.uptoSeq ?? 0) < room.snapshotSeq;
  const standing: Standing = {
    room,
    base,
    fit: base
      ? new Fit(Y.decodeStateVector(base.stateVector), readDeletes(base.deletes))
      : new Fit(new Map(), new Map()),
    seq: room.snapshotSeq,
    rows: [],
    wrong: [],
    rowBytes: 0,
    fellBack,
  };
  if (room.snapshotSeq > 0)
    for (const row of await earlierRows(rows, room, base?.uptoSeq ?? 0, fellBack)) take(standing, row);
  await advance(standing, rows, extent);
  return standing;
}

/** Rows that the base lacks although they are not after the newest snapshot. */
async function earlierRows(
  rows: Rows,
  room: StoredRoom,
  baseSeq: number,
  fellBack: boolean,
): Promise<StoredRow[]> {
  const found = new Map<number, StoredRow>();
  if (fellBack)
    for (const segment of await rows.segments(room.id, baseSeq))
      for (const row of unpackRows(segment) ?? []) if (row.seq > baseSeq) found.set(row.seq, row);
  for (const row of await rows.leftBelow(room.id, room.snapshotSeq, fellBack))
    if (row.status !== 'stored' || row.seq > baseSeq) found.set(row.seq, row);
  return [...found.values()].sort((a, b) => a.seq - b.seq);
}

/** Takes in what was written since, up to an extent. */
export async function advance(standing: Standing, rows: Rows, extent: Extent = everything): Promise<void> {
  for (;;) {
    const page = await rows.rowsAfter(standing.room.id, standing.seq);
    for (const row of page) {
      if (standing.rows.length >= extent.rows || standing.rowBytes >= extent.bytes) return;
      take(standing, row);
      standing.seq = row.seq;
    }
    if (page.length === 0) return;
  }
}

function take(standing: Standing, row: StoredRow): void {
  const taken = standing.fit.take(row);
  if ('fits' in taken) {
    standing.rows.push(...taken.fits);
    standing.rowBytes += row.bytes.length;
  } else if ('wrong' in taken && row.status !== 'quarantined')
    standing.wrong.push({ seq: row.seq, reason: taken.wrong });
}

/** The base's state, or null when it is damaged: load again without it. An empty one for a room without. */
export async function loadState(rows: Rows, { room, base }: Standing): Promise<Uint8Array | null> {
  if (base === null) return new Uint8Array([0, 0]);
  return unpackState(base, await rows.snapshotState(room.id, base.uptoSeq));
}
