/**
 * log.db as the operator's commands look at it: whatever its state, and whoever has it open, not a byte of it or of
 * the files beside it is changed, and what is broken hides nothing else. Rules L18 and L19 in SPEC.md.
 */
import { existsSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import type { RowSource } from './log-rows.ts';
import { logVersion } from './log-sqlite-schema.ts';
import { openSqliteRows } from './rows-sqlite.ts';

/** Complaints of SQLite about one file; more say nothing new. */
export const complaintsLimit = 20;
/** SQLITE_READONLY: the shared index of the write-ahead file would have to be built first. */
const sqliteReadOnly = 8;

export interface LogLook {
  source: RowSource;
  /** What SQLite itself finds wrong with the file, in its words; it reads all of it. */
  complaints(): string[];
  /** Whether somebody wrote meanwhile what this look cannot have seen as one. */
  hasMoved(): boolean;
}

/** Throws SQLite's error when nothing at all can be read, and an Error when another version wrote the file. */
export function lookAtLogFile(file: string): LogLook {
  const isAlone = !existsSync(`${file}-wal`) || (sizeOf(`${file}-wal`) === 0 && !existsSync(`${file}-shm`));
  const before = stampOf(file);
  const db = isAlone ? open(file, 'immutable=1') : openShared(file);
  try {
    const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number };
    if (version !== logVersion)
      throw new Error(
        version > logVersion
          ? 'it was written by a newer version of Stoa'
          : 'it is of an older version of Stoa, or empty; the server, started once, brings it up to date',
      );
    return {
      source: openSqliteRows(db),
      complaints: () => complaintsOf(db),
      hasMoved: () => isAlone && stampOf(file) !== before,
    };
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * Nothing is written through this connection, so nothing is to be defended: SQLite then also reads a file that was
 * cut off, as far as it goes.
 */
function open(file: string, how: string): DatabaseSync {
  const db = new DatabaseSync(new URL(`${pathToFileURL(file).href}?${how}`), {
    readOnly: true,
    defensive: false,
    timeout: 5000,
  });
  db.exec('PRAGMA writable_schema = ON');
  return db;
}

/** A server has it open, or one was killed: what is not in the file yet lies in the write-ahead file. */
function openShared(file: string): DatabaseSync {
  if (existsSync(`${file}-shm`)) {
    const db = open(file, 'readonly_shm=1');
    try {
      db.prepare('PRAGMA user_version').get();
      return db;
    } catch (error) {
      db.close();
      if ((error as { errcode?: number }).errcode !== undefined && primary(error) !== sqliteReadOnly)
        throw error;
    }
  }
  // The only way left: SQLite makes the index anew, a file that holds nothing of its own.
  return open(file, 'mode=ro');
}

const primary = (error: unknown): number => ((error as { errcode?: number }).errcode ?? 0) & 0xff;

const sizeOf = (file: string): number => statSync(file).size;

const stampOf = (file: string): string =>
  [file, `${file}-wal`]
    .map((one) => statSync(one, { throwIfNoEntry: false }))
    .map((found) => (found === undefined ? '-' : `${found.size} ${found.mtimeMs}`))
    .join();

function complaintsOf(db: DatabaseSync): string[] {
  try {
    const rows = db.prepare(`PRAGMA quick_check(${complaintsLimit})`).all() as { quick_check: string }[];
    return rows
      .flatMap(({ quick_check: text }) => text.split('\n'))
      .filter((line) => line !== 'ok' && !line.startsWith('***'))
      .slice(0, complaintsLimit);
  } catch (error) {
    return [(error as Error).message];
  }
}
