/** The parent's side of the SQLite threads: one promise for each statement, and who may use a thread now. */
import { Worker } from 'node:worker_threads';
import { DomainError } from '#domain/errors.ts';
import { causedBy } from './faults.ts';
import { isOurs } from './sqlite-wire.ts';
import type { FromThread, SqlFault, SqlValue, ThreadSettings, ToThread } from './sqlite-wire.ts';

export interface SqlResult {
  rows: Record<string, SqlValue>[];
  changes: number;
  insertId: number | bigint;
}

export interface SqlThread {
  run(sql: string, parameters?: readonly SqlValue[]): Promise<SqlResult>;
  rollback(): Promise<void>;
  /** Answers what was asked before, then closes the file. */
  close(): Promise<void>;
}

/** SQLite's error, carried across by hand: structured clone would drop its code. Names no values. */
export class SqliteError extends Error {
  readonly code: string;
  readonly errcode: number;
  constructor(fault: SqlFault, sql: string) {
    super(`${fault.message} (in: ${sql.slice(0, 300)})`);
    this.name = 'SqliteError';
    this.code = fault.code;
    this.errcode = fault.errcode;
  }
}

interface Pending {
  sql: string;
  rows: SqlResult['rows'];
  resolve: (result: SqlResult) => void;
  reject: (error: Error) => void;
}

/**
 * Starts a thread and waits until it has opened its file; rejects with the reason when it cannot. `onDeath`
 * hears when the thread ends without having been asked to.
 */
export async function startThread(
  settings: ThreadSettings,
  onDeath: (error: DomainError) => void,
): Promise<SqlThread> {
  const worker = new Worker(new URL('./sqlite-thread.ts', import.meta.url), {
    workerData: settings,
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  const pending = new Map<number, Pending>();
  const post = (message: ToThread) => worker.postMessage(message);
  let lastId = 0;
  let ended: DomainError | undefined;
  let isOpen = false;
  let isClosing = false;
  let fault: unknown;

  const exited = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      ended = isClosing ? new DomainError('stopping') : causedBy('storage_failed', fault);
      for (const { reject } of pending.values()) reject(ended);
      pending.clear();
      if (isOpen && !isClosing) onDeath(ended);
      resolve();
    });
  });

  await new Promise<void>((resolve, reject) => {
    worker.on('error', (error: unknown) => (fault = error));
    worker.once('exit', () => reject(new Error('the SQLite thread ended while opening', { cause: fault })));
    worker.on('message', (message: unknown) => {
      if (!isOurs<FromThread>(message)) return;
      if (message.kind === 'stoa.open') {
        isOpen = true;
        resolve();
      } else if (message.kind === 'stoa.cannotOpen') reject(new SqliteError(message.fault, settings.path));
      else receive(message);
    });
  });

  function receive(message: Exclude<FromThread, { kind: 'stoa.open' | 'stoa.cannotOpen' }>): void {
    const waiting = pending.get(message.id);
    if (!waiting) return;
    if (message.kind === 'stoa.rows') {
      for (const values of message.rows) {
        const row: Record<string, SqlValue> = {};
        for (let index = 0; index < message.columns.length; index += 1)
          row[message.columns[index] as string] = values[index] as SqlValue;
        waiting.rows.push(row);
      }
      if (message.more) {
        post({ kind: 'stoa.more', id: message.id });
        return;
      }
      pending.delete(message.id);
      waiting.resolve({ rows: waiting.rows, changes: waiting.rows.length, insertId: 0 });
      return;
    }
    pending.delete(message.id);
    if (message.kind === 'stoa.fault') waiting.reject(new SqliteError(message.fault, waiting.sql));
    else waiting.resolve({ rows: [], changes: message.changes, insertId: message.insertId });
  }

  function ask(sql: string, message: (id: number) => ToThread): Promise<SqlResult> {
    return new Promise((resolve, reject) => {
      if (ended) {
        reject(ended);
        return;
      }
      const id = (lastId += 1);
      pending.set(id, { sql, rows: [], resolve, reject });
      post(message(id));
    });
  }

  return {
    run: (sql, parameters = []) => ask(sql, (id) => ({ kind: 'stoa.run', id, sql, parameters })),
    rollback: async () => {
      await ask('rollback', (id) => ({ kind: 'stoa.rollback', id }));
    },
    close: async () => {
      await Promise.allSettled([...pending.values()].map(settled));
      isClosing = true;
      if (!ended) post({ kind: 'stoa.close' });
      await exited;
    },
  };
}

/** Waits for a statement in flight without taking its answer away from who asked. */
const settled = (waiting: Pending): Promise<void> =>
  new Promise((done) => {
    const { resolve, reject } = waiting;
    waiting.resolve = (result) => {
      resolve(result);
      done();
    };
    waiting.reject = (error) => {
      reject(error);
      done();
    };
  });

/** Hands each thread to one user at a time, in the order they asked. */
export interface ThreadPool {
  acquire(): Promise<SqlThread>;
  release(thread: SqlThread): void;
  /** Waits for the users in line, refuses new ones, closes the threads. */
  close(): Promise<void>;
}

export function createThreadPool(threads: readonly SqlThread[]): ThreadPool {
  const free = [...threads];
  const line: ((thread: SqlThread) => void)[] = [];
  let closing = false;

  const next = (): Promise<SqlThread> => {
    const thread = free.shift();
    return thread ? Promise.resolve(thread) : new Promise((resolve) => line.push(resolve));
  };

  return {
    acquire: () => (closing ? Promise.reject(new DomainError('stopping')) : next()),
    release: (thread) => {
      const waiting = line.shift();
      if (waiting) waiting(thread);
      else free.push(thread);
    },
    close: async () => {
      if (closing) return;
      closing = true;
      const all = await Promise.all(threads.map(next));
      await Promise.all(all.map((thread) => thread.close()));
    },
  };
}
