/**
 * The open rooms: read from the log when the first connection comes, freed with the last. Nothing in them is
 * the only copy of anything. Also the one door by which the server itself edits a document.
 */
import * as Y from 'yjs';
import { DomainError } from '#domain/errors.ts';
import type { DocumentId } from '#domain/ids.ts';
import { documentRoom } from '#domain/sync/wire.ts';
import type { Answers } from './answers.ts';
import type { DocumentSizeLimits } from './document-size.ts';
import type { SyncFigures } from './figures.ts';
import { KeptAnswers } from './kept-answers.ts';
import type { Log } from './log.ts';
import { Room } from './room.ts';
import type { RoomParts } from './room.ts';
import type { SyncTimings } from './timings.ts';
import { walkUpdate } from './walk.ts';
import type { Walker } from './walker.ts';

/** What the log files under when no person wrote it. */
export const systemUser = 'system';

/**
 * Largest document that the server edits: it is built on the event loop, since the change is a function. The
 * text of 260,000 edits is 220 KiB and takes about 30 ms.
 */
export const editBytesLimit = 512 * 1024;

export interface RoomsParts {
  log: Log;
  walker: Walker;
  answers: Answers;
  figures: SyncFigures;
  /** The workspace of a document and its first content, if it has any; null when there is no such document. */
  seedOf: (documentId: DocumentId) => Promise<{ workspaceId: string; bytes: Uint8Array | null } | null>;
  timings: SyncTimings;
  nowMs: () => number;
  sizeLimits: DocumentSizeLimits;
  /** Until then answers to a state vector may bring back what others wrote. */
  recoversUntilMs: number;
  /** For the operator: what happened to which room, never content. */
  report: (
    event: 'room_failed' | 'rows_skipped' | 'snapshot_damaged' | 'update_set_aside' | 'document_large',
    facts: { room: string; error?: unknown; rows?: number; bytes?: number },
  ) => void;
}

export interface Rooms {
  /** The room, held until `release` is called once. Throws `not_found` for a document that does not exist. */
  open(documentId: DocumentId): Promise<{ room: Room; release: () => void }>;
  /**
   * Changes a document in the name of a person (or `system`); resolves when the change is on disk. Throws
   * `too_large` beyond `editBytesLimit`.
   */
  edit(documentId: DocumentId, author: string, change: (doc: Y.Doc) => void): Promise<void>;
  /** Closes a room whose log has changed under it; the next one who comes reads from disk. */
  reload(name: string): void;
  /** The rooms that are open now. */
  live(): Iterable<Room>;
  tick(): void;
  /** Closes every socket and waits for what is under way. */
  stop(): Promise<void>;
}

interface Slot {
  loading: Promise<Room>;
  room: Room | null;
  holds: number;
}

export function createRooms(parts: RoomsParts): Rooms {
  const { log, walker, answers, figures, seedOf, timings, nowMs, report, recoversUntilMs, sizeLimits } =
    parts;
  const slots = new Map<string, Slot>();
  const kept = new KeptAnswers(nowMs);
  let isStopping = false;

  async function load(name: string, documentId: DocumentId, slot: Slot): Promise<Room> {
    const seed = await seedOf(documentId);
    if (seed === null) throw new DomainError('not_found');
    const { workspaceId, bytes } = seed;
    if (bytes !== null && (await log.head(name)) === 0) {
      // Our own bytes, yet a broken seed would stay in the log for ever.
      const claims = [...walkUpdate(bytes).structs.keys()];
      await log.seed({ workspaceId, room: name, user: systemUser, bytes, claims });
    }
    const knowledge = await log.knowledge(name);
    if (knowledge.skipped.length > 0) report('rows_skipped', { room: name, rows: knowledge.skipped.length });
    if (knowledge.fellBack) report('snapshot_damaged', { room: name });
    const roomParts: RoomParts = {
      name,
      workspaceId,
      log,
      walker,
      answers,
      kept,
      figures,
      timings,
      nowMs,
      recoversUntilMs,
      sizeLimits,
      onLarge: (bytes) => {
        figures.largeDocuments += 1;
        report('document_large', { room: name, bytes });
      },
      onSetAside: (bytes) => report('update_set_aside', { room: name, bytes }),
      onFailed: (error) => {
        // The next one who comes reads from disk.
        if (slots.get(name) === slot) slots.delete(name);
        report('room_failed', { room: name, error });
      },
    };
    slot.room = new Room(roomParts, knowledge);
    return slot.room;
  }

  async function open(documentId: DocumentId): Promise<{ room: Room; release: () => void }> {
    if (isStopping) throw new DomainError('stopping');
    const name = documentRoom(documentId);
    let slot = slots.get(name);
    if (slot === undefined) {
      const created: Slot = { loading: Promise.resolve() as never, room: null, holds: 0 };
      slots.set(name, created);
      created.loading = load(name, documentId, created);
      slot = created;
    }
    const held = slot;
    held.holds += 1;
    let released = false;
    const release = () => {
      if (released) return;
      released = true;
      held.holds -= 1;
      if (held.holds === 0) void free(name, held);
    };
    try {
      return { room: await held.loading, release };
    } catch (error) {
      if (slots.get(name) === held) slots.delete(name);
      release();
      throw error;
    }
  }

  /** Not before its commits have returned: a second room for the same document would not know of them. */
  async function free(name: string, slot: Slot): Promise<void> {
    await slot.room?.settled();
    if (slot.holds > 0 || slots.get(name) !== slot) return;
    slots.delete(name);
    slot.room?.closeAll('reload');
  }

  return {
    open,

    async edit(documentId, author, change) {
      const { room, release } = await open(documentId);
      const doc = new Y.Doc();
      try {
        await room.settled();
        const { updates } = await log.state(room.name, null);
        if (updates.reduce((sum, { length }) => sum + length, 0) > editBytesLimit)
          throw new DomainError('too_large');
        for (const update of updates) Y.applyUpdate(doc, update);
        const before = Y.encodeStateVector(doc);
        const made: Uint8Array[] = [];
        doc.on('update', (bytes: Uint8Array) => made.push(bytes));
        doc.transact(() => change(doc));
        if (made.length === 0) return;
        const verdict = room.submit(
          made.length === 1 ? (made[0] as Uint8Array) : Y.encodeStateAsUpdate(doc, before),
          author,
          null,
        );
        if (verdict.verdict === 'refused' || verdict.verdict === 'denied' || verdict.verdict === 'held')
          throw new DomainError('unexpected');
        await verdict.durable;
      } finally {
        doc.destroy();
        release();
      }
    },

    reload(name) {
      const slot = slots.get(name);
      if (slot === undefined) return;
      slots.delete(name);
      // One that is being read now may have been read before the change.
      void slot.loading.then(
        (room) => room.reload(),
        () => undefined,
      );
    },

    *live() {
      for (const { room } of slots.values()) if (room !== null) yield room;
    },

    tick() {
      kept.tick();
      for (const { room } of slots.values()) room?.tick(nowMs());
    },

    async stop() {
      isStopping = true;
      const open = [...slots.values()];
      for (const { room } of open) room?.closeAll('stopping');
      await Promise.all(open.map(async ({ room }) => room?.settled()));
    },
  };
}
