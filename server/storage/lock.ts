/**
 * One server per data folder, and one per PostgreSQL database: rooms and running jobs are known in one
 * process only. The folder's lock is an exclusive transaction held open on a small SQLite file: the
 * operating system drops it when the process ends, however it ends, so nothing has to be cleaned up by hand.
 *
 * Danger: on POSIX, closing any other descriptor of the same file in this process drops the lock. Nothing
 * else may open `lock`.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { DatabaseSync } from 'node:sqlite';
import { second } from '#domain/time.ts';
import pg from 'pg';
import { isBrokenFile, isBusy } from './faults.ts';
import { StartError, postgresCannotOpen } from './start-error.ts';

/** A server that is being replaced needs a moment to stop in order. */
const defaultPatienceMs = 5 * second;
const betweenTriesMs = 100;
/** PostgreSQL advisory lock of the running server; any fixed number of our own. */
const serverLock = 7_384_212;

export interface FolderLock {
  /** Tells the command line beside it where people reach the server; forgotten with the lock. */
  noteAddress(url: string): void;
  release(): void;
}

export interface DatabaseLock {
  release(): Promise<void>;
}

interface Patience {
  patienceMs?: number;
}

export async function lockFolder(
  dataDir: string,
  { patienceMs = defaultPatienceMs }: Patience = {},
): Promise<FolderLock> {
  return insist(
    () => tryLock(dataDir),
    patienceMs,
    `Another server is using the data folder ${dataDir}. Stop it first, or choose another folder with DATA_DIR.`,
  );
}

/**
 * The same for a PostgreSQL database: an advisory lock of a connection of its own, which the database drops
 * with the connection. `onLost` hears when the connection breaks, since another server may then come in.
 */
export async function lockPostgres(
  url: string,
  { patienceMs = defaultPatienceMs, onLost }: Patience & { onLost: (error: Error) => void },
): Promise<DatabaseLock> {
  const client = new pg.Client({ connectionString: url, keepAlive: true });
  let isReleased = false;
  client.on('error', (error) => {
    if (!isReleased) onLost(error);
  });
  await client.connect().catch((error: unknown) => {
    throw postgresCannotOpen(error);
  });
  const release = async () => {
    isReleased = true;
    await client.end();
  };
  try {
    await insist(
      async () => {
        const { rows } = await client.query<{ locked: boolean }>(
          'select pg_try_advisory_lock($1) as locked',
          [serverLock],
        );
        return rows[0]?.locked || undefined;
      },
      patienceMs,
      'Another server is using the PostgreSQL database of DATABASE_URL. Stop it first, or choose another database.',
    );
  } catch (error) {
    await release();
    throw error;
  }
  return { release };
}

/**
 * Where the server that holds the folder is reached; null when none runs or it does not say. Only for another
 * process than the server's: looking opens the lock.
 */
export function addressOfServer(dataDir: string): string | null {
  const free = tryLock(dataDir);
  if (free) {
    // What a crashed server wrote means nothing.
    free.release();
    return null;
  }
  try {
    return readFileSync(join(dataDir, 'address'), 'utf8').trim() || null;
  } catch {
    return null;
  }
}

async function insist<Lock>(
  attempt: () => Lock | undefined | Promise<Lock | undefined>,
  patienceMs: number,
  complaint: string,
): Promise<Lock> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    const lock = await attempt();
    if (lock !== undefined) return lock;
    if (performance.now() >= giveUpAt) throw new StartError(complaint);
    await wait(betweenTriesMs);
  }
}

function tryLock(dataDir: string): FolderLock | undefined {
  const file = join(dataDir, 'lock');
  const db = new DatabaseSync(file, { timeout: 0 });
  try {
    db.exec('begin exclusive');
  } catch (error) {
    db.close();
    if (isBusy(error)) return undefined;
    if (!isBrokenFile(error)) throw error;
    throw new StartError(
      `${file} is damaged. It holds nothing: delete it while no server runs, and try again.`,
    );
  }
  const note = join(dataDir, 'address');
  return {
    noteAddress: (url) => writeFileSync(note, `${url}\n`),
    release: () => {
      rmSync(note, { force: true });
      db.close();
    },
  };
}
