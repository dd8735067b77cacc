/**
 * Applies rows to documents, off the path of updates: to find rows that no document takes in before others
 * build on them, and to make a snapshot and prove it. Runs in the compactor's thread, changes nothing: what
 * it answers is put into the log by the writer, or thrown away. Rules L10-L14 in SPEC.md.
 */
import * as Y from 'yjs';
import { minute } from '#domain/time.ts';
import { applyRows, isPending, WrongRow } from './compact-rows.ts';
import { contentHash } from './content-hash.ts';
import { endOf } from './known.ts';
import type { FittingRow } from './log-fit.ts';
import { compactionBytesLimit, compactionRowsLimit } from './log.ts';
import type { QuarantineReason } from './log.ts';
import type { RowSource } from './log-rows.ts';
import { packRows } from './log-segments.ts';
import type { PackedSegment } from './log-segments.ts';
import { deletesOf, packSnapshot } from './log-snapshots.ts';
import type { NewSnapshot } from './log-snapshots.ts';
import { advance, loadStanding, loadState } from './log-standing.ts';
import type { Standing } from './log-standing.ts';
import { walkUpdate } from './walk.ts';

/** Bytes of states and rows behind the documents kept at hand; a document takes about ten times that. */
export const shadowBytesLimit = 4 * 1024 * 1024;
/** A document of a room that nobody writes in is let go. */
export const shadowIdleMs = minute;

export interface Wrong {
  roomId: number;
  rows: { seq: number; reason: QuarantineReason }[];
}

/** All that the writer needs for the swap, and what must not have changed meanwhile. */
export interface Plan {
  roomId: number;
  epoch: string;
  generation: number;
  snapshot: NewSnapshot;
  /** The row up to which the snapshot reaches that this one was built on: it is kept beside it. 0 for none. */
  baseSeq: number;
  segments: PackedSegment[];
  /** Rows that are not in the snapshot: they stay. */
  held: number[];
  /** Rows that were held and are in the snapshot now. */
  released: number[];
}

export type CompactionAnswer =
  { kind: 'plan'; plan: Plan } | { kind: 'wrong'; wrong: Wrong } | { kind: 'nothing'; upTo: number };

export type Stage = 'read' | 'built' | 'proved';

interface Shadow {
  standing: Standing;
  doc: Y.Doc;
  bytes: number;
  usedAtMs: number;
}

export function createCompactor(source: RowSource, onStage: (stage: Stage) => void = () => undefined) {
  /** Insertion order is order of use. */
  const shadows = new Map<string, Shadow>();

  function forget(name: string): void {
    shadows.get(name)?.doc.destroy();
    shadows.delete(name);
  }

  async function shadowOf(name: string): Promise<Shadow | null> {
    const found = await source.consistently(async (rows) => {
      const room = await rows.room(name);
      if (room === null) return null;
      const shadow = shadows.get(name);
      if (
        shadow !== undefined &&
        shadow.standing.room.epoch === room.epoch &&
        shadow.standing.room.generation === room.generation
      ) {
        await advance(shadow.standing, rows);
        return shadow;
      }
      forget(name);
      const { standing, state } = await loadIntact(rows, room);
      const doc = emptyDoc();
      Y.applyUpdate(doc, state);
      return { standing, doc, bytes: state.length, usedAtMs: 0 };
    });
    if (found !== null) {
      found.usedAtMs = performance.now();
      shadows.delete(name);
      shadows.set(name, found);
    }
    return found;
  }

  function letGo(): void {
    let bytes = 0;
    for (const shadow of shadows.values()) bytes += shadow.bytes;
    for (const [name, shadow] of shadows) {
      if (bytes <= shadowBytesLimit) return;
      bytes -= shadow.bytes;
      forget(name);
    }
  }

  return {
    /** Lets go of documents that have not been needed for a while. */
    rest(): void {
      for (const [name, { usedAtMs }] of shadows)
        if (performance.now() - usedAtMs >= shadowIdleMs) forget(name);
    },

    async check(name: string): Promise<Wrong | null> {
      const shadow = await shadowOf(name);
      if (shadow === null) return null;
      const { standing, doc } = shadow;
      const wrong = [...standing.wrong];
      try {
        applyRows(doc, standing.rows);
        // What has been applied is only counted from here on.
        for (const { row } of standing.rows) shadow.bytes += row.bytes.length;
        standing.rows = [];
      } catch (error) {
        forget(name);
        if (!(error instanceof WrongRow)) throw error;
        wrong.push(error.row);
      }
      letGo();
      return wrong.length === 0 ? null : { roomId: standing.room.id, rows: wrong };
    },

    async compact(name: string): Promise<CompactionAnswer> {
      const extent = { rows: compactionRowsLimit, bytes: compactionBytesLimit };
      const read = await source.consistently(async (rows) => {
        const room = await rows.room(name);
        return room === null ? null : loadIntact(rows, room, extent);
      });
      if (read === null) return { kind: 'nothing', upTo: 0 };
      onStage('read');
      const { standing, state: base } = read;
      const { room, fit } = standing;
      if (standing.wrong.length > 0)
        return { kind: 'wrong', wrong: { roomId: room.id, rows: standing.wrong } };
      const isOutside = ({ row }: FittingRow) => row.seq > room.snapshotSeq || row.status === 'held';
      const outside = standing.rows.filter(isOutside).map(({ row }) => row);
      if (outside.length === 0 && !standing.fellBack) return { kind: 'nothing', upTo: room.snapshotSeq };

      let doc: Y.Doc;
      try {
        doc = build(base, standing.rows);
      } catch (error) {
        if (!(error instanceof WrongRow)) throw error;
        return { kind: 'wrong', wrong: { roomId: room.id, rows: [error.row] } };
      }
      onStage('built');
      let state: Uint8Array;
      try {
        state = prove(doc, fit.known.clocks());
      } catch (error) {
        const guilty = findGuilty(base, standing.rows);
        if (guilty === null) throw error;
        return { kind: 'wrong', wrong: { roomId: room.id, rows: [{ seq: guilty, reason: 'unprovable' }] } };
      }
      onStage('proved');
      const packed = outside.sort((a, b) => a.seq - b.seq);
      const plan: Plan = {
        roomId: room.id,
        epoch: room.epoch,
        generation: room.generation,
        snapshot: packSnapshot(standing.seq, state, Y.encodeStateVector(doc), deletesOf(doc)),
        baseSeq: standing.base?.uptoSeq ?? 0,
        segments: packRows(packed),
        held: fit.waiting,
        released: packed.filter(({ status }) => status === 'held').map(({ seq }) => seq),
      };
      doc.destroy();
      return { kind: 'plan', plan };
    },
  };
}

