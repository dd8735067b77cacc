import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { openPostgresLog } from '#server/sync/log-postgres.ts';
import { openSqliteLog } from '#server/sync/log-sqlite.ts';
import { batchEntriesLimit, bindingKeptMs, pageBytesLimit } from '#server/sync/log.ts';
import type { Log, LogEntry } from '#server/sync/log.ts';
import { renewEpochsInFolder, renewEpochsInPostgres } from '#server/storage/epochs.ts';
import type { Where } from '#server/storage/open.ts';
import { rounds } from '../rounds.ts';
import { describeOnEachDatabase } from './each-database.ts';

const workspaceId = '01890000-0000-7000-8000-000000000001';

/** Updates of one writer, in order. */
function typing(texts: readonly string[], clientId = 1): { doc: Y.Doc; updates: Uint8Array[] } {
  const doc = new Y.Doc();
  doc.clientID = clientId;
  const updates: Uint8Array[] = [];
  doc.on('update', (update: Uint8Array) => updates.push(update));
  for (const text of texts) doc.getText('text').insert(doc.getText('text').length, text);
  return { doc, updates };
}

const entry = (room: string, bytes: Uint8Array, more: Partial<LogEntry> = {}): LogEntry => ({
  workspaceId,
  room,
  user: 'ana',
  bytes,
  claims: [],
  ...more,
});

const textOf = (updates: readonly Uint8Array[]): string => {
  const doc = new Y.Doc();
  for (const update of updates) Y.applyUpdate(doc, update);
  return doc.getText('text').toJSON();
};

/** Makes all client ids that were shown older. */
async function age({ dataDir, databaseUrl }: Where, byMs: number): Promise<void> {
  const statement = `UPDATE log_clients SET bound_at = bound_at - ${byMs}`;
  if (databaseUrl === undefined) {
    const db = new DatabaseSync(join(dataDir as string, 'log.db'));
    db.exec(statement);
    db.close();
    return;
  }
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(statement);
  await client.end();
}

