/**
 * Copies of the data folder and the way back. A copy is made while the server writes; putting one back needs
 * the folder for itself. Rules B1-B5 in sync/SPEC.md.
 *
 * Order: the records first, the log after. Nothing in the records then points beyond the end of the log that
 * was copied with them; a room without its document costs nothing, and is there again when the device that
 * made the document offers its commands anew.
 */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  createReadStream,
  existsSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { renewEpochsInFolder } from './epochs.ts';
import { isBrokenFile } from './faults.ts';
import { makeFolder } from './make-folder.ts';
import { StartError } from './start-error.ts';

/** In the order in which they are copied. */
const databases = ['stoa.db', 'log.db'] as const;
/** Signs sessions and links: without it everybody would have to be let in anew. */
const secret = 'secret';
const manifestName = 'backup.json';
/** While this file lies in a data folder, what is around it is half of one state and half of another. */
const restoringMark = 'restoring';
/** Folders with what a restore has copied and not put in place yet. */
const incomingPrefix = 'incoming-';
/** How long a copy waits for the server's short exclusive moments. */
const busyTimeoutMs = 30_000;
/** Raised when an older program could not read a backup. */
const backupFormat = 1;

const manifestShape = z.object({
  format: z.literal(backupFormat),
  at: z.iso.datetime(),
  files: z.array(
    z.object({
      name: z.enum([...databases, secret]),
      bytes: z.number().int(),
      sha256: z.string().length(64),
    }),
  ),
});
export type BackupManifest = z.infer<typeof manifestShape>;

/** Throws when a restore was cut short here: nobody may take half a state for the whole. */
export function refuseHalfRestored(dataDir: string): void {
  if (existsSync(join(dataDir, restoringMark)))
    throw new StartError(
      `A restore of ${dataDir} was cut short. Run \`npm run admin -- restore <backup>\` again before anything else.`,
    );
}

/** Makes the folder, complete or not at all. The server may write meanwhile. */
export async function backUp(dataDir: string, target: string, now: () => string): Promise<BackupManifest> {
  refuseHalfRestored(dataDir);
  if (!existsSync(join(dataDir, 'stoa.db')))
    throw new StartError(`There is nothing to copy in ${dataDir}: it holds no stoa.db.`);
  const folder = resolve(target);
  if (existsSync(folder))
    throw new StartError(`${folder} is there already. A backup needs a name of its own.`);
  makeFolder(dirname(folder));
  const unfinished = mkdtempSync(`${folder}.unfinished-`);
  try {
    const at = now();
    const files: BackupManifest['files'] = [];
    for (const name of [...databases, secret] as const) {
      const source = join(dataDir, name);
      if (!existsSync(source)) continue;
      const copy = join(unfinished, name);
      if (name === secret) copyFileSync(source, copy);
      else copyDatabase(source, copy);
      chmodSync(copy, 0o600);
      flush(copy);
      files.push({ name, ...(await fingerprint(copy)) });
    }
    const manifest: BackupManifest = { format: backupFormat, at, files };
    writeFileSync(join(unfinished, manifestName), `${JSON.stringify(manifest, null, 2)}\n`, { flush: true });
    flush(unfinished);
    renameSync(unfinished, folder);
    flush(dirname(folder));
    return manifest;
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    throw error;
  }
}

/** One read transaction: the copy is the state of one moment, and writers do not wait for it. */
function copyDatabase(source: string, copy: string): void {
  const db = new DatabaseSync(source, { readOnly: true, timeout: busyTimeoutMs });
  try {
    db.prepare('VACUUM INTO ?').run(copy);
  } catch (error) {
    if (!isBrokenFile(error)) throw error;
    throw new StartError(
      `${source} is damaged and cannot be copied: ${(error as Error).message}. \`verify\` says what of the log is hit; an earlier backup is put back with \`restore\`.`,
      error,
    );
  } finally {
    db.close();
  }
}

