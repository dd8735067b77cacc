/**
 * The only writer of log.db, in a thread of its own: node:sqlite waits for the disk, and the event loop that
 * serves sockets must not. One call is one transaction and one flush.
 */
import { randomUUID } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import type { Plan, Wrong } from './compact.ts';
import { openLogFile } from './log-sqlite-schema.ts';
import { expire, giveBack, setAside, swap, sweep } from './log-sqlite-upkeep.ts';
import type { Expiry } from './log-upkeep.ts';
import type { LogEntry } from './log.ts';
import { answerCalls } from './thread.ts';

interface Statements {
  db: DatabaseSync;
  bump: StatementSync;
  row: StatementSync;
  claim: StatementSync;
  head: StatementSync;
}

function open(file: string): Statements {
  const db = openLogFile(file);
  return {
    db,
    bump: db.prepare(
      `INSERT INTO log_rooms (room, workspace_id, epoch, head, bytes, tail_bytes, touched_at)
       VALUES (?, ?, ?, 1, ?, ?, ?)
       ON CONFLICT (room) DO UPDATE SET head = head + 1, bytes = bytes + excluded.bytes,
         tail_bytes = tail_bytes + excluded.bytes, touched_at = excluded.touched_at
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
  function guarded<Output>(work: (statements: Statements) => Output): Output {
    statements ??= open(file);
    try {
      return work(statements);
    } catch (error) {
      const broken = statements;
      statements = null;
      broken.db.close();
      throw error;
    }
  }

  const transaction = <Output>(work: (statements: Statements) => Output): Output =>
    guarded((open) => {
      open.db.exec('BEGIN IMMEDIATE');
      const output = work(open);
      open.db.exec('COMMIT');
      return output;
    });

  function insert({ bump, row, claim }: Statements, entry: LogEntry, at: number): number {
    const { length } = entry.bytes;
    const { id, head } = bump.get(entry.room, entry.workspaceId, randomUUID(), length, length, at) as {
      id: number;
      head: number;
    };
    row.run(id, head, entry.user, at, crc32(entry.bytes), entry.bytes);
    for (const client of entry.claims) claim.run(id, client, entry.user);
    return head;
  }

  return {
    open: () => true,
    append: (entries: readonly LogEntry[]) =>
      transaction((open) => {
        const at = Date.now();
        return entries.map((entry) => insert(open, entry, at));
      }),
    seed: (entry: LogEntry) =>
      transaction((open) => {
        const found = open.head.get(entry.room) as { head: number } | undefined;
        if (found !== undefined && found.head > 0) return false;
        insert(open, entry, Date.now());
        return true;
      }),
    swap: (plan: Plan) => transaction(({ db }) => swap(db, plan, Date.now())),
    setAside: (wrong: Wrong) => transaction(({ db }) => setAside(db, wrong)),
    sweep: (room: string) => transaction(({ db }) => sweep(db, room)),
    expire: (expiry: Expiry) => transaction(({ db }) => expire(db, expiry)),
    giveBack: () => guarded(({ db }) => giveBack(db)),
    close: () => {
      statements?.db.close();
      statements = null;
    },
  };
});
