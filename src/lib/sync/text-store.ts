/**
 * The text of one document on this device. y-indexeddb loads it and owns the format; the writing is ours,
 * because y-indexeddb drops its promises and throws into Yjs when the browser has killed its connection, and
 * a throw there stops the socket from sending. Ours never throws into Yjs, writes rows durably in order, says
 * when they are saved and when the device is full, and tries again.
 */
import type { DBSchema } from 'idb';
import { IndexeddbPersistence } from 'y-indexeddb';
import * as Y from 'yjs';
import { errorCodeOf } from '#domain/errors.ts';
import { second } from '#domain/time.ts';
import { createConnection } from '../device/connection.ts';
import type { Connection } from '../device/connection.ts';

/** `full`: no room on the device. `failed`: storage does not answer; the text lives in this tab only. */
export type SavedState = 'saved' | 'saving' | 'full' | 'failed';

/** y-indexeddb's own form: updates under rising numbers. */
interface TextSchema extends DBSchema {
  updates: { key: number; value: Uint8Array };
  custom: { key: string; value: unknown };
}

/** Rows or bytes from which a text is written anew as one row when it is closed. */
export const compactAtRows = 200;
export const compactAtBytes = 256 * 1024;
/** How long after a failed write the next one is tried. */
export const retryAfterMs = 3 * second;
/** Storage that has not opened by then is treated as failed, so that the text can be read from the server. */
export const openPatienceMs = 10 * second;

export interface TextStoreOptions {
  factory: IDBFactory;
  name: string;
  doc: Y.Doc;
  /** Whether an update came from the server, which therefore has it. */
  isFromServer: (origin: unknown) => boolean;
  /** Must be durable before the first row that the server may not have. */
  beforeUnsent: () => Promise<void>;
  onState: (state: SavedState) => void;
  /** Runs `work` after a while; returns the way to cancel. */
  after: (delayMs: number, work: () => void) => () => void;
}

export interface TextStore {
  /** What the device held is in the document, or cannot be had. Never rejects. */
  loaded: Promise<void>;
  /** Applies rows that other tabs wrote since. */
  readNew: () => Promise<void>;
  /** Resolves when everything so far is on the device; false when it could not be written. */
  settled: () => Promise<boolean>;
  close: () => Promise<void>;
}

interface Row {
  update: Uint8Array;
  isUnsent: boolean;
}

export function openTextStore(options: TextStoreOptions): TextStore {
  const { doc, name } = options;
  const connection: Connection<TextSchema> = createConnection<TextSchema>({
    factory: options.factory,
    name,
    version: 1,
    upgrade: (database, oldVersion) => {
      // Deleted underneath and opened again: the same stores as y-indexeddb makes.
      if (oldVersion > 0) return;
      database.createObjectStore('updates', { autoIncrement: true });
      database.createObjectStore('custom');
    },
  });
  /** Origin of what was read from the device. */
  const fromDevice = {};
  let queue: Row[] = [];
  let writing: Promise<void> | null = null;
  let cancelRetry = () => {};
  let isClosed = false;
  let lastKey = 0;

  const keep = (update: Uint8Array, origin: unknown) => {
    if (origin === fromDevice || origin === persistence) return;
    queue.push({ update, isUnsent: !options.isFromServer(origin) });
    write();
  };

  const persistence = new IndexeddbPersistence(name, doc);
  const internals = persistence as unknown as {
    _storeUpdate: (update: Uint8Array, origin: unknown) => void;
    _db: Promise<IDBDatabase>;
  };
  doc.off('update', internals._storeUpdate);
  doc.on('update', keep);

  const loaded = load();

  async function load(): Promise<void> {
    let cancelWait = () => {};
    const gaveUp = new Promise<'failed'>((resolve) => {
      cancelWait = options.after(openPatienceMs, () => resolve('failed'));
      internals._db.catch(() => resolve('failed'));
    });
    const outcome = await Promise.race([persistence.whenSynced.then(() => 'loaded' as const), gaveUp]);
    cancelWait();
    if (outcome === 'failed') {
      options.onState('failed');
      return;
    }
    await persistence.destroy();
    write();
  }

  function write(): void {
    if (writing || queue.length === 0) return;
    cancelRetry();
    options.onState('saving');
    writing = flush()
      .then(
        () => options.onState('saved'),
        (error: unknown) => {
          options.onState(errorCodeOf(error) === 'device_full' ? 'full' : 'failed');
          if (!isClosed) cancelRetry = options.after(retryAfterMs, write);
        },
      )
      .finally(() => {
        writing = null;
      });
  }

  async function flush(): Promise<void> {
    await loaded;
    while (queue.length > 0) {
      const batch = queue.slice();
      if (batch.some((row) => row.isUnsent)) await options.beforeUnsent();
      await connection.run(async (database) => {
        const tx = database.transaction('updates', 'readwrite', { durability: 'strict' });
        const keys = batch.map((row) => tx.store.add(row.update));
        await Promise.all([...keys, tx.done]);
      });
      queue = queue.slice(batch.length);
    }
  }

  async function readNew(): Promise<void> {
    await loaded;
    const { rows, last } = await connection.run(async (database) => {
      const tx = database.transaction('updates');
      const range = IDBKeyRange.lowerBound(lastKey, true);
      const [values, keys] = await Promise.all([tx.store.getAll(range), tx.store.getAllKeys(range)]);
      return { rows: values, last: keys.at(-1) ?? lastKey };
    });
    lastKey = last;
    // Not marked as from the device's own loading for the socket: what it lacks goes out as an update.
    doc.transact(() => {
      for (const row of rows) Y.applyUpdate(doc, row, fromDevice);
    }, fromDevice);
  }

  async function settled(): Promise<boolean> {
    while (writing) await writing;
    return queue.length === 0;
  }

  /** One transaction, so that a row another tab adds meanwhile is either inside or untouched. */
  const compact = () =>
    connection.run(async (database) => {
      const tx = database.transaction('updates', 'readwrite', { durability: 'strict' });
      const [rows, keys] = await Promise.all([tx.store.getAll(), tx.store.getAllKeys()]);
      const bytes = rows.reduce((sum, row) => sum + row.byteLength, 0);
      const last = keys.at(-1);
      if (last === undefined || (rows.length < compactAtRows && bytes < compactAtBytes)) return tx.done;
      const whole = new Y.Doc();
      for (const row of rows) Y.applyUpdate(whole, row);
      const state = Y.encodeStateAsUpdate(whole);
      whole.destroy();
      // A large text made of one row already cannot become smaller.
      if (rows.length < compactAtRows && state.byteLength > bytes / 2) return tx.done;
      await Promise.all([tx.store.delete(IDBKeyRange.upperBound(last)), tx.store.add(state), tx.done]);
    });

  async function close(): Promise<void> {
    if (isClosed) return;
    isClosed = true;
    doc.off('update', keep);
    await loaded;
    cancelRetry();
    write();
    if (await settled()) await compact().catch(() => undefined);
    connection.close();
  }

  return { loaded, readNew, settled, close };
}
