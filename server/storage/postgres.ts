/** The database port on PostgreSQL, for more than one machine. Same schema, same stores, same contract. */
import { Kysely, PostgresDialect, PostgresDriver } from 'kysely';
import type { CompiledQuery, DatabaseConnection, Driver } from 'kysely';
import pg from 'pg';
import { DomainError } from '#domain/errors.ts';
import { second } from '#domain/time.ts';
import type { Database } from './database.ts';
import { causedBy, isBusy } from './faults.ts';
import type { Tables } from './tables.ts';
import { createTransactionScope } from './transaction-scope.ts';

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database` */
  url: string;
  connections?: number;
}

const defaultConnections = 10;
const connectTimeoutMs = 10 * second;

/** Text forms of the types that arrive differently from SQLite; every other keeps pg's parser. */
const int8 = 20;
const bytea = 17;
const numeric = 1700;

function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} is no safe integer`);
  return value;
}

const parsers: ReadonlyMap<number, (text: string) => unknown> = new Map<number, (text: string) => unknown>([
  [int8, safeInteger],
  // Sums of bigints are numeric.
  [numeric, (text) => (/^-?\d+$/.test(text) ? safeInteger(text) : Number(text))],
  [bytea, (text) => new Uint8Array(Buffer.from(text.slice(2), 'hex'))],
]);

const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    (format === 'binary' ? undefined : parsers.get(oid)) ??
    (pg.types.getTypeParser(oid, format) as (text: string) => unknown),
};

export async function openPostgres(options: PostgresOptions): Promise<Database> {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.connections ?? defaultConnections,
    connectionTimeoutMillis: connectTimeoutMs,
    // A line that went dead in silence is noticed by the system, not by whoever waits for an answer.
    keepAlive: true,
    types,
  });
  // An idle connection that breaks is replaced by the pool; the next statement reports what is wrong.
  pool.on('error', () => {});
  // One that breaks in use too: without a listener of its own it would end the process.
  pool.on('connect', (client) => client.on('error', () => {}));
  // Fails here, at start, when the address or the password is wrong.
  await pool.query('select 1').catch(async (error: unknown) => {
    await pool.end();
    throw error;
  });

  const scope = createTransactionScope();
  let closed: Promise<void> | undefined;
  const ended = Promise.withResolvers<never>();
  // Nobody need wait for it.
  ended.promise.catch(() => undefined);
  const assertUsable = () => {
    scope.assertOutside();
    if (closed) throw new DomainError('stopping');
  };
  const db = new Kysely<Tables>({ dialect: new CarefulDialect(pool, assertUsable, ended.promise) });

  return {
    dialect: 'postgres',
    read: db,
    raw: db,
    snapshot: (work) =>
      db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(work),
    write: (work) =>
      db
        .transaction()
        .setIsolationLevel('read committed')
        .execute((tx) => scope.run(() => work(tx))),
    // The pool lets the statements that run finish first, and would let those that wait for a connection wait
    // until it is too long for them.
    close: () => (closed ??= pool.end().finally(() => ended.reject(new DomainError('stopping')))),
  };
}

/** What a caller gets for an error. The server quotes values in `detail`; what reaches a log must not. */
function judge(error: unknown): unknown {
  if (isBusy(error)) return causedBy('busy', error);
  if (error instanceof pg.DatabaseError) {
    error.detail = undefined;
    error.where = undefined;
  }
  return error;
}

class CarefulDialect extends PostgresDialect {
  readonly #pool: pg.Pool;
  readonly #assertUsable: () => void;
  readonly #ended: Promise<never>;
  constructor(pool: pg.Pool, assertUsable: () => void, ended: Promise<never>) {
    super({ pool });
    this.#pool = pool;
    this.#assertUsable = assertUsable;
    this.#ended = ended;
  }
  override createDriver(): Driver {
    return new CarefulDriver(this.#pool, this.#assertUsable, this.#ended);
  }
}

/** Asks before each statement or transaction begins, and looks at each error. */
class CarefulDriver extends PostgresDriver {
  readonly #assertUsable: () => void;
  readonly #ended: Promise<never>;
  readonly #judged = new WeakSet<DatabaseConnection>();
  constructor(pool: pg.Pool, assertUsable: () => void, ended: Promise<never>) {
    super({ pool });
    this.#assertUsable = assertUsable;
    this.#ended = ended;
  }
  override async acquireConnection(): Promise<DatabaseConnection> {
    this.#assertUsable();
    const connection = await Promise.race([super.acquireConnection(), this.#ended]);
    if (!this.#judged.has(connection)) {
      this.#judged.add(connection);
      const execute = connection.executeQuery.bind(connection);
      connection.executeQuery = <Row>(query: CompiledQuery) =>
        execute<Row>(query).catch((error: unknown) => {
          throw judge(error);
        });
    }
    return connection;
  }
}
