/** The tables of log.db and how the file is opened for writing. */
import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** A file from before it could give space back is rewritten once at the start, up to this size. */
export const rewriteBytesLimit = 256 * 1024 * 1024;

/**
 * Forward only; the position in the list is the version, kept in `user_version`. `enc` and `status` are
 * written from the first day, so that a later reader can tell what it meets.
 */
const migrations = [
  `CREATE TABLE log_rooms (
     id INTEGER PRIMARY KEY,
     room TEXT NOT NULL UNIQUE,
     workspace_id TEXT NOT NULL,
     epoch TEXT NOT NULL,
     head INTEGER NOT NULL,
     bytes INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE log_updates (
     room_id INTEGER NOT NULL,
     seq INTEGER NOT NULL,
     enc TEXT NOT NULL,
     status TEXT NOT NULL,
     user TEXT NOT NULL,
     at INTEGER NOT NULL,
     crc INTEGER NOT NULL,
     bytes BLOB NOT NULL,
     PRIMARY KEY (room_id, seq)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE log_clients (
     room_id INTEGER NOT NULL,
     client INTEGER NOT NULL,
     user TEXT NOT NULL,
     PRIMARY KEY (room_id, client)
   ) STRICT, WITHOUT ROWID;`,
  // Snapshots, packed rows, and what tells when a room is worth compacting.
  `ALTER TABLE log_rooms ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE log_rooms ADD COLUMN snapshot_seq INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE log_rooms ADD COLUMN snapshot_bytes INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE log_rooms ADD COLUMN tail_bytes INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE log_rooms ADD COLUMN touched_at INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE log_rooms ADD COLUMN unswept INTEGER NOT NULL DEFAULT 0;
   UPDATE log_rooms SET tail_bytes = bytes;
   ALTER TABLE log_updates ADD COLUMN reason TEXT;
   CREATE TABLE log_snapshots (
     room_id INTEGER NOT NULL,
     upto_seq INTEGER NOT NULL,
     enc TEXT NOT NULL,
     state_vector BLOB NOT NULL,
     deletes BLOB NOT NULL,
     crc INTEGER NOT NULL,
     sha256 BLOB NOT NULL,
     yjs_version TEXT NOT NULL,
     at INTEGER NOT NULL,
     state BLOB NOT NULL,
     PRIMARY KEY (room_id, upto_seq)
   ) STRICT;
   CREATE TABLE log_segments (
     room_id INTEGER NOT NULL,
     from_seq INTEGER NOT NULL,
     upto_seq INTEGER NOT NULL,
     rows INTEGER NOT NULL,
     enc TEXT NOT NULL,
     crc INTEGER NOT NULL,
     at INTEGER NOT NULL,
     bytes BLOB NOT NULL,
     PRIMARY KEY (room_id, from_seq)
   ) STRICT;`,
  // Rows that are in no document, counted where whoever watches the log need not look through it.
  `ALTER TABLE log_rooms ADD COLUMN quarantined INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE log_rooms ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
   UPDATE log_rooms SET
     quarantined = (SELECT count(*) FROM log_updates WHERE room_id = id AND status = 'quarantined'),
     held = (SELECT count(*) FROM log_updates WHERE room_id = id AND status = 'held');`,
  // The epoch in which the owner of a client id last wrote under it; unknown of those from before.
  `ALTER TABLE log_clients ADD COLUMN epoch TEXT;`,
  // When somebody showed a client id as theirs who has not written under it.
  `ALTER TABLE log_clients ADD COLUMN bound_at INTEGER;
   CREATE INDEX log_clients_bound ON log_clients (bound_at) WHERE bound_at IS NOT NULL;`,
];

/** What `user_version` says of a file that this program has opened for writing. */
export const logVersion = migrations.length;

export function openLogFile(file: string): DatabaseSync {
  const db = new DatabaseSync(file);
  try {
    db.exec('PRAGMA busy_timeout = 5000;');
    giveSpaceBack(db, file);
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    // Read back: an answer that "it is saved" rests on these two.
    const synchronous = db.prepare('PRAGMA synchronous').get() as { synchronous: number };
    const journal = db.prepare('PRAGMA journal_mode').get() as { journal_mode: string };
    if (synchronous.synchronous !== 2 || journal.journal_mode !== 'wal')
      throw new Error('log.db cannot be opened durably (WAL, synchronous=FULL)');
    const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number };
    if (version > logVersion) throw new Error('log.db was written by a newer version');
    for (let next = version; next < logVersion; next += 1)
      db.exec(`BEGIN IMMEDIATE; ${migrations[next] as string} PRAGMA user_version = ${next + 1}; COMMIT;`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * Free pages can be given back in steps only by a file made for it. A larger one keeps its free pages and
 * uses them again; SQLite's own `VACUUM`, by hand and with the server stopped, makes it smaller.
 */
function giveSpaceBack(db: DatabaseSync, file: string): void {
  const { auto_vacuum: mode } = db.prepare('PRAGMA auto_vacuum').get() as { auto_vacuum: number };
  if (mode === 2) return;
  const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number };
  if (version === 0) db.exec('PRAGMA auto_vacuum = INCREMENTAL');
  else if (version <= logVersion && statSync(file).size <= rewriteBytesLimit)
    try {
      db.exec('PRAGMA auto_vacuum = INCREMENTAL; VACUUM');
    } catch {
      // It wants as much space again, which may not be there: then the file stays as it was.
    }
}
