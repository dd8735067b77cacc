/** The contract of the job queue: `server/jobs/queue.ts`. */
import type { Kysely, PluginTransformQueryArgs, PluginTransformResultArgs } from 'kysely';
import { expect, it, onTestFinished } from 'vitest';
import { DomainError } from '#domain/errors.ts';
import { createLocalQueue, pauseMs } from '#server/jobs/local.ts';
import type { LocalQueueParts } from '#server/jobs/local.ts';
import type { NewJob, Queue } from '#server/jobs/queue.ts';
import type { Database } from '#server/storage/database.ts';
import type { Tables } from '#server/storage/tables.ts';
import { describeOnEachDatabase } from './each-database.ts';

const start = Date.parse('2030-01-01T00:00:00.000Z');

function build(db: Database, options: Partial<LocalQueueParts> = {}) {
  const clock = { nowMs: start };
  const failures: unknown[] = [];
  const queue = createLocalQueue({
    db,
    nowMs: () => clock.nowMs,
    newId: () => crypto.randomUUID(),
    onFailure: (_kind, error) => failures.push(error),
    ...options,
  });
  onTestFinished(() => queue.stop());
  return { queue, clock, failures };
}

const job = (key: string, change: Partial<NewJob> = {}): NewJob => ({
  workspaceId: 'home',
  kind: 'tell',
  key,
  payload: { key },
  ...change,
});

async function add(db: Database, queue: Queue, ...jobs: NewJob[]): Promise<void> {
  await db.write((tx) => queue.add(tx, jobs));
  queue.wake();
}

const rows = (db: Database) => db.read.selectFrom('jobs').selectAll().orderBy('key').execute();

