/**
 * One server per data folder. The lock is an exclusive transaction held open on a small SQLite file: the
 * operating system drops it when the process ends, however it ends, so nothing has to be cleaned up by hand.
 *
 * Danger: on POSIX, closing any other descriptor of the same file in this process drops the lock. Nothing
 * else may open `lock`.
 */
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { DatabaseSync } from 'node:sqlite';
import { second } from '#domain/time.ts';
import { isBusy } from './faults.ts';
import { StartError } from './start-error.ts';

/** A server that is being replaced needs a moment to stop in order. */
const defaultPatienceMs = 5 * second;
const betweenTriesMs = 100;

export interface FolderLock {
  release(): void;
}

export async function lockFolder(
  dataDir: string,
  { patienceMs = defaultPatienceMs }: { patienceMs?: number } = {},
): Promise<FolderLock> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    const lock = tryLock(dataDir);
    if (lock) return lock;
    if (performance.now() >= giveUpAt)
      throw new StartError(
        `Another server is using the data folder ${dataDir}. Stop it first, or choose another folder with DATA_DIR.`,
      );
    await wait(betweenTriesMs);
  }
}

function tryLock(dataDir: string): FolderLock | undefined {
  const db = new DatabaseSync(join(dataDir, 'lock'), { timeout: 0 });
  try {
    db.exec('begin exclusive');
  } catch (error) {
    db.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
  return { release: () => db.close() };
}
