/**
 * One IndexedDB database that stays usable. Browsers kill connections (WebKit in the background, any browser
 * when storage is cleared or another tab needs a newer version); the next piece of work then opens a new one
 * and is tried once more. That is safe because a transaction that did not complete has done nothing.
 */
import { wrap } from 'idb';
import type { DBSchema, IDBPDatabase, IDBPTransaction, StoreNames } from 'idb';
import { DomainError, errorCodeOf } from '#domain/errors.ts';
import { second } from '#domain/time.ts';

export interface ConnectionOptions<Schema extends DBSchema> {
  factory: IDBFactory;
  name: string;
  version: number;
  /** Brings the stores from `oldVersion` (0: nothing there) to `version`. */
  upgrade(
    database: IDBPDatabase<Schema>,
    oldVersion: number,
    tx: IDBPTransaction<Schema, StoreNames<Schema>[], 'versionchange'>,
  ): void;
}

export interface Connection<Schema extends DBSchema> {
  /** Throws `device_full`, `device_failed`, or `update_app` when a newer app has changed the database. */
  run<Result>(work: (database: IDBPDatabase<Schema>) => Promise<Result>): Promise<Result>;
  close(): void;
}

/** How long another tab may hold an older version open before we say that storage does not open. */
export const blockedLimitMs = 10 * second;
/** How long a deletion waits for other tabs to let go. */
export const deletePatienceMs = 2 * second;

export function createConnection<Schema extends DBSchema>(
  options: ConnectionOptions<Schema>,
): Connection<Schema> {
  const { factory, name, version } = options;
  let opening: Promise<IDBPDatabase<Schema>> | null = null;

  function forget(which: Promise<IDBPDatabase<Schema>>): void {
    if (opening === which) opening = null;
  }

  function open(): Promise<IDBPDatabase<Schema>> {
    if (opening) return opening;
    const attempt = new Promise<IDBPDatabase<Schema>>((resolve, reject) => {
      const request = factory.open(name, version);
      let timer: ReturnType<typeof setTimeout> | undefined;
      request.onblocked = () => {
        timer = setTimeout(() => reject(new DomainError('device_failed')), blockedLimitMs);
      };
      request.onupgradeneeded = (event) => {
        const tx = request.transaction as IDBTransaction;
        options.upgrade(
          wrap(request.result) as unknown as IDBPDatabase<Schema>,
          event.oldVersion,
          wrap(tx) as unknown as IDBPTransaction<Schema, StoreNames<Schema>[], 'versionchange'>,
        );
      };
      request.onerror = () => {
        clearTimeout(timer);
        reject(request.error ?? new DomainError('device_failed'));
      };
      request.onsuccess = () => {
        clearTimeout(timer);
        const raw = request.result;
        raw.onclose = () => forget(attempt);
        // Another tab upgrades or deletes: holding on would block it for ever.
        raw.onversionchange = () => {
          raw.close();
          forget(attempt);
        };
        resolve(wrap(raw) as unknown as IDBPDatabase<Schema>);
      };
    });
    opening = attempt;
    attempt.catch(() => forget(attempt));
    return attempt;
  }

  async function run<Result>(work: (database: IDBPDatabase<Schema>) => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt += 1) {
      const current = open();
      try {
        return await work(await current);
      } catch (error) {
        if (attempt === 1 && isLostConnection(error)) {
          forget(current);
          void current.then(
            (database) => database.close(),
            () => undefined,
          );
          continue;
        }
        throw asDeviceError(error);
      }
    }
  }

  function close(): void {
    const current = opening;
    opening = null;
    void current?.then(
      (database) => database.close(),
      () => undefined,
    );
  }

  return { run, close };
}

/**
 * Deletes a database. False when somebody would not let go of it in time: then try again at the next start.
 */
export function deleteDatabase(factory: IDBFactory, name: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const request = factory.deleteDatabase(name);
    request.onblocked = () => setTimeout(() => resolve(false), deletePatienceMs);
    request.onsuccess = () => resolve(true);
    request.onerror = () => reject(new DomainError('device_failed'));
  });
}

/** Names under which browsers report that the connection, not the work, was at fault. */
const lostConnection: ReadonlySet<string> = new Set(['InvalidStateError', 'UnknownError', 'AbortError']);

const nameOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'name' in error ? String(error.name) : '';

function isLostConnection(error: unknown): boolean {
  return errorCodeOf(error) === undefined && lostConnection.has(nameOf(error));
}

function asDeviceError(error: unknown): unknown {
  switch (nameOf(error)) {
    case 'QuotaExceededError':
      return new DomainError('device_full');
    case 'VersionError':
      return new DomainError('update_app');
    case 'InvalidStateError':
    case 'UnknownError':
    case 'AbortError':
    case 'SecurityError':
      return new DomainError('device_failed');
    default:
      return error;
  }
}