/** Resolves when it is told to. */
function gate(): { opened: Promise<void>; open: () => void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

describeOnEachDatabase('the queue', (open) => {
  it('runs a job after the commit, once, with its payload and workspace', async () => {
    const db = await open();
    const { queue } = build(db);
    const ran: unknown[] = [];
    queue.handle('tell', async (payload, workspaceId) => void ran.push([payload, workspaceId]));
    queue.start();
    await add(db, queue, job('a'));
    await queue.idle();
    await queue.idle();
    expect(ran).toEqual([[{ key: 'a' }, 'home']]);
    expect(await rows(db)).toEqual([]);
  });

  it('runs nothing of a transaction that was rolled back', async () => {
    const db = await open();
    const { queue } = build(db);
    let runs = 0;
    queue.handle('tell', async () => void (runs += 1));
    queue.start();
    const attempt = db.write(async (tx) => {
      await queue.add(tx, [job('a')]);
      throw new Error('no');
    });
    await expect(attempt).rejects.toThrow('no');
    await queue.idle();
    expect(runs).toBe(0);
  });

  it('finds after a restart what was waiting', async () => {
    const where = await open.place();
    const before = await open.at(where);
    await add(before, build(before).queue, job('a'), job('b'));
    await before.close();

    const db = await open.at(where);
    const { queue } = build(db);
    const ran: unknown[] = [];
    queue.handle('tell', async (payload) => void ran.push(payload.key));
    queue.start();
    await queue.idle();
    expect(ran.sort()).toEqual(['a', 'b']);
  });

  it('finds again what was running when the process died', async () => {
    const db = await open();
    const dying = build(db);
    const never = gate();
    const began = gate();
    dying.queue.handle('tell', async () => {
      began.open();
      await never.opened;
      throw new Error('the process is gone');
    });
    dying.queue.start();
    await add(db, dying.queue, job('a'));
    await began.opened;

    // The next process knows nothing of the first one's memory; only the table speaks.
    const { queue, clock } = build(db);
    const ran: unknown[] = [];
    queue.handle('tell', async (payload) => void ran.push(payload.key));
    queue.start();
    await queue.idle();
    expect(ran).toEqual([]);
    clock.nowMs += pauseMs(1);
    await queue.idle();
    expect(ran).toEqual(['a']);
    never.open();
    // It still writes why it failed: the database must not close under it.
    await dying.queue.stop();
  });

  it('absorbs a second waiting job of the same key, with the newer payload and the earlier time', async () => {
    const db = await open();
    const { queue, clock } = build(db);
    await add(db, queue, job('a', { payload: { n: 1 }, delayMs: 1_000 }));
    await add(db, queue, job('a', { payload: { n: 2 }, delayMs: 5_000 }));
    await add(db, queue, job('b'), job('b', { payload: { n: 3 } }));
    await add(db, queue, job('a', { workspaceId: 'away', payload: { n: 4 } }));
    const ran: unknown[] = [];
    queue.handle('tell', async (payload) => void ran.push(payload.n));
    queue.start();
    await queue.idle();
    expect(ran.sort()).toEqual([3, 4]);
    clock.nowMs += 1_000;
    await queue.idle();
    expect(ran).toEqual([3, 4, 2]);
  });

  it('runs once more what was asked for again while it ran, never twice at the same time', async () => {
    const db = await open();
    const { queue } = build(db);
    const began = gate();
    const go = gate();
    const events: string[] = [];
    queue.handle('tell', async (payload) => {
      events.push(`begin ${payload.n}`);
      began.open();
      await go.opened;
      events.push(`end ${payload.n}`);
    });
    queue.start();
    await add(db, queue, job('a', { payload: { n: 1 } }));
    await began.opened;
    await add(db, queue, job('a', { payload: { n: 2 } }));
    go.open();
    await queue.idle();
    expect(events).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2']);
    expect(await rows(db)).toEqual([]);
  });

  it('is not idle on the word of a look that began before the job was there', async () => {
    const db = await open();
    const reading = gate();
    const answer = gate();
    let looks = 0;
    const slow = (db.read as Kysely<Tables>).withPlugin({
      transformQuery: ({ node }: PluginTransformQueryArgs) => node,
      async transformResult({ result }: PluginTransformResultArgs) {
        looks += 1;
        if (looks === 1) {
          reading.open();
          await answer.opened;
        }
        return result;
      },
    });
    const { queue } = build(
      new Proxy(db, {
        get: (target, name) => (name === 'read' ? slow : (Reflect.get(target, name) as unknown)),
      }),
    );
    let runs = 0;
    queue.handle('tell', async () => void (runs += 1));
    queue.start();
    await reading.opened;
    await add(db, queue, job('a'));
    const idle = queue.idle();
    answer.open();
    await idle;
    expect(runs).toBe(1);
  });

  it('tries again later when a handler fails, and keeps the code but no words', async () => {
    const db = await open();
    const { queue, clock, failures } = build(db);
    const errors = [
      new DomainError('busy', { who: 'ana@example.test' }),
      new TypeError('ana@example.test is odd'),
    ];
    let runs = 0;
    queue.handle('tell', () => {
      const error = errors[runs];
      runs += 1;
      return error ? Promise.reject(error) : Promise.resolve();
    });
    queue.start();
    await add(db, queue, job('a'));
    await queue.idle();
    expect(await rows(db)).toMatchObject([{ attempts: 1, last_error: 'busy' }]);
    clock.nowMs += pauseMs(1) - 1;
    await queue.idle();
    expect(runs).toBe(1);
    clock.nowMs += 1;
    await queue.idle();
    expect(await rows(db)).toMatchObject([{ attempts: 2, last_error: 'unexpected TypeError' }]);
    clock.nowMs += pauseMs(2);
    await queue.idle();
    expect(runs).toBe(3);
    expect(failures).toEqual(errors);
    expect(await rows(db)).toEqual([]);
  });

  it('lets one failing job hold up no other', async () => {
    const db = await open();
    const { queue } = build(db);
    const ran: unknown[] = [];
    queue.handle('tell', async (payload) => {
      if (payload.key === 'bad') throw new Error('always');
      ran.push(payload.key);
    });
    queue.start();
    await add(db, queue, job('bad'), ...Array.from({ length: 20 }, (_, index) => job(`good${index}`)));
    await queue.idle();
    expect(ran).toHaveLength(20);
  });

  it('runs as many at once as it is allowed to, and no more', async () => {
    const db = await open();
    const { queue } = build(db, { concurrency: 3 });
    let now = 0;
    let most = 0;
    const three = gate();
    queue.handle('tell', async () => {
      now += 1;
      most = Math.max(most, now);
      if (now === 3) three.open();
      await three.opened;
      now -= 1;
    });
    queue.start();
    await add(db, queue, ...Array.from({ length: 12 }, (_, index) => job(`k${index}`)));
    await queue.idle();
    expect(most).toBe(3);
    expect(await rows(db)).toEqual([]);
  });

  it('waits for running handlers when it stops, and starts no more', async () => {
    const db = await open();
    const { queue } = build(db, { concurrency: 1 });
    const began = gate();
    const go = gate();
    const ran: unknown[] = [];
    queue.handle('tell', async (payload) => {
      began.open();
      await go.opened;
      ran.push(payload.key);
    });
    queue.start();
    await add(db, queue, job('a'), job('b'));
    await began.opened;
    const stopping = queue.stop();
    go.open();
    await stopping;
    expect(ran).toHaveLength(1);
    expect(await rows(db)).toHaveLength(1);
  });

  it('leaves alone the jobs of kinds it has no handler for', async () => {
    const db = await open();
    const { queue } = build(db);
    queue.handle('tell', async () => {});
    queue.start();
    await add(db, queue, job('a', { kind: 'of a later version' }));
    await queue.idle();
    expect(await rows(db)).toMatchObject([{ attempts: 0 }]);
    expect(() => queue.handle('tell', async () => {})).toThrow('two handlers');
  });

  it('finds by itself what another process added', async () => {
    const where = await open.place();
    const [db, other] = [await open.at(where), await open.at(where)];
    const { queue } = build(db, { pollMs: 10 });
    const ran = gate();
    queue.handle('tell', async () => ran.open());
    queue.start();
    await queue.idle();
    await add(other, build(other).queue, job('a'));
    await ran.opened;
    await queue.idle();
    expect(await rows(db)).toEqual([]);
  });
});
