/**
 * Looks through a room's log and tells in sentences what is not as it was written: numbers, checksums, packed
 * rows, snapshots, and whether the rows still say what the snapshot says. Reads only. Rule L18 in SPEC.md.
 */
import { crc32 } from 'node:zlib';
import * as Y from 'yjs';
import { contentHash } from './content-hash.ts';
import type { Rows, RowSource, StoredRoom, StoredRow, StoredSnapshot } from './log-rows.ts';
import { unpackRows } from './log-segments.ts';
import { deletesOf, isIntact, unpackState } from './log-snapshots.ts';

export interface Verified {
  room: string;
  rows: number;
  segments: number;
  snapshots: number;
  /** `no`: the rows from before the oldest snapshot that is kept have been let go, as they should be. */
  isCompared: boolean;
  /** Empty when everything is as it was written. */
  damage: string[];
  /** Known and taken care of: rows that were set aside. */
  notes: string[];
}

export function verifyRoom(source: RowSource, name: string): Promise<Verified> {
  // Everything of one moment: a compaction beside this swaps rows for a snapshot.
  return source.consistently(async (rows) => {
    const found: Verified = {
      room: name,
      rows: 0,
      segments: 0,
      snapshots: 0,
      isCompared: false,
      damage: [],
      notes: [],
    };
    try {
      const room = await rows.room(name);
      if (room === null) found.damage.push('There is no such room in the log.');
      else await look(rows, room, found);
    } catch (error) {
      // Where bytes were written over, anything may be read instead: every fault is this room's, and no other's.
      found.damage.push(`Part of it cannot be read (${(error as Error).message}).`);
    }
    return found;
  });
}

async function look(rows: Rows, room: StoredRoom, found: Verified): Promise<void> {
  const kept = await keptRows(rows, room, found);
  found.rows = kept.size;
  for (const [from, to] of missingBetween(kept, room.snapshotSeq, room.head))
    found.damage.push(from === to ? `Row ${from} is missing.` : `The rows ${from} to ${to} are missing.`);
  for (const seq of kept.keys())
    if (seq > room.head) found.damage.push(`Row ${seq} lies beyond the head, ${room.head}.`);

  const docs = new Map<number, Y.Doc>();
  try {
    const snapshots = await rows.snapshots(room.id);
    found.snapshots = snapshots.length;
    if (room.snapshotSeq > 0 && !snapshots.some(({ uptoSeq }) => uptoSeq === room.snapshotSeq))
      found.damage.push(`The newest snapshot, up to row ${room.snapshotSeq}, is missing.`);
    for (const snapshot of snapshots) {
      const doc = await snapshotDoc(rows, room, snapshot, found);
      if (doc !== null) docs.set(snapshot.uptoSeq, doc);
    }
    compare(kept, docs, found);
  } finally {
    for (const doc of docs.values()) doc.destroy();
  }
}

/** Ranges of numbers above one and up to another without a row; the head itself may be what is damaged. */
function missingBetween(
  kept: ReadonlyMap<number, StoredRow>,
  above: number,
  head: number,
): [number, number][] {
  const missing: [number, number][] = [];
  let next = above + 1;
  for (const seq of [
    ...[...kept.keys()].filter((one) => one > above && one <= head).sort((a, b) => a - b),
    head + 1,
  ]) {
    if (seq > next) missing.push([next, seq - 1]);
    next = seq + 1;
  }
  return missing;
}

/** Rows by number, packed or not; what is wrong with them is noted. */
async function keptRows(rows: Rows, room: StoredRoom, found: Verified): Promise<Map<number, StoredRow>> {
  const kept = new Map<number, StoredRow>();
  for (const segment of await rows.segments(room.id, 0)) {
    found.segments += 1;
    const unpacked = unpackRows(segment);
    if (unpacked === null)
      found.damage.push(`The packed rows ${segment.fromSeq} to ${segment.uptoSeq} cannot be read.`);
    for (const row of unpacked ?? []) kept.set(row.seq, row);
  }
  const take = (row: StoredRow) => {
    const packed = kept.get(row.seq);
    if (packed !== undefined && Buffer.compare(packed.bytes, row.bytes) !== 0)
      found.damage.push(`Row ${row.seq} was packed with other bytes.`);
    kept.set(row.seq, row);
    if (row.status === 'quarantined')
      found.notes.push(`Row ${row.seq} was set aside (${row.reason ?? 'for no reason given'}).`);
    else if (crc32(row.bytes) !== row.crc)
      found.damage.push(`Row ${row.seq} is damaged: its checksum differs.`);
  };
  for (const row of await rows.leftBelow(room.id, room.snapshotSeq, true)) take(row);
  for (let after = room.snapshotSeq; ;) {
    const page = await rows.rowsAfter(room.id, after);
    if (page.length === 0) return kept;
    page.forEach(take);
    after = (page.at(-1) as StoredRow).seq;
  }
}