/** Reads a backup's list and compares every file with it; throws one sentence for anything that is wrong. */
export async function checkBackup(folder: string): Promise<BackupManifest> {
  if (!existsSync(folder)) throw new StartError(`There is no backup ${folder}.`);
  const wrong = (why: string) => new StartError(`${folder} is not a complete backup: ${why}.`);
  let text: string;
  try {
    text = readFileSync(join(folder, manifestName), 'utf8');
  } catch {
    throw wrong(`it holds no ${manifestName}`);
  }
  let manifest: BackupManifest;
  try {
    manifest = manifestShape.parse(JSON.parse(text));
  } catch {
    throw wrong(`its ${manifestName} is damaged or of a newer version`);
  }
  if (!manifest.files.some(({ name }) => name === 'stoa.db')) throw wrong('stoa.db is missing');
  for (const { name, bytes, sha256 } of manifest.files) {
    const file = join(folder, name);
    if (!existsSync(file)) throw wrong(`${name} is missing`);
    const found = await fingerprint(file);
    if (found.bytes !== bytes || found.sha256 !== sha256) throw wrong(`${name} has been changed or damaged`);
    if (name !== secret && !isSound(file)) throw wrong(`${name} is damaged inside`);
  }
  return manifest;
}

function isSound(file: string): boolean {
  const db = new DatabaseSync(new URL(`${pathToFileURL(file).href}?immutable=1`), { readOnly: true });
  try {
    const row = db.prepare('PRAGMA quick_check(1)').get() as { quick_check: string };
    return row.quick_check === 'ok';
  } catch {
    return false;
  } finally {
    db.close();
  }
}

export interface Restored {
  manifest: BackupManifest;
  /** Where what was there before lies now; null when nothing was. */
  replaced: string | null;
}

export interface RestoreParts {
  newId: () => string;
  nowMs: number;
}

/**
 * Puts a backup in the place of what the folder holds, with new epochs. The caller holds the folder's lock.
 * Nothing is deleted; cut short, it is run again from its beginning.
 */
export async function restoreFolder(
  dataDir: string,
  backup: string,
  { newId, nowMs }: RestoreParts,
): Promise<Restored> {
  const manifest = await checkBackup(backup);
  const stamp = new Date(nowMs).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  // Beside its place, on the same disk: what follows is renaming only.
  const incoming = mkdtempSync(join(dataDir, `${incomingPrefix}${stamp}-`));
  try {
    for (const { name } of manifest.files) {
      copyFileSync(join(backup, name), join(incoming, name));
      chmodSync(join(incoming, name), 0o600);
    }
    renewEpochsInFolder(incoming, newId, nowMs);
    for (const name of readdirSync(incoming)) flush(join(incoming, name));
    flush(incoming);
  } catch (error) {
    rmSync(incoming, { recursive: true });
    throw error;
  }

  const mark = join(dataDir, restoringMark);
  writeFileSync(mark, `${basename(incoming)}\n`, { flush: true });
  flush(dataDir);
  const present = [...databases.flatMap((name) => [name, `${name}-wal`, `${name}-shm`]), secret].filter(
    (name) => existsSync(join(dataDir, name)),
  );
  const replaced = present.length === 0 ? null : mkdtempSync(join(dataDir, `replaced-${stamp}-`));
  if (replaced !== null) for (const name of present) renameSync(join(dataDir, name), join(replaced, name));
  for (const name of readdirSync(incoming)) renameSync(join(incoming, name), join(dataDir, name));
  flush(dataDir);
  rmSync(mark);
  flush(dataDir);
  // Its own, empty now, and what earlier tries had copied and did not put in place.
  for (const name of readdirSync(dataDir))
    if (name.startsWith(incomingPrefix)) rmSync(join(dataDir, name), { recursive: true });
  return { manifest, replaced };
}

/** On disk, not only in the system's memory; for a folder: the names in it. */
function flush(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

async function fingerprint(file: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return { bytes: statSync(file).size, sha256: hash.digest('hex') };
}
