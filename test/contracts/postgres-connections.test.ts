/** Connections to PostgreSQL that end before their time, and the one that lets only one server in. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
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

  it('refuses what the log was writing when the line goes dead without a word, and nothing after it', async () => {
    const line = await openDeadLine(Number(new URL(url).port));
    const through = new URL(url);
    through.port = String(line.port);
    const log = await openPostgresLog(through.href, { statementPatienceMs: 500 });
    onTestFinished(async () => {
      await log.close();
      await line.close();
    });
    const entry = { workspaceId: 'home', room: 'q', user: 'ana', bytes: new Uint8Array([0, 0]), claims: [] };
    expect(await log.append([entry])).toEqual([1]);
    line.die();
    await expect(log.append([entry])).rejects.toThrow();
    expect(await log.append([entry])).toEqual([2]);
  });

  it('sets rows aside in the order in which a snapshot is written: the room, then its rows', async () => {
    const log = await openPostgresLog(url);
    const client = new pg.Client(url);
    await client.connect();
    onTestFinished(async () => {
      await client.end();
      await log.close();
    });
    const entry = { workspaceId: 'home', room: 'wrong', user: 'ana', bytes: new Uint8Array([9]), claims: [] };
    await log.append([entry]);
    await client.query(
      "begin; set local lock_timeout = '2s'; select 1 from log_rooms where room = 'wrong' for update",
    );
    const check = log.upkeep.check('wrong');
    const waiting =
      'select 1 from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))';
    await expect.poll(async () => (await client.query(waiting)).rowCount, { timeout: 5_000 }).toBe(1);
    await client.query(
      "update log_updates set status = 'held' where room_id = (select id from log_rooms where room = 'wrong')",
    );
    await client.query('commit');
    expect(await check).toEqual([1]);
  });
});

/** Lines to PostgreSQL that can stop carrying anything, without ending; later ones carry again. */
async function openDeadLine(target: number) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const onward = connect(target, '127.0.0.1');
    for (const end of [socket, onward]) sockets.add(end.on('error', () => undefined));
    socket.pipe(onward).pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    die: () => {
      for (const socket of sockets) socket.unpipe().pause();
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

describe.skipIf('missing' in postgres)(`closing while some wait for a connection${title}`, () => {
  it('lets what runs finish, and refuses at once what has not begun', async () => {
    const db = await openPostgres({ url, connections: 1 });
    const begun = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const running = db.write(async (tx) => {
      begun.resolve();
      await goOn.promise;
      return sql`select 1 as one`.execute(tx);
    });
    await begun.promise;
    const waiting = expect(db.read.selectFrom('workspaces').select('id').execute()).rejects.toMatchObject({
      code: 'stopping',
    });
    const closing = db.close();
    goOn.resolve();
    expect((await running).rows).toEqual([{ one: 1 }]);
    await closing;
    await waiting;
  });
});
