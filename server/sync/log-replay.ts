/**
 * Documents as the log tells them, built in the reader thread and thrown away at leisure. Rows are applied
 * one at a time: a row that throws leaves a document half changed, so that document is discarded and built
 * again without the row. Nothing is ever merged that no document has applied (rules L7, L8).
 */
import { crc32 } from 'node:zlib';
import * as Y from 'yjs';
import type { ClockRange, LogPage, RoomKnowledge, RoomState } from './log.ts';

export interface StoredRow {
  seq: number;
  user: string;
  bytes: Uint8Array;
  crc: number;
}

/** Committed rows, wherever they lie. */
export interface RowSource {
  room(room: string): Promise<{ id: number; epoch: string; head: number } | null>;
  /** In order, ending with the row that passes about `pageBytesLimit`. */
  rowsAfter(roomId: number, seq: number): Promise<StoredRow[]>;
  owners(roomId: number): Promise<Map<number, string>>;
  close(): Promise<void>;
}

/** Bytes of rows behind the documents kept at hand. */
export const replayBytesLimit = 64 * 1024 * 1024;
/** Documents kept at hand. */
export const replaysLimit = 100;

interface Replay {
  epoch: string;
  doc: Y.Doc;
  seq: number;
  bytes: number;
  /** Rows that are left out: damaged on disk, or such that Yjs throws. */
  skipped: Set<number>;
}

const fresh = (epoch: string, skipped = new Set<number>()): Replay => ({
  epoch,
  doc: new Y.Doc({ gc: true }),
  seq: 0,
  bytes: 0,
  skipped,
});

export function createReplays(source: RowSource) {
  /** Insertion order is order of use: the first is the one to let go. */
  const replays = new Map<string, Replay>();

  function forget(): void {
    let bytes = 0;
    for (const replay of replays.values()) bytes += replay.bytes;
    for (const [room, replay] of replays) {
      if (replays.size <= 1 || (bytes <= replayBytesLimit && replays.size <= replaysLimit)) return;
      bytes -= replay.bytes;
      replay.doc.destroy();
      replays.delete(room);
    }
  }

  async function advance(room: string, id: number, epoch: string): Promise<Replay> {
    let replay = replays.get(room);
    if (replay?.epoch !== epoch) replay = fresh(epoch);
    for (;;) {
      const rows = await source.rowsAfter(id, replay.seq);
      if (rows.length === 0) break;
      for (const row of rows) {
        if (!replay.skipped.has(row.seq)) {
          try {
            if (crc32(row.bytes) !== row.crc) throw new Error('damaged on disk');
            Y.applyUpdate(replay.doc, row.bytes);
          } catch {
            replay.doc.destroy();
            replay = fresh(epoch, replay.skipped.add(row.seq));
            break;
          }
        }
        replay.seq = row.seq;
        replay.bytes += row.bytes.length;
      }
    }
    replays.delete(room);
    replays.set(room, replay);
    forget();
    return replay;
  }

  return {
    async head(room: string): Promise<number> {
      return (await source.room(room))?.head ?? 0;
    },

    async read({ room, afterSeq }: { room: string; afterSeq: number }): Promise<LogPage> {
      const found = await source.room(room);
      if (found === null) return { rows: [], upTo: afterSeq };
      const rows = await source.rowsAfter(found.id, afterSeq);
      const intact = rows.filter(({ bytes, crc }) => crc32(bytes) === crc);
      return {
        rows: intact.map(({ seq, user, bytes }) => ({ seq, user, bytes })),
        upTo: rows.at(-1)?.seq ?? afterSeq,
      };
    },

    async knowledge(room: string): Promise<RoomKnowledge> {
      const found = await source.room(room);
      if (found === null)
        return { epoch: '', head: 0, clocks: new Map(), deletes: new Map(), owners: new Map(), skipped: [] };
      const { doc, seq, skipped } = await advance(room, found.id, found.epoch);
      const deletes = new Map<number, ClockRange[]>();
      for (const [client, items] of Y.createDeleteSetFromStructStore(doc.store).clients)
        deletes.set(
          client,
          items.map(({ clock, len }) => ({ clock, length: len })),
        );
      return {
        epoch: found.epoch,
        head: seq,
        clocks: Y.decodeStateVector(Y.encodeStateVector(doc)),
        deletes,
        owners: await source.owners(found.id),
        skipped: [...skipped],
      };
    },

    async state(question: { room: string; stateVector: Uint8Array | null }): Promise<RoomState> {
      const found = await source.room(question.room);
      const { doc, seq } = found === null ? fresh('') : await advance(question.room, found.id, found.epoch);
      return {
        epoch: found?.epoch ?? '',
        head: seq,
        updates: [Y.encodeStateAsUpdate(doc, question.stateVector ?? undefined)],
        stateVector: Y.encodeStateVector(doc),
      };
    },
  };
}
