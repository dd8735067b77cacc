/**
 * The only writer of log.db, in a thread of its own: node:sqlite waits for the disk, and the event loop that
 * serves sockets must not. One call is one transaction and one flush.
 */
import { randomUUID } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import type { StatementSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import type { LogEntry } from './log.ts';
import { answerCalls } from './thread.ts';

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
];

interface Statements {
  db: DatabaseSync;
  bump: StatementSync;
  row: StatementSync;
  claim: StatementSync;
  head: StatementSync;
}

function open(file: string): Statements {
  const db = new DatabaseSync(file);
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000;');
  // Read back: an answer that "it is saved" rests on these two.
  const synchronous = db.prepare('PRAGMA synchronous').get() as { synchronous: number };
  const journal = db.prepare('PRAGMA journal_mode').get() as { journal_mode: string };
  if (synchronous.synchronous !== 2 || journal.journal_mode !== 'wal')
    throw new Error('log.db cannot be opened durably (WAL, synchronous=FULL)');
  const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number };
  if (version > migrations.length) throw new Error('log.db was written by a newer version');
  for (let next = version; next < migrations.length; next += 1)
    db.exec(`BEGIN IMMEDIATE; ${migrations[next] as string} PRAGMA user_version = ${next + 1}; COMMIT;`);
  return {
    db,
    bump: db.prepare(
      `INSERT INTO log_rooms (room, workspace_id, epoch, head, bytes) VALUES (?, ?, ?, 1, ?)
       ON CONFLICT (room) DO UPDATE SET head = head + 1, bytes = bytes + excluded.bytes
       RETURNING id, head`,
    ),
    row: db.prepare(
      `INSERT INTO log_updates (room_id, seq, enc, status, user, at, crc, bytes)
       VALUES (?, ?, 'v1', 'stored', ?, ?, ?, ?)`,
    ),
    claim: db.prepare('INSERT OR IGNORE INTO log_clients (room_id, client, user) VALUES (?, ?, ?)'),
    head: db.prepare('SELECT head FROM log_rooms WHERE room = ?'),
  };
}

answerCalls<{ file: string }>(({ file }) => {
  let statements: Statements | null = open(file);

  /** After a failure nothing in this connection is trusted: it is closed and the file opened anew. */
  function transaction<Output>(work: (statements: Statements) => Output): Output {
    statements ??= open(file);
    try {
      statements.db.exec('BEGIN IMMEDIATE');
      const output = work(statements);
      statements.db.exec('COMMIT');
      return output;
    } catch (error) {
      const broken = statements;
      statements = null;
      broken.db.close();
      throw error;
    }
  }

  function insert({ bump, row, claim }: Statements, entry: LogEntry): number {
    const { id, head } = bump.get(entry.room, entry.workspaceId, randomUUID(), entry.bytes.length) as {
      id: number;
      head: number;
    };
    row.run(id, head, entry.user, Date.now(), crc32(entry.bytes), entry.bytes);
    for (const client of entry.claims) claim.run(id, client, entry.user);
    return head;
  }

  return {
    open: () => true,
    append: (entries: readonly LogEntry[]) =>
      transaction((open) => entries.map((entry) => insert(open, entry))),
    seed: (entry: LogEntry) =>
      transaction((open) => {
        const found = open.head.get(entry.room) as { head: number } | undefined;
        if (found !== undefined && found.head > 0) return false;
        insert(open, entry);
        return true;
      }),
    close: () => {
      statements?.db.close();
      statements = null;
    },
  };
});
