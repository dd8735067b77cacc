/**
 * The database port on SQLite: one writer thread and a small pool of read-only threads behind Kysely.
 *
 * A failed commit, or a disk that does not answer, counts as a crash: nobody knows what is on disk, so
 * nothing more is written until the process has started anew and read the file.
 */
import {
  CompiledQuery,
  Kysely,
  SelectQueryNode,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { DatabaseConnection, Dialect, Driver, QueryResult } from 'kysely';
import { errorCodeOf } from '#domain/errors.ts';
import type { DomainError } from '#domain/errors.ts';
import { second } from '#domain/time.ts';
import type { Database } from './database.ts';
import { causedBy, isBrokenDisk, isBusy, isConstraint } from './faults.ts';
import type { SqlValue } from './sqlite-wire.ts';
import type { Tables } from './tables.ts';
import { createThreadPool, startThread } from './threads.ts';
import type { SqlThread, ThreadPool } from './threads.ts';
import { createTransactionScope } from './transaction-scope.ts';

export interface SqliteOptions {
  /** A file's path, or `:memory:` (one thread then reads and writes). */
  path: string;
  /** At least two. */
  readers?: number;
  busyTimeoutMs?: number;
  /** Called once when the disk failed and nothing more will be written; the process should end. */
  onFailure?: (error: DomainError) => void;
}

const defaultReaders = 2;
const defaultBusyTimeoutMs = 5 * second;

/** How one Kysely handle uses the threads. */
interface Lanes {
  /** Where a statement outside a transaction goes. */
  route: (query: CompiledQuery) => ThreadPool;
  transactions: ThreadPool;
  begin: string;
  assertUsable: () => void;
  /** Looks at an error of a statement or a commit, and says what the caller gets. */
  judge: (error: unknown, during: 'statement' | 'commit') => unknown;
}

interface LaneConnection extends DatabaseConnection {
  held: SqlThread | undefined;
}

function toSqlValue(value: unknown): SqlValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value instanceof Uint8Array) return value;
  if (value instanceof Date) return value.toISOString();
  throw new TypeError(`SQLite cannot store a value of type ${typeof value}; write JSON as text`);
}

function createConnection(lanes: Lanes): LaneConnection {
  const connection: LaneConnection = {
    held: undefined,
    executeQuery: async <Row>(query: CompiledQuery): Promise<QueryResult<Row>> => {
      const { held } = connection;
      const parameters = query.parameters.map(toSqlValue);
      if (!held) lanes.assertUsable();
      const pool = held ? undefined : lanes.route(query);
      const thread = held ?? (await (pool as ThreadPool).acquire());
      try {
        const { rows, changes, insertId } = await thread.run(query.sql, parameters);
        return {
          rows: rows as Row[],
          numAffectedRows: BigInt(changes),
          insertId: BigInt(insertId),
        };
      } catch (error) {
        throw lanes.judge(error, 'statement');
      } finally {
        pool?.release(thread);
      }
    },
    streamQuery: () => {
      throw new Error('reading row by row is not offered; read in pages');
    },
  };
  return connection;
}

function createDriver(lanes: Lanes): Driver {
  const held = (connection: DatabaseConnection): SqlThread => {
    const thread = (connection as LaneConnection).held;
    if (!thread) throw new Error('no transaction is open on this connection');
    return thread;
  };
  const savepoint = (verb: string) => async (connection: DatabaseConnection, name: string) => {
    await connection.executeQuery(CompiledQuery.raw(`${verb} "${name.replaceAll('"', '""')}"`));
  };
  return {
    init: async () => {},
    destroy: async () => {},
    acquireConnection: async () => createConnection(lanes),
    releaseConnection: async (connection) => {
      const thread = (connection as LaneConnection).held;
      (connection as LaneConnection).held = undefined;
      if (thread) lanes.transactions.release(thread);
    },
    beginTransaction: async (connection) => {
      lanes.assertUsable();
      (connection as LaneConnection).held = await lanes.transactions.acquire();
      await connection.executeQuery(CompiledQuery.raw(lanes.begin));
    },
    commitTransaction: async (connection) => {
      try {
        await held(connection).run('commit');
      } catch (error) {
        throw lanes.judge(error, 'commit');
      }
    },
    rollbackTransaction: async (connection) => {
      await held(connection).rollback();
    },
    savepoint: savepoint('savepoint'),
    rollbackToSavepoint: savepoint('rollback to'),
    releaseSavepoint: savepoint('release'),
  };
}

