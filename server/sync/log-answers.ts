/**
 * What the reader thread answers: what a room knows and what a client lacks, from a snapshot and the rows
 * after it. No document is built (rules L7, L10).
 */
import { crc32 } from 'node:zlib';
import * as Y from 'yjs';
import { gapBytesLimit } from '#domain/sync/wire.ts';
import { digestOf } from './digest.ts';
import { growthOf, unpackedLength } from './document-size.ts';
import type { FittingRow } from './log-fit.ts';
import type { LogPage, RoomKnowledge, RoomState, TextSize, WaitingRow } from './log.ts';
import type { Rows, RowSource, StoredRoom } from './log-rows.ts';
import { deletesOnly, encodeClocks } from './log-snapshots.ts';
import { advance, loadStanding, loadState } from './log-standing.ts';
import type { Standing } from './log-standing.ts';

/** Bytes of rows and snapshots kept at hand: a few busy rooms, not every open one. */
export const heldBytesLimit = 4 * 1024 * 1024;
/** Rooms kept at hand. */
export const heldRoomsLimit = 100;

interface Held {
  standing: Standing;
  /** Read on the first question that needs it. */
  state: Uint8Array | null;
}

const sizeOf = ({ standing: { rowBytes, base }, state }: Held): number =>
  rowBytes + (state?.length ?? 0) + (base?.deletes.length ?? 0) + (base?.stateVector.length ?? 0);

const emptyUpdate = (): Uint8Array => new Uint8Array([0, 0]);
const nobody: ReadonlyMap<number, number> = new Map();

