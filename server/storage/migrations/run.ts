/**
 * Brings a database to this version, forward only. Each migration is one transaction together with its row
 * in `schema_migrations`, and looks again whether it is needed once it holds the lock, so that two processes
 * starting at once apply it once.
 */
import { sql } from 'kysely';
import type { Instant } from '#domain/time.ts';
import type { Database, Tx } from '../database.ts';
import { StartError } from '../start-error.ts';
import { migrations } from './index.ts';
import type { Migration } from './migration.ts';
import { columnTypes } from './migration.ts';

/** PostgreSQL advisory lock taken by whoever migrates; any fixed number of our own. */
const migrationLock = 7_384_211;

// A type, not an interface: Kysely asks for an index signature.
type MigrationTables = {
  schema_migrations: { id: string; applied_at: Instant };
};

export async function migrate(
  db: Database,
  now: () => Instant,
  list: readonly Migration[] = migrations,
): Promise<string[]> {
  const inOrder = list.every(
    (migration, index) => index === 0 || (list[index - 1] as Migration).id < migration.id,
  );
  if (!inOrder) throw new Error('migrations must be listed in the order of their ids');

  const locked = <Result>(work: (tx: Tx) => Promise<Result>) =>
    db.write(async (tx) => {
      // SQLite's write transaction is the lock already.
      if (db.dialect === 'postgres') await sql`select pg_advisory_xact_lock(${migrationLock})`.execute(tx);
      return work(tx);
    });

  const known = new Set(list.map((migration) => migration.id));
  const applied = await locked(async (tx) => {
    await tx.schema
      .createTable('schema_migrations')
      .ifNotExists()
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('applied_at', 'text', (column) => column.notNull())
      .execute();
    return appliedIn(tx);
  });
  const unknown = [...applied].filter((id) => !known.has(id)).sort();
  if (unknown.length > 0)
    throw new StartError(
      `This database was written by a newer version of Stoa (it has the migration ${unknown.at(-1)}). Start that version or a later one; this one would damage it.`,
    );

  const done: string[] = [];
  for (const migration of list) {
    if (applied.has(migration.id)) continue;
    const ran = await locked(async (tx) => {
      if ((await appliedIn(tx)).has(migration.id)) return false;
      await migration.up(tx, columnTypes[db.dialect], db.dialect);
      await tx
        .withTables<MigrationTables>()
        .insertInto('schema_migrations')
        .values({ id: migration.id, applied_at: now() })
        .execute();
      return true;
    });
    if (ran) done.push(migration.id);
  }
  return done;
}

async function appliedIn(tx: Tx): Promise<Set<string>> {
  const rows = await tx.withTables<MigrationTables>().selectFrom('schema_migrations').select('id').execute();
  return new Set(rows.map((row) => row.id));
}