/** Kysely would queue every statement behind the one before; the lanes know better who may go. */
class ThreadsAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

const createDialect = (lanes: Lanes): Dialect => ({
  createAdapter: () => new ThreadsAdapter(),
  createDriver: () => createDriver(lanes),
  createIntrospector: (db) => new SqliteIntrospector(db),
  createQueryCompiler: () => new SqliteQueryCompiler(),
});

export async function openSqlite(options: SqliteOptions): Promise<Database> {
  const { path, busyTimeoutMs = defaultBusyTimeoutMs, onFailure } = options;
  const inMemory = path === ':memory:';
  const scope = createTransactionScope();
  let failure: DomainError | undefined;
  const fail = (error: DomainError): DomainError => {
    if (!failure) {
      failure = error;
      onFailure?.(error);
    }
    return failure;
  };
  const start = (readOnly: boolean) => startThread({ path, readOnly, busyTimeoutMs }, fail);

  // The writer first: it makes the file and its write-ahead log, which a read-only connection cannot.
  const writePool = createThreadPool([await start(false)]);
  const readers = Math.max(options.readers ?? defaultReaders, 2);
  const readPool = inMemory
    ? writePool
    : createThreadPool(
        await Promise.all(Array.from({ length: readers }, () => start(true))).catch(
          async (error: unknown) => {
            await writePool.close();
            throw error;
          },
        ),
      );
  // One reader is kept for single reads, so that snapshots cannot starve them.
  const snapshotLine = createLine(inMemory ? 1 : readers - 1);

  const assertUsable = () => {
    scope.assertOutside();
    if (failure) throw failure;
  };
  const judgeWrite: Lanes['judge'] = (error, during) => {
    if (errorCodeOf(error)) return error;
    if (isBusy(error)) return causedBy('busy', error);
    if (!isBrokenDisk(error) && (during === 'statement' || isConstraint(error))) return error;
    return fail(causedBy('storage_failed', error));
  };
  const judgeRead: Lanes['judge'] = (error) => (isBusy(error) ? causedBy('busy', error) : error);

  const reading = new Kysely<Tables>({
    dialect: createDialect({
      route: () => readPool,
      transactions: readPool,
      begin: 'begin deferred',
      assertUsable: () => scope.assertOutside(),
      judge: judgeRead,
    }),
  });
  const writing = new Kysely<Tables>({
    dialect: createDialect({
      route: (query) => (SelectQueryNode.is(query.query) ? readPool : writePool),
      transactions: writePool,
      begin: 'begin immediate',
      assertUsable,
      judge: judgeWrite,
    }),
  });

  return {
    dialect: 'sqlite',
    read: reading,
    raw: writing,
    snapshot: async (work) => {
      scope.assertOutside();
      const leave = await snapshotLine();
      try {
        return await reading.transaction().execute(work);
      } finally {
        leave();
      }
    },
    write: (work) => writing.transaction().execute((tx) => scope.run(() => work(tx))),
    close: async () => {
      // The writer last: only then does SQLite take the write-ahead file in and leave one file behind.
      await readPool.close();
      await writePool.close();
    },
  };
}

/** Lets at most `places` in at a time, in order; the answer is the way to leave. */
function createLine(places: number): () => Promise<() => void> {
  let free = places;
  const waiting: (() => void)[] = [];
  const leave = () => {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  };
  return async () => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    return leave;
  };
}