export function createAnswers(source: RowSource) {
  /** Insertion order is order of use: the first is the one to let go. */
  const held = new Map<string, Held>();

  function keep(name: string, one: Held): void {
    held.delete(name);
    held.set(name, one);
    let bytes = 0;
    for (const other of held.values()) bytes += sizeOf(other);
    for (const [other, { standing, state }] of held) {
      if (held.size <= 1 || (bytes <= heldBytesLimit && held.size <= heldRoomsLimit)) return;
      bytes -= sizeOf({ standing, state });
      held.delete(other);
    }
  }

  async function stand(rows: Rows, name: string, room: StoredRoom): Promise<Held> {
    const found = held.get(name);
    const isCurrent =
      found !== undefined &&
      found.standing.room.epoch === room.epoch &&
      found.standing.room.generation === room.generation;
    if (isCurrent) await advance(found.standing, rows);
    const one = isCurrent ? found : { standing: await loadStanding(rows, room, new Set()), state: null };
    keep(name, one);
    return one;
  }

  /** With the snapshot's text; when that is damaged, on whatever stands in for it. */
  async function standWithState(rows: Rows, name: string, room: StoredRoom): Promise<Held> {
    let one = await stand(rows, name, room);
    const damaged = new Set<number>();
    while (one.state === null) {
      one.state = await loadState(rows, one.standing);
      if (one.state !== null) break;
      damaged.add(one.standing.base?.uptoSeq ?? 0);
      one = { standing: await loadStanding(rows, room, damaged), state: null };
    }
    keep(name, one);
    return one;
  }

  async function sizeOfText(rows: Rows, { room, base, rows: since }: Standing): Promise<TextSize> {
    let packedBytes = 0;
    if (base !== null) {
      const { head, bytes } = await rows.snapshotHead(room.id, base.uptoSeq);
      packedBytes = (base.enc === 'v1+zstd' ? unpackedLength(head) : null) ?? bytes;
    }
    let stateBytes = packedBytes;
    for (const { row } of since) stateBytes += growthOf(row.bytes.length);
    return { stateBytes, packedBytes };
  }

  return {
    size: (name: string): Promise<TextSize> =>
      source.consistently(async (rows) => {
        const room = await rows.room(name);
        if (room === null) return { stateBytes: 0, packedBytes: 0 };
        return sizeOfText(rows, (await stand(rows, name, room)).standing);
      }),

    head: (name: string): Promise<number> =>
      source.consistently(async (rows) => (await rows.room(name))?.head ?? 0),

    read: ({ room: name, afterSeq }: { room: string; afterSeq: number }): Promise<LogPage> =>
      source.consistently(async (rows) => {
        const room = await rows.room(name);
        if (room === null) return { rows: [], upTo: afterSeq };
        if (afterSeq < room.snapshotSeq) {
          // Those rows are packed. The snapshot says all they said, to whoever is behind it.
          const { standing, state } = await standWithState(rows, name, room);
          const updates = [
            ...(standing.base === null ? [] : [state as Uint8Array]),
            ...standing.rows.filter(({ row }) => row.seq <= room.snapshotSeq).map(({ row }) => row.bytes),
          ];
          const seq = room.snapshotSeq;
          return { rows: updates.map((bytes) => ({ seq, user: 'system', bytes })), upTo: seq };
        }
        const page = await rows.rowsAfter(room.id, afterSeq);
        // Whoever is sent what waits can show it as little as the room.
        const waiting = new Set((await stand(rows, name, room)).standing.fit.waiting);
        const intact = page.filter(
          ({ seq, bytes, crc, status, enc }) =>
            status !== 'quarantined' && enc === 'v1' && crc32(bytes) === crc && !waiting.has(seq),
        );
        return {
          rows: intact.map(({ seq, user, bytes }) => ({ seq, user, bytes })),
          upTo: page.at(-1)?.seq ?? afterSeq,
        };
      }),

    knowledge: (name: string): Promise<RoomKnowledge> =>
      source.consistently(async (rows) => {
        const room = await rows.room(name);
        if (room === null)
          return {
            epoch: '',
            head: 0,
            clocks: new Map(),
            deletes: new Map(),
            owners: new Map(),
            unconfirmed: [],
            skipped: [],
            blocked: [],
            waiting: [],
            size: { stateBytes: 0, packedBytes: 0 },
            fellBack: false,
          };
        const { standing } = await stand(rows, name, room);
        const { fit, seq, fellBack } = standing;
        return {
          epoch: room.epoch,
          head: seq,
          clocks: fit.known.clocks(),
          deletes: fit.known.deletes(),
          ...(await rows.owners(room.id, room.epoch)),
          skipped: fit.skipped,
          blocked: fit.blocked,
          waiting: waitingRows(fit.waitingRows),
          size: await sizeOfText(rows, standing),
          fellBack,
        };
      }),

    state: (question: { room: string; stateVector: Uint8Array | null }): Promise<RoomState> =>
      source.consistently(async (rows) => {
        const room = await rows.room(question.room);
        if (room === null)
          return { epoch: '', head: 0, updates: [emptyUpdate()], stateVector: encodeClocks(nobody) };
        const client = question.stateVector === null ? nobody : Y.decodeStateVector(question.stateVector);
        const { base } = (await stand(rows, question.room, room)).standing;
        // Whoever lacks no text needs only to hear what is deleted, and nobody has to unpack the text.
        const isUpToDate = base !== null && isReached(Y.decodeStateVector(base.stateVector), client);
        const one = isUpToDate
          ? await stand(rows, question.room, room)
          : await standWithState(rows, question.room, room);
        const { standing, state } = one;
        const updates: Uint8Array[] = [];
        if (standing.base !== null) {
          if (isUpToDate) updates.push(deletesOnly(standing.base.deletes));
          else if (question.stateVector === null || client.size === 0) updates.push(state as Uint8Array);
          else updates.push(Y.diffUpdate(state as Uint8Array, question.stateVector));
        }
        for (const fitting of standing.rows) if (isNews(fitting, client)) updates.push(fitting.row.bytes);
        if (updates.length === 0) updates.push(emptyUpdate());
        return {
          epoch: room.epoch,
          head: standing.seq,
          updates,
          stateVector: encodeClocks(standing.fit.known.clocks()),
        };
      }),
  };
}

/** As a room wants them: those it may share out when they come true, and of the others that they are there. */
function waitingRows(rows: readonly FittingRow[]): WaitingRow[] {
  let left = gapBytesLimit;
  return rows.map(({ row: { user, bytes }, walked }) => {
    const size = bytes.length;
    const isKept = size <= left;
    if (isKept) left -= size;
    return { user, size, bytes: isKept ? bytes : null, digest: digestOf(walked) };
  });
}

const isReached = (clocks: ReadonlyMap<number, number>, client: ReadonlyMap<number, number>): boolean => {
  for (const [id, clock] of clocks) if ((client.get(id) ?? 0) < clock) return false;
  return true;
};

/** Deletions do not show in a state vector, so a row with some is always news. */
function isNews({ walked }: FittingRow, client: ReadonlyMap<number, number>): boolean {
  if (walked.deletes.size > 0) return true;
  for (const [id, structs] of walked.structs) {
    const last = structs.at(-1);
    if (last !== undefined && last.clock + last.length > (client.get(id) ?? 0)) return true;
  }
  return false;
}
