/**
 * A worker thread that owns one SQLite connection and runs statements in the order they arrive, so that
 * neither a flush to disk nor a long read holds up the event loop that serves sockets.
 */
import { DatabaseSync } from 'node:sqlite';
import type { StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { isOurs, rowsPerMessage } from './sqlite-wire.ts';
import type { FromThread, SqlFault, SqlValue, ThreadSettings, ToThread } from './sqlite-wire.ts';

/** Prepared statements kept, least recently used dropped first: multi-row inserts make many texts. */
const preparedLimit = 256;

const walPauseMs = 10;
/** SQLITE_BUSY; extended codes carry it in their lowest byte. */
const sqliteBusy = 5;

if (!parentPort) throw new Error('sqlite-thread.ts runs as a worker thread only');
const port = parentPort;
const settings = workerData as ThreadSettings;
const send = (message: FromThread) => port.postMessage(message);

function faultOf(error: unknown): SqlFault {
  const { message, code, errcode } = error as Partial<SqlFault>;
  return { message: message ?? String(error), code: code ?? 'UNKNOWN', errcode: errcode ?? 0 };
}

function pragma(db: DatabaseSync, name: string): unknown {
  return Object.values(db.prepare(`pragma ${name}`).get() ?? {})[0];
}

/**
 * The first switch of a file to the write-ahead log wants it alone, and SQLite answers "locked" at once instead of
 * waiting the busy timeout: two processes that open a new folder together meet here. This thread may wait.
 */
function enterWal(db: DatabaseSync, patienceMs: number): void {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let waitedMs = 0; ; waitedMs += walPauseMs) {
    try {
      db.exec('pragma journal_mode = wal');
      return;
    } catch (error) {
      const isBusy = ((error as Partial<SqlFault>).errcode ?? 0) % 256 === sqliteBusy;
      if (!isBusy || waitedMs >= patienceMs) throw error;
      Atomics.wait(pause, 0, 0, walPauseMs);
    }
  }
}

/** Opens the file and reads the settings back: a database that would not flush must not be written to. */
function open(): DatabaseSync {
  const { path, readOnly, busyTimeoutMs } = settings;
  const db = new DatabaseSync(path, { readOnly, timeout: busyTimeoutMs });
  if (readOnly) return db;
  enterWal(db, busyTimeoutMs);
  db.exec('pragma synchronous = full; pragma foreign_keys = on');
  const found = {
    journal_mode: pragma(db, 'journal_mode'),
    synchronous: pragma(db, 'synchronous'),
    foreign_keys: pragma(db, 'foreign_keys'),
  };
  const wanted = { journal_mode: path === ':memory:' ? 'memory' : 'wal', synchronous: 2, foreign_keys: 1 };
  for (const [name, value] of Object.entries(wanted))
    if (found[name as keyof typeof wanted] !== value)
      throw new Error(
        `SQLite did not accept ${name} = ${value}: it says ${String(found[name as keyof typeof wanted])}`,
      );
  return db;
}

function serve(db: DatabaseSync): void {
  const prepared = new Map<string, StatementSync>();
  /** Answers longer than one message, until the parent has asked for the rest. */
  const unfinished = new Map<number, { columns: string[]; rows: SqlValue[][]; next: number }>();

  function prepare(sql: string): StatementSync {
    const statement = prepared.get(sql) ?? db.prepare(sql);
    prepared.delete(sql);
    prepared.set(sql, statement);
    if (prepared.size > preparedLimit) prepared.delete(prepared.keys().next().value as string);
    return statement;
  }

  function sendRows(id: number): void {
    const answer = unfinished.get(id);
    if (!answer) return;
    const { columns, rows, next } = answer;
    answer.next = next + rowsPerMessage;
    const more = answer.next < rows.length;
    if (!more) unfinished.delete(id);
    send({ kind: 'stoa.rows', id, columns, rows: rows.slice(next, answer.next), more });
  }

  function run(id: number, sql: string, parameters: readonly SqlValue[]): void {
    const statement = prepare(sql);
    const columns = statement.columns().map((column) => column.name);
    if (columns.length === 0) {
      const { changes, lastInsertRowid } = statement.run(...parameters);
      send({ kind: 'stoa.done', id, changes: Number(changes), insertId: lastInsertRowid });
      return;
    }
    statement.setReturnArrays(true);
    const rows = statement.all(...parameters) as unknown as SqlValue[][];
    unfinished.set(id, { columns, rows, next: 0 });
    sendRows(id);
  }

  port.on('message', (message: unknown) => {
    if (!isOurs<ToThread>(message)) return;
    if (message.kind === 'stoa.close') {
      db.close();
      port.close();
      return;
    }
    const { id } = message;
    try {
      if (message.kind === 'stoa.run') run(id, message.sql, message.parameters);
      else if (message.kind === 'stoa.more') sendRows(id);
      else {
        if (db.isTransaction) db.exec('rollback');
        send({ kind: 'stoa.done', id, changes: 0, insertId: 0 });
      }
    } catch (error) {
      send({ kind: 'stoa.fault', id, fault: faultOf(error) });
    }
  });
  send({ kind: 'stoa.open' });
}

try {
  serve(open());
} catch (error) {
  send({ kind: 'stoa.cannotOpen', fault: faultOf(error) });
  port.close();
}