/** Collects garbage; has no opinion on formats that overlap, since clients differ in how they tidy them. */
function emptyDoc(): Y.Doc {
  const doc = new Y.Doc({ gc: true });
  doc.on('afterTransaction', (transaction: Y.Transaction) => {
    transaction._needFormattingCleanup = false;
  });
  return doc;
}

function build(base: Uint8Array, rows: readonly FittingRow[]): Y.Doc {
  const doc = emptyDoc();
  Y.applyUpdate(doc, base);
  applyRows(doc, rows);
  return doc;
}

/**
 * The number of a row that lets no proof succeed: with the rows before it there is one, with it there is none.
 * Null when even the base cannot be proved, which is nobody's row.
 */
function findGuilty(base: Uint8Array, rows: readonly FittingRow[]): number | null {
  /** What the first rows say, proved; null when it cannot be. */
  const proved = (from: Uint8Array, some: readonly FittingRow[]): Uint8Array | null => {
    try {
      return prove(build(from, some), clocksWith(from, some));
    } catch {
      return null;
    }
  };
  let good = proved(base, []);
  if (good === null) return null;
  let suspects = rows;
  while (suspects.length > 1) {
    const half = suspects.slice(0, suspects.length >> 1);
    const state = proved(good, half);
    suspects = state === null ? half : suspects.slice(half.length);
    good = state ?? good;
  }
  return suspects[0]?.row.seq ?? null;
}

function clocksWith(base: Uint8Array, rows: readonly FittingRow[]): Map<number, number> {
  const clocks = Y.parseUpdateMeta(base).to;
  for (const { walked } of rows)
    for (const [client, structs] of walked.structs)
      clocks.set(client, Math.max(clocks.get(client) ?? 0, endOf(structs)));
  return clocks;
}

/** The document as one update, once a second document made from it has shown to be the same. */
function prove(doc: Y.Doc, clocks: ReadonlyMap<number, number>): Uint8Array {
  const state = Y.encodeStateAsUpdate(doc);
  walkUpdate(state);
  const again = emptyDoc();
  Y.applyUpdate(again, state);
  const fail = (what: string): never => {
    throw new Error(`a snapshot could not be proved: ${what}`);
  };
  if (isPending(again)) fail('it is not complete');
  const stateVector = Y.decodeStateVector(Y.encodeStateVector(again));
  if (!isSame(stateVector, clocks)) fail('it has other clocks than the rows');
  const [before, after] = [doc, again].map(({ store }) => Y.createDeleteSetFromStructStore(store)) as [
    ReturnType<typeof Y.createDeleteSet>,
    ReturnType<typeof Y.createDeleteSet>,
  ];
  if (!Y.equalDeleteSets(before, after)) fail('it has other deletions');
  if (contentHash(doc) !== contentHash(again)) fail('it reads differently');
  again.destroy();
  return state;
}

const isSame = (a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>): boolean =>
  a.size === b.size && [...a].every(([client, clock]) => b.get(client) === clock);

/** What a room stands on, with a snapshot whose text is intact. */
async function loadIntact(...[rows, room, extent]: Tail): Promise<{ standing: Standing; state: Uint8Array }> {
  const damaged = new Set<number>();
  for (;;) {
    const standing = await loadStanding(rows, room, damaged, extent);
    const state = await loadState(rows, standing);
    if (state !== null) return { standing, state };
    damaged.add(standing.base?.uptoSeq ?? 0);
  }
}
type Load = Parameters<typeof loadStanding>;
type Tail = [rows: Load[0], room: Load[1], extent?: Load[3]];
