/** Rows that are written once: the database itself refuses to change or remove them, whoever asks. */
import { sql } from 'kysely';
import type { Database, Tx } from '../database.ts';

/** Errors name the table and say "append-only". Part of released migrations: never change what it makes. */
export async function makeAppendOnly(tx: Tx, dialect: Database['dialect'], table: string): Promise<void> {
  const complaint = sql.lit(`${table} is append-only`);
  if (dialect === 'sqlite') {
    for (const operation of ['update', 'delete'])
      await sql`create trigger ${sql.ref(`${table}_no_${operation}`)}
        before ${sql.raw(operation)} on ${sql.table(table)}
        begin select raise(abort, ${complaint}); end`.execute(tx);
    return;
  }
  const refuse = sql.ref(`${table}_refuse`);
  await sql`create function ${refuse}() returns trigger language plpgsql as
    $$ begin raise exception ${complaint}; end $$`.execute(tx);
  await sql`create trigger ${sql.ref(`${table}_no_change`)} before update or delete on ${sql.table(table)}
    for each row execute function ${refuse}()`.execute(tx);
  await sql`create trigger ${sql.ref(`${table}_no_truncate`)} before truncate on ${sql.table(table)}
    for each statement execute function ${refuse}()`.execute(tx);
}
