/** The database port on PostgreSQL, for more than one machine. Same schema, same stores, same contract. */
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { DomainError, errorCodeOf } from '#domain/errors.ts';
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
    types,
  });
  // An idle connection that breaks is replaced by the pool; the next statement reports what is wrong.
  pool.on('error', () => {});
  // Fails here, at start, when the address or the password is wrong.
  await pool.query('select 1').catch(async (error: unknown) => {
    await pool.end();
    throw error;
  });

  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  const scope = createTransactionScope();
  let closed: Promise<void> | undefined;
  const assertUsable = () => {
    scope.assertOutside();
    if (closed) throw new DomainError('stopping');
  };
  /** The server quotes values in `detail`; what reaches a log must not. */
  const judge = (error: unknown): unknown => {
    if (errorCodeOf(error)) return error;
    if (isBusy(error)) return causedBy('busy', error);
    if (error instanceof pg.DatabaseError) {
      error.detail = undefined;
      error.where = undefined;
    }
    return error;
  };

  return {
    dialect: 'postgres',
    read: guarded(db, assertUsable),
    raw: guarded(db, assertUsable),
    snapshot: async (work) => {
      assertUsable();
      return db
        .transaction()
        .setIsolationLevel('repeatable read')
        .setAccessMode('read only')
        .execute(work)
        .catch((error: unknown) => {
          throw judge(error);
        });
    },
    write: async (work) => {
      assertUsable();
      return db
        .transaction()
        .setIsolationLevel('read committed')
        .execute((tx) => scope.run(() => work(tx)))
        .catch((error: unknown) => {
          throw judge(error);
        });
    },
    // The pool lets the statements that run finish first.
    close: () => (closed ??= db.destroy()),
  };
}

/** The same handle, refusing to start a statement from inside a write transaction. */
function guarded(db: Kysely<Tables>, assertUsable: () => void): Kysely<Tables> {
  return new Proxy(db, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...given: unknown[]): unknown => {
        assertUsable();
        return Reflect.apply(member, target, given);
      };
    },
  });
}
