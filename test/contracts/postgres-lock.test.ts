/** One server per PostgreSQL database; the folder's lock is judged beside `server/storage/lock.ts`. */
import pg from 'pg';
import { describe, expect, inject, it } from 'vitest';
import { lockPostgres } from '#server/storage/lock.ts';

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
      lockPostgres(url, { onLost: () => resolve() }).then(
        () =>
          client.query(
            "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and pid <> pg_backend_pid()",
          ),
        reject,
      );
    });
    await lost;
    await client.end();
  });
});
