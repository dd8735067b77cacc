/**
 * A folder in memory for what the tests throw away, where there is room for it: their databases flush each
 * commit, and PostgreSQL copies hundreds of files for each of its databases. Undefined where there is none.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';

const memory = '/dev/shm';
const prefix = 'stoa-tests-';
/** A run needs about a fifth of it. Containers often have 64 MB only. */
const roomBytes = 2 * 1024 ** 3;

export function folderInMemory(): string | undefined {
  if (!existsSync(memory)) return undefined;
  const { bavail, bsize } = statfsSync(memory);
  if (bavail * bsize < roomBytes) return undefined;
  removeOrphans();
  const folder = join(memory, `${prefix}${process.pid}`);
  mkdirSync(folder, { recursive: true });
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A run that was killed could not tidy up. */
function removeOrphans(): void {
  for (const name of readdirSync(memory)) {
    const pid = Number(new RegExp(`^${prefix}(\\d+)$`).exec(name)?.[1]);
    if (pid > 0 && !existsSync(`/proc/${pid}`)) rmSync(join(memory, name), { recursive: true, force: true });
  }
}
