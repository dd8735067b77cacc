/**
 * The text of documents as the server sees it: how it begins, and what it says now. The truth is the log of
 * the room; what is stored here can be read from it again at any time.
 */
import { blankSeed } from '#domain/documents/seed.ts';
import type { Seed } from '#domain/documents/seed.ts';
import { documentRoom } from '#domain/sync/wire.ts';
import type { DocumentId } from '#domain/ids.ts';
import { second } from '#domain/time.ts';
import type { Instant } from '#domain/time.ts';
import type { Queue } from '../jobs/queue.ts';
import type { Changes } from '../storage/changes.ts';
import type { Database } from '../storage/database.ts';
import { documentPatch } from './service.ts';
import * as store from './store.ts';
import type { TextThreads } from './text-threads.ts';

/** After the last keystroke, and at the latest while somebody keeps typing. */
export const quietMs = 2 * second;
export const longestWaitMs = 15 * second;

/** What this needs of the log of updates; `server/sync/log.ts` is it. */
export interface TextLog {
  head(room: string): Promise<number>;
  state(room: string, clientStateVector: null): Promise<{ head: number; updates: readonly Uint8Array[] }>;
  /** Writes the first row of a room, only if it has none. */
  seed(entry: {
    workspaceId: string;
    room: string;
    user: string;
    bytes: Uint8Array;
    claims: readonly number[];
  }): Promise<boolean>;
}

export interface TextParts {
  db: Database;
  changes: Changes;
  queue: Queue;
  log: TextLog;
  threads: Pick<TextThreads, 'projectUpdates'>;
  now: () => Instant;
}

export type Texts = ReturnType<typeof createTexts>;

const idIn = (payload: Record<string, unknown>): DocumentId => payload['documentId'] as DocumentId;

export function createTexts({ db, changes, queue, log, threads, now }: TextParts) {
  const waiting = new Map<string, { timer: NodeJS.Timeout; sinceMs: number }>();
  let isClosed = false;

  const firstContent = async (documentId: string): Promise<Seed> =>
    (await store.loadSeed(db.read, documentId)) ?? blankSeed(documentId);

  /** How a room begins; null when there is no such document. */
  async function seedOf(documentId: string): Promise<{ workspaceId: string; bytes: Uint8Array } | null> {
    const workspaceId = await store.workspaceOf(db.read, documentId);
    return workspaceId === undefined ? null : { workspaceId, bytes: (await firstContent(documentId)).update };
  }

  /** Job: writes the first content to the log, unless the room has been opened and has it. */
  async function seed(documentId: DocumentId): Promise<void> {
    const workspaceId = await store.workspaceOf(db.read, documentId);
    if (workspaceId === undefined) return;
    const { clientId, update } = await firstContent(documentId);
    const room = documentRoom(documentId);
    await log.seed({ workspaceId, room, user: 'system', bytes: update, claims: [clientId] });
  }

  /** Job: reads the text from the log and stores what others ask for; the change feed carries the rest. */
  async function project(documentId: DocumentId): Promise<void> {
    const workspaceId = await store.workspaceOf(db.read, documentId);
    if (workspaceId === undefined) return;
    const { head, updates } = await log.state(documentRoom(documentId), null);
    const earlier = await store.loadOutline(db.read, documentId);
    if (head === 0 || (earlier && earlier.head >= head)) return;
    const projection = await threads.projectUpdates(updates);
    const seq = await db.write(async (tx) => {
      const document = await store.loadDocument(tx, workspaceId, documentId);
      if (!document) return null;
      const at = now();
      if (!(await store.saveText(tx, { documentId, workspaceId, head, at }, projection))) return null;
      const { words, excerpt } = projection;
      // The first row is the seed, which nobody typed.
      const changedAt = head > 1 ? at : document.changedAt;
      const changed = { ...document, changedAt, text: { words, excerpt } };
      await store.updateDocument(tx, changed);
      return (await changes.record(tx, workspaceId, [documentPatch(changed)])).seq;
    });
    if (seq !== null) changes.announce(workspaceId, seq);
  }

  async function queueProjection(documentId: string): Promise<void> {
    const workspaceId = await store.workspaceOf(db.read, documentId);
    if (workspaceId === undefined) return;
    await db.write((tx) =>
      queue.add(tx, [{ workspaceId, kind: 'documents.project', key: documentId, payload: { documentId } }]),
    );
    queue.wake();
  }

  queue.handle('documents.seed', (payload) => seed(idIn(payload)));
  queue.handle('documents.project', (payload) => project(idIn(payload)));

  return {
    seedOf,

    /** Call for every committed update of a document's room. Cheap: waits until the typing pauses. */
    textChanged(documentId: string, onFailure: (error: unknown) => void): void {
      const known = waiting.get(documentId);
      const sinceMs = known?.sinceMs ?? performance.now();
      if (known) clearTimeout(known.timer);
      const delayMs = Math.max(0, Math.min(quietMs, sinceMs + longestWaitMs - performance.now()));
      const timer = setTimeout(() => {
        waiting.delete(documentId);
        queueProjection(documentId).catch(onFailure);
      }, delayMs);
      timer.unref();
      waiting.set(documentId, { timer, sinceMs });
    },

    /** Finds texts that changed without being read, because the server stopped in between. At the start. */
    async catchUp(): Promise<void> {
      try {
        for (const { id, head } of await store.projectedHeads(db.read)) {
          if (isClosed) return;
          const newest = await log.head(documentRoom(id));
          // A room with nothing but its first content has been read when it was imported, or is blank.
          if (newest > 1 && newest > (head ?? 0)) await queueProjection(id);
        }
      } catch (error) {
        // The house may close while this looks around in it; the next start looks again.
        if (!isClosed) throw error;
      }
    },

    close(): void {
      isClosed = true;
      for (const { timer } of waiting.values()) clearTimeout(timer);
      waiting.clear();
    },
  };
}