/** The rules L1-L9 of server/sync/SPEC.md. */
describeOnEachDatabase('The log', (open) => {
  let log: Log;
  let where: Where;
  const openLog = () =>
    where.databaseUrl === undefined
      ? openSqliteLog(join(where.dataDir as string, 'log.db'))
      : openPostgresLog(where.databaseUrl);
  beforeEach(async () => {
    where = await open.place();
    log = await openLog();
  });
  afterEach(() => log.close());
  const reopen = async () => {
    await log.close();
    log = await openLog();
  };

  it('L1: numbers the rows of each room from one, without holes, in the order they were handed in', async () => {
    const [a, b] = typing(['a', 'b']).updates as [Uint8Array, Uint8Array];
    expect(await log.append([entry('r1', a), entry('r2', a), entry('r1', b)])).toEqual([1, 1, 2]);
    expect(await log.append([entry('r2', b)])).toEqual([2]);
    expect(await log.head('r1')).toBe(2);
    expect(await log.head('nowhere')).toBe(0);
  });

  it('L1: keeps numbers dense when many append at once to few rooms', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(3), { minLength: 1, maxLength: 60 }),
        fc.uuid(),
        async (rooms, run) => {
          const bytes = new Uint8Array([0, 0]);
          const seqs = await Promise.all(rooms.map((room) => log.append([entry(`${run}/${room}`, bytes)])));
          for (const room of new Set(rooms)) {
            const mine = seqs.flatMap((list, index) => (rooms[index] === room ? list : []));
            expect(mine).toEqual(mine.map((_, index) => index + 1));
          }
        },
      ),
      { numRuns: rounds(10) },
    );
  });

  it('L2: gives back the bytes and the author of every row, also after opening anew', async () => {
    const { updates } = typing(['one', ' two', ' three']);
    await log.append(updates.map((bytes, index) => entry('r', bytes, { user: `person${index}` })));
    await reopen();
    const { rows, upTo } = await log.read('r', 0);
    expect(upTo).toBe(3);
    expect(rows.map(({ seq, user }) => [seq, user])).toEqual([
      [1, 'person0'],
      [2, 'person1'],
      [3, 'person2'],
    ]);
    expect(rows.map(({ bytes }) => [...bytes])).toEqual(updates.map((bytes) => [...bytes]));
    expect((await log.read('r', 2)).rows.map(({ seq }) => seq)).toEqual([3]);
    expect(await log.read('r', 3)).toEqual({ rows: [], upTo: 3 });
    expect(await log.append([entry('r', updates[0] as Uint8Array)])).toEqual([4]);
  });

  it('L3: ends a page with the row that passes the limit, and commits more than one batch takes', async () => {
    const large = new Uint8Array(pageBytesLimit * 0.6);
    await log.append([1, 2, 3].map(() => entry('large', large)));
    expect((await log.read('large', 0)).rows.map(({ seq }) => seq)).toEqual([1, 2]);
    expect((await log.read('large', 2)).rows.map(({ seq }) => seq)).toEqual([3]);
    const many = await Promise.all(
      Array.from({ length: batchEntriesLimit + 10 }, () =>
        log.append([entry('many', new Uint8Array([0, 0]))]),
      ),
    );
    expect(many.at(-1)).toEqual([batchEntriesLimit + 10]);
  });

  it('L4: refuses a batch as a whole, with all that waited, and goes on without a hole', async () => {
    const bytes = new Uint8Array([0, 0]);
    expect(await log.append([entry('r', bytes)])).toEqual([1]);
    const broken = { ...entry('r', bytes), user: null as unknown as string };
    const results = await Promise.allSettled([
      log.append([entry('r', bytes)]),
      log.append([broken]),
      log.append([entry('other', bytes)]),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(await log.append([entry('r', bytes)])).toEqual([2]);
    expect(await log.head('other')).toBe(0);
  });

  it('L5: seeds an empty room once, whoever asks and however often', async () => {
    const [first, second] = [typing(['seed']).updates[0], typing(['other']).updates[0]] as [
      Uint8Array,
      Uint8Array,
    ];
    const seeded = await Promise.all([first, first, second].map((bytes) => log.seed(entry('r', bytes))));
    expect(seeded.filter(Boolean)).toHaveLength(1);
    expect(await log.head('r')).toBe(1);
    expect(await log.seed(entry('r', second))).toBe(false);
    await log.append([entry('written', first)]);
    expect(await log.seed(entry('written', second))).toBe(false);
  });

  it('L6: gives a room an epoch that stays', async () => {
    await log.append([
      entry('r', typing(['a']).updates[0] as Uint8Array),
      entry('s', new Uint8Array([0, 0])),
    ]);
    const { epoch } = await log.knowledge('r');
    expect(epoch).not.toBe('');
    expect((await log.knowledge('s')).epoch).not.toBe(epoch);
    await reopen();
    expect((await log.knowledge('r')).epoch).toBe(epoch);
    expect((await log.state('r', null)).epoch).toBe(epoch);
  });

  it('L6: remembers the first person of each client id', async () => {
    const { updates } = typing(['a', 'b'], 2 ** 52 + 1);
    await log.append([entry('r', updates[0] as Uint8Array, { claims: [2 ** 52 + 1, 7] })]);
    await log.append([entry('r', updates[1] as Uint8Array, { user: 'bia', claims: [7, 8] })]);
    await reopen();
    expect((await log.knowledge('r')).owners).toEqual(
      new Map([
        [2 ** 52 + 1, 'ana'],
        [7, 'ana'],
        [8, 'bia'],
      ]),
    );
  });

  it('L6, E4: knows which client ids their owners have written under since the room has its epoch', async () => {
    const { updates } = typing(['a', 'b', 'c'], 5);
    const append = (index: number, user: string, claims: number[]) =>
      log.append([entry('r', updates[index] as Uint8Array, { user, claims })]);
    await append(0, 'ana', [5, 6]);
    await append(1, 'bia', [7]);
    expect((await log.knowledge('r')).unconfirmed).toEqual([]);
    await log.close();
    if (where.databaseUrl === undefined) renewEpochsInFolder(where.dataDir as string, () => 'new', 1);
    else await renewEpochsInPostgres(where.databaseUrl, () => 'new', 1);
    log = await openLog();
    expect([...(await log.knowledge('r')).unconfirmed].sort()).toEqual([5, 6, 7]);
    await append(2, 'bia', [5, 7]);
    const { owners, unconfirmed } = await log.knowledge('r');
    expect([...unconfirmed].sort()).toEqual([5, 6]);
    expect(owners.get(5)).toBe('ana');
  });

  it('L6: keeps client ids that were shown for whom they were shown by, until they are written under', async () => {
    const bind = (user: string, clients: number[]) => log.bind({ workspaceId, room: 'r', user, clients });
    await bind('ana', [2 ** 52 + 1, 6]);
    await bind('bia', [6, 7]);
    expect(await log.head('r')).toBe(0);
    const [first, second] = typing(['a', 'b'], 6).updates as [Uint8Array, Uint8Array];
    expect(await log.seed(entry('r', first, { claims: [6] }))).toBe(true);
    await log.append([entry('r', second, { user: 'bia', claims: [6] })]);
    await bind('ana', [6]);
    await reopen();
    const { owners, unconfirmed } = await log.knowledge('r');
    expect(owners).toEqual(
      new Map([
        [6, 'ana'],
        [7, 'bia'],
        [2 ** 52 + 1, 'ana'],
      ]),
    );
    expect([...unconfirmed].sort((a, b) => a - b)).toEqual([7, 2 ** 52 + 1]);

    await age(where, bindingKeptMs + 1);
    await log.bind({ workspaceId, room: 'another', user: 'caio', clients: [8] });
    expect((await log.knowledge('r')).owners).toEqual(new Map([[6, 'ana']]));
    expect((await log.knowledge('another')).owners).toEqual(new Map([[8, 'caio']]));
  });

  it('L7: knows clocks and deletions, and answers exactly what a client lacks', async () => {
    const { doc, updates } = typing(['hello', ' world']);
    doc.getText('text').delete(0, 2);
    await log.append(updates.slice(0, 1).map((bytes) => entry('r', bytes)));
    const before = await log.state('r', null);
    expect(textOf(before.updates)).toBe('hello');
    await log.append(updates.slice(1).map((bytes) => entry('r', bytes)));
    const after = await log.state('r', before.stateVector);
    expect(after.head).toBe(3);
    expect(Y.decodeStateVector(after.stateVector)).toEqual(Y.decodeStateVector(Y.encodeStateVector(doc)));
    expect(textOf([...before.updates, ...after.updates])).toBe('llo world');
    const { clocks, deletes, head } = await log.knowledge('r');
    expect([clocks, deletes, head]).toEqual([new Map([[1, 11]]), new Map([[1, Uint32Array.of(0, 2)]]), 3]);
    expect((await log.state('nowhere', null)).head).toBe(0);
  });

  it('L8, R6: sends nobody what waits for something missing, before it has come', async () => {
    const [first, second, third] = typing(['one', ' two', ' three']).updates as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    const other = typing(['other'], 2).updates[0] as Uint8Array;
    await log.append([first, third, other].map((bytes) => entry('r', bytes)));
    expect(await log.read('r', 0)).toMatchObject({ rows: [{ seq: 1 }, { seq: 3 }], upTo: 3 });
    expect(await log.read('r', 1)).toMatchObject({ rows: [{ seq: 3 }], upTo: 3 });
    await reopen();
    expect((await log.read('r', 1)).rows.map(({ seq }) => seq)).toEqual([3]);
    const { waiting } = await log.knowledge('r');
    expect(waiting.map(({ user, size }) => [user, size])).toEqual([['ana', third.length]]);
    await log.append([entry('r', second)]);
    const { rows } = await log.read('r', 0);
    expect(rows.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    expect(textOf(rows.map(({ bytes }) => bytes))).toBe(textOf((await log.state('r', null)).updates));
    expect((await log.knowledge('r')).waiting).toEqual([]);
  });

  it('L8: leaves out rows that no document can take in, and keeps all others', async () => {
    const { updates } = typing(['good', ' more']);
    // Decodes well and throws when applied: an item whose origin is itself.
    const poison = new Uint8Array([1, 1, 5, 0, 0b1000_0100, 5, 0, 1, 97, 0]);
    await log.append(
      [updates[0] as Uint8Array, poison, updates[1] as Uint8Array].map((bytes) => entry('r', bytes)),
    );
    expect(textOf((await log.state('r', null)).updates)).toBe('good more');
    expect((await log.knowledge('r')).skipped).toEqual([2]);
    expect((await log.knowledge('r')).head).toBe(3);
  });
});

describe('The log file on SQLite', () => {
  it('L8: leaves out a row whose bytes changed on disk', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'stoa-log-'));
    const file = join(folder, 'log.db');
    const { updates } = typing(['good', ' bad', ' lost']);
    const log = await openSqliteLog(file);
    await log.append(updates.map((bytes) => entry('r', bytes)));
    await log.close();
    const db = new DatabaseSync(file);
    db.exec('UPDATE log_updates SET bytes = zeroblob(length(bytes)) WHERE seq = 2');
    db.close();
    const again = await openSqliteLog(file);
    // The third row builds on the second, and waits.
    expect(await again.read('r', 0)).toMatchObject({ rows: [{ seq: 1 }], upTo: 3 });
    expect((await again.knowledge('r')).skipped).toEqual([2, 3]);
    expect(textOf((await again.state('r', null)).updates)).toBe('good');
    await again.close();
    await rm(folder, { recursive: true });
  });

  it('L9: refuses a file of a newer version, and a folder that is not there', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'stoa-log-'));
    const file = join(folder, 'log.db');
    await (await openSqliteLog(file)).close();
    const db = new DatabaseSync(file);
    db.exec('PRAGMA user_version = 99');
    db.close();
    await expect(openSqliteLog(file)).rejects.toThrow('newer version');
    await expect(openSqliteLog(join(folder, 'nowhere', 'log.db'))).rejects.toThrow();
    await rm(folder, { recursive: true });
  });
});
