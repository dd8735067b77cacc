/** Connections to PostgreSQL that end before their time, and the one that lets only one server in. */
import { sql } from 'kysely';
import pg from 'pg';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { lockPostgres } from '#server/storage/lock.ts';
import { openPostgres } from '#server/storage/postgres.ts';
import { openPostgresLog } from '#server/sync/log-postgres.ts';

const postgres = inject('postgres');
const url = 'url' in postgres ? postgres.url : '';
const title = 'missing' in postgres ? ` (skipped: ${postgres.missing})` : '';

describe.skipIf('missing' in postgres)(`the lock of a PostgreSQL database${title}`, () => {
  const never = { patienceMs: 0, onLost: () => expect.unreachable() };

  it('lets one server in at a time, and the next when it has left', async () => {
    const lock = await lockPostgres(url, never);
    const second = lockPostgres(url, never);
    await expect(second).rejects.toMatchObject({ name: 'StartError' });
    const waiting = lockPostgres(url, { onLost: () => expect.unreachable() });
    await lock.release();
    await (await waiting).release();
  });

  it('says when it is lost with its connection', async () => {
    const client = new pg.Client(url);
    await client.connect();
    const lost = new Promise<void>((resolve, reject) => {
      lockPostgres(url, { onLost: () => resolve() }).catch(reject);
    });
    // Other suites lock and migrate databases of their own on the same PostgreSQL server.
    const holders = `select pg_terminate_backend(pid) from pg_locks
      where locktype = 'advisory' and pid <> pg_backend_pid()
      and database = (select oid from pg_database where datname = current_database())`;
    await expect.poll(async () => (await client.query(holders)).rowCount).toBe(1);
    await lost;
    await client.end();
  });
});

describe.skipIf('missing' in postgres)(`a connection that breaks in the middle of its work${title}`, () => {
  it('refuses the transaction it was in, and no other', async () => {
    const db = await openPostgres({ url });
    onTestFinished(() => db.close());
    const cut = db.write((tx) => sql`select pg_terminate_backend(pg_backend_pid())`.execute(tx));
    await expect(cut).rejects.toThrow();
    const { rows } = await db.write((tx) => sql`select 1 as one`.execute(tx));
    expect(rows).toEqual([{ one: 1 }]);
  });

  it('refuses what the log was writing, and nothing after it', async () => {
    const log = await openPostgresLog(url);
    const client = new pg.Client(url);
    await client.connect();
    onTestFinished(async () => {
      await client.end();
      await log.close();
    });
    const entry = { workspaceId: 'home', room: 'r', user: 'ana', bytes: new Uint8Array([0, 0]), claims: [] };
    await client.query('begin; lock table log_updates');
    const cut = expect(log.append([entry])).rejects.toThrow();
    const waiting = `select pg_terminate_backend(pid) from pg_locks
      where not granted and relation = 'log_updates'::regclass`;
    await expect.poll(async () => (await client.query(waiting)).rowCount).toBe(1);
    await cut;
    await client.query('rollback');
    expect(await log.append([entry])).toEqual([1]);
  });
});
