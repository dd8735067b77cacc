/**
 * What goes wrong outside the program (disks, rights, paths, databases), as one sentence with what to do. Anything
 * else is a fault of the program, and is reported as such.
 */
import { errorCodeOf } from '#domain/errors.ts';

const paths: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EISDIR: 'it is a folder, and a file is wanted',
  ENOTDIR: 'part of this path is a file, not a folder',
  EEXIST: 'it is there already: choose another name',
  EACCES: 'you may not do this there: choose another place, or act as a user who may',
  EPERM: 'you may not do this there: choose another place, or act as a user who may',
  EROFS: 'that disk can only be read: choose another place',
  ENOSPC: 'the disk is full: make room, or choose another place',
  EFBIG: 'the file would be larger than is allowed there: choose another place',
  EDQUOT: 'the disk is full: make room, or choose another place',
  ENAMETOOLONG: 'the name is too long',
  EIO: 'the disk does not answer as it should',
};

/** By the primary code of SQLite. */
const sqlite: Readonly<Record<number, string>> = {
  5: 'The database is busy: another process keeps writing. Try again in a moment.',
  8: 'The database can only be read: check the rights on the data folder and the files in it.',
  10: 'The disk does not answer as it should, so the database cannot be used.',
  11: 'stoa.db or log.db is damaged. Stop the server and put a backup back with `restore`.',
  13: 'The disk is full, so nothing was written. Make room and try again.',
  14: 'The database cannot be opened: check the rights on the data folder and the files in it.',
  26: 'stoa.db or log.db is no database any more. Stop the server and put a backup back with `restore`.',
};

/** Classes of PostgreSQL's codes that speak of the server, not of what was asked of it. */
const postgresClasses: ReadonlySet<string> = new Set(['08', '25', '28', '3D', '53', '57', '58', 'XX']);

/** Why a path could not be used; null when the error is about no path. */
export function pathFault(error: unknown): string | null {
  const { code, syscall } = error as { code?: unknown; syscall?: unknown };
  if (typeof code !== 'string' || typeof syscall !== 'string' || syscall === 'connect') return null;
  return paths[code] ?? `the system refuses (${code})`;
}

export function outsideFault(error: unknown): string | null {
  const code = errorCodeOf(error);
  if (code === 'storage_failed' || code === 'busy') return outsideFault((error as Error).cause);
  if (!(error instanceof Error)) return null;
  const found = error as {
    code?: unknown;
    errcode?: unknown;
    path?: unknown;
    dest?: unknown;
    syscall?: unknown;
  };
  const place = found.dest ?? found.path;
  const ofPath = pathFault(error);
  if (ofPath !== null)
    return typeof place === 'string' ? `${place}: ${ofPath}.` : `It could not be done: ${ofPath}.`;
  if (typeof found.errcode === 'number') return sqlite[found.errcode & 0xff] ?? null;
  const isOfPostgres =
    found.syscall === 'connect' ||
    ('severity' in error && typeof found.code === 'string' && postgresClasses.has(found.code.slice(0, 2)));
  return isOfPostgres ? `The PostgreSQL database of DATABASE_URL refuses: ${error.message}.` : null;
}