/** The document of a snapshot; null when it is damaged. */
async function snapshotDoc(
  rows: Rows,
  room: StoredRoom,
  snapshot: StoredSnapshot,
  found: Verified,
): Promise<Y.Doc | null> {
  const which = `The snapshot up to row ${snapshot.uptoSeq}`;
  const state = unpackState(snapshot, await rows.snapshotState(room.id, snapshot.uptoSeq));
  if (!isIntact(snapshot) || state === null) {
    found.damage.push(`${which} is damaged: its checksum differs.`);
    return null;
  }
  const doc = new Y.Doc({ gc: true });
  try {
    Y.applyUpdate(doc, state);
    if (doc.store.pendingStructs !== null || doc.store.pendingDs !== null)
      found.damage.push(`${which} builds on something that is missing.`);
    if (!areEqualClocks(Y.decodeStateVector(snapshot.stateVector), clocksOf(doc)))
      found.damage.push(`${which} is described with other clocks.`);
    if (Buffer.compare(snapshot.deletes, deletesOf(doc)) !== 0)
      found.damage.push(`${which} is described with other deletions.`);
    return doc;
  } catch {
    doc.destroy();
    found.damage.push(`${which} does not apply.`);
    return null;
  }
}

/** Rows, from the beginning or from the older snapshot, must make what the newest snapshot says. */
function compare(
  kept: ReadonlyMap<number, StoredRow>,
  docs: ReadonlyMap<number, Y.Doc>,
  found: Verified,
): void {
  const [newest, ...older] = [...docs.keys()].sort((a, b) => b - a);
  if (newest === undefined) return;
  const wanted = docs.get(newest) as Y.Doc;
  const base = [0, ...older].find((from) => isComplete(kept, from, newest));
  if (base === undefined) return;
  const replayed = new Y.Doc({ gc: true });
  try {
    const start = docs.get(base);
    if (start !== undefined) Y.applyUpdate(replayed, Y.encodeStateAsUpdate(start));
    for (const row of [...kept.values()].sort((a, b) => a.seq - b.seq))
      if (row.seq <= newest && row.status === 'stored') apply(replayed, row, found);
    found.isCompared = true;
    if (!areEqualClocks(clocksOf(replayed), clocksOf(wanted)))
      found.damage.push(`The rows up to ${newest} give other clocks than the snapshot.`);
    // Lines of collected text may be cut differently; what is deleted, and what can be read, may not.
    else if (Buffer.compare(deletesOf(replayed), deletesOf(wanted)) !== 0)
      found.damage.push(`The rows up to ${newest} delete something else than the snapshot.`);
    else if (contentHash(replayed) !== contentHash(wanted))
      found.damage.push(`The rows up to ${newest} say something else than the snapshot.`);
  } finally {
    replayed.destroy();
  }
}

function apply(doc: Y.Doc, row: StoredRow, found: Verified): void {
  try {
    Y.applyUpdate(doc, row.bytes);
  } catch {
    found.damage.push(`Row ${row.seq} does not apply.`);
  }
}

function isComplete(kept: ReadonlyMap<number, StoredRow>, from: number, upTo: number): boolean {
  for (let seq = from + 1; seq <= upTo; seq += 1) if (!kept.has(seq)) return false;
  return true;
}

const clocksOf = (doc: Y.Doc): Map<number, number> => Y.decodeStateVector(Y.encodeStateVector(doc));

const areEqualClocks = (a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>): boolean =>
  a.size === b.size && [...a].every(([client, clock]) => b.get(client) === clock);
