/**
 * The only writer of log.db, in a thread of its own: node:sqlite waits for the disk, and the event loop that
 * serves sockets must not. One call is one transaction and one flush.
 */
import { randomUUID } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import type { Plan, Wrong } from './compact.ts';
import type { Committed } from './log-batches.ts';
import { openLogFile } from './log-sqlite-schema.ts';
import { expire, giveBack, setAside, swap, sweep } from './log-sqlite-upkeep.ts';
import type { Expiry } from './log-upkeep.ts';
import { bindingKeptMs } from './log.ts';
import type { Binding, LogEntry } from './log.ts';
import { answerCalls } from './thread.ts';

interface Statements {
  db: DatabaseSync;
  bump: StatementSync;
  row: StatementSync;
  claim: StatementSync;
  head: StatementSync;
  begin: StatementSync;
  bind: StatementSync;
  unbind: StatementSync;
}

function open(file: string): Statements {
  const db = openLogFile(file);
  return {
    db,
    bump: db.prepare(
      `INSERT INTO log_rooms (room, workspace_id, epoch, head, bytes, tail_bytes, touched_at)
       VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (room) DO UPDATE SET head = head + excluded.head, bytes = bytes + excluded.bytes,
         tail_bytes = tail_bytes + excluded.bytes, touched_at = excluded.touched_at
       RETURNING id, head, epoch`,
    ),
    row: db.prepare(
      `INSERT INTO log_updates (room_id, seq, enc, status, user, at, crc, bytes)
       VALUES (?, ?, 'v1', 'stored', ?, ?, ?, ?)`,
    ),
    claim: db.prepare(
      `INSERT INTO log_clients (room_id, client, user, epoch) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET epoch = excluded.epoch, bound_at = NULL WHERE user = excluded.user`,
    ),
    head: db.prepare('SELECT head FROM log_rooms WHERE room = ?'),
    begin: db.prepare(
      `INSERT OR IGNORE INTO log_rooms (room, workspace_id, epoch, head, bytes) VALUES (?, ?, ?, 0, 0)`,
    ),
    bind: db.prepare(
      `INSERT OR IGNORE INTO log_clients (room_id, client, user, bound_at)
       SELECT id, ?, ?, ? FROM log_rooms WHERE room = ?`,
    ),
    unbind: db.prepare('DELETE FROM log_clients WHERE bound_at < ?'),
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

  let flushMs = 0;
  const transaction = <Output>(work: (statements: Statements) => Output): Output =>
    guarded((open) => {
      open.db.exec('BEGIN IMMEDIATE');
      const output = work(open);
      const startedMs = performance.now();
      open.db.exec('COMMIT');
      flushMs = performance.now() - startedMs;
      return output;
    });

  /** The room's line is written once for all its rows of the batch. */
  function insertAll({ bump, row, claim }: Statements, entries: readonly LogEntry[]): number[] {
    const at = Date.now();
    const rooms = new Map<
      string,
      { workspaceId: string; count: number; bytes: number; id: number; next: number; epoch: string }
    >();
    for (const { room, workspaceId, bytes } of entries) {
      const met = rooms.get(room);
      if (met === undefined)
        rooms.set(room, { workspaceId, count: 1, bytes: bytes.length, id: 0, next: 0, epoch: '' });
      else {
        met.count += 1;
        met.bytes += bytes.length;
      }
    }
    for (const [name, met] of rooms) {
      const { workspaceId, count, bytes } = met;
      const { id, head, epoch } = bump.get(name, workspaceId, randomUUID(), count, bytes, bytes, at) as {
        id: number;
        head: number;
        epoch: string;
      };
      met.id = id;
      met.epoch = epoch;
      met.next = head - count + 1;
    }
    return entries.map(({ room, user, bytes, claims }) => {
      const met = rooms.get(room) as { id: number; next: number; epoch: string };
      const seq = met.next++;
      row.run(met.id, seq, user, at, crc32(bytes), bytes);
      for (const client of claims) claim.run(met.id, client, user, met.epoch);
      return seq;
    });
  }

  return {
    open: () => true,
    append: (entries: readonly LogEntry[]): Committed => {
      const numbers = transaction((open) => insertAll(open, entries));
      return { numbers, flushMs };
    },
    seed: (entry: LogEntry) =>
      transaction((open) => {
        const found = open.head.get(entry.room) as { head: number } | undefined;
        if (found !== undefined && found.head > 0) return false;
        insertAll(open, [entry]);
        return true;
      }),
    bind: ({ workspaceId, room, user, clients }: Binding) =>
      transaction(({ begin, bind, unbind }) => {
        const at = Date.now();
        begin.run(room, workspaceId, randomUUID());
        for (const client of clients) bind.run(client, user, at, room);
        unbind.run(at - bindingKeptMs);
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
