/** A folder and those above it, which Node's own recursive mkdir never returns from for a path below /proc. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** What is kept is nobody else's on this machine to read. */
const ownerOnly = 0o700;

export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: ownerOnly });
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(folder) === folder) throw error;
    makeFolder(dirname(folder));
    mkdirSync(folder, { mode: ownerOnly });
  }
}
