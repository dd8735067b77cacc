/** Snapshots, packed rows and quarantine: rules L10-L17 of server/sync/SPEC.md, on both databases. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import * as Y from 'yjs';
import type { Where } from '#server/storage/open.ts';
import { openPostgresLog } from '#server/sync/log-postgres.ts';
import { openSqliteLog } from '#server/sync/log-sqlite.ts';
import { quietRoomMs, tailRowsLimit } from '#server/sync/log.ts';
import type { HistoryRow, Log, LogEntry, RoomKnowledge } from '#server/sync/log.ts';
import type { StoredRoom } from '#server/sync/log-rows.ts';
import type { LogSeams } from '#server/sync/log-upkeep.ts';
import { openRows } from '#server/sync/open-rows.ts';
import { nestedTypes, unprovable } from '../poison.ts';
import { describeOnEachDatabase } from './each-database.ts';

const entry = (room: string, bytes: Uint8Array, user = 'ana'): LogEntry => ({
  workspaceId: '01890000-0000-7000-8000-000000000001',
  room,
  user,
  bytes,
  claims: [],
});

/** A writer whose every change is one update. */
function writer(clientId: number) {
  const doc = new Y.Doc();
  doc.clientID = clientId;
  const updates: Uint8Array[] = [];
  doc.on('update', (update: Uint8Array, origin: unknown) => {
    if (origin !== 'other') updates.push(update);
  });
  const text = doc.getText('text');
  return {
    doc,
    text,
    updates,
    type: (letters: string) => [...letters].forEach((one) => text.insert(text.length, one)),
  };
}

const docOf = (updates: readonly Uint8Array[]): Y.Doc => {
  const doc = new Y.Doc();
  for (const update of updates) Y.applyUpdate(doc, update);
  return doc;
};
const textOf = (updates: readonly Uint8Array[]): string => docOf(updates).getText('text').toJSON();
const everything = async (log: Log, room: string) => textOf((await log.state(room, null)).updates);

async function history(log: Log, room: string): Promise<HistoryRow[]> {
  const rows: HistoryRow[] = [];
  for (let after = 0; ;) {
    const page = await log.upkeep.history(room, after);
    if (page.upTo === after) return rows;
    rows.push(...page.rows);
    after = page.upTo;
  }
}

const plainKnowledge = ({ clocks, deletes, head, epoch }: RoomKnowledge) => ({
  clocks,
  deletes,
  head,
  epoch,
});

describeOnEachDatabase('Upkeep of the log', (open) => {
  let log: Log;
  let where: Where;
  const openLog = (seams: LogSeams = {}) =>
    where.databaseUrl === undefined
      ? openSqliteLog(join(where.dataDir as string, 'log.db'), seams)
      : openPostgresLog(where.databaseUrl, seams);
  beforeEach(async () => {
    where = await open.place();
    log = await openLog();
  });
  afterEach(() => log.close());
  const reopen = async (seams: LogSeams = {}) => {
    await log.close();
    log = await openLog(seams);
  };
  /** What an accident on the disk, or another program, does. */
  const sql = async (text: string): Promise<void> => {
    if (where.databaseUrl === undefined) {
      const db = new DatabaseSync(join(where.dataDir as string, 'log.db'));
      db.exec(text);
      db.close();
      return;
    }
    const client = new pg.Client(where.databaseUrl);
    await client.connect();
    await client.query(text);
    await client.end();
  };
  const appendAll = (room: string, updates: readonly Uint8Array[]) =>
    log.append(updates.map((bytes) => entry(room, bytes)));

  it('L10: knows and answers the same after a snapshot as before, and goes on from there', async () => {
    const ana = writer(1);
    ana.type('hello world');
    ana.text.delete(2, 3);
    await appendAll('r', ana.updates);
    const before = plainKnowledge(await log.knowledge('r'));
    expect(await log.upkeep.compact('r')).toEqual({ outcome: 'swapped', upTo: 12, quarantined: [] });
    expect(plainKnowledge(await log.knowledge('r'))).toEqual(before);
    expect((await log.state('r', null)).updates).toEqual([Y.encodeStateAsUpdate(ana.doc)]);
    ana.updates.length = 0;
    ana.type('!');
    expect(await appendAll('r', ana.updates)).toEqual([13]);
    await reopen();
    expect(await everything(log, 'r')).toBe('he world!');
    expect((await log.state('r', null)).head).toBe(13);
    // Whoever is far behind gets the snapshot in place of packed rows, then the rows after it.
    const page = await log.read('r', 3);
    expect([page.rows.length, page.upTo, textOf(page.rows.map(({ bytes }) => bytes))]).toEqual([
      1,
      12,
      'he world',
    ]);
    expect((await log.read('r', 12)).rows.map(({ seq, user }) => [seq, user])).toEqual([[13, 'ana']]);
    expect(await log.upkeep.compact('nowhere')).toEqual({ outcome: 'nothing', upTo: 0, quarantined: [] });
  });

  it('L7, L10: answers each state vector with exactly what is lacking, whatever was compacted when', async () => {
    const action = fc.record({
      who: fc.nat(2),
      what: fc.constantFrom('type', 'type', 'format', 'delete', 'map', 'nest', 'sync', 'compact', 'join'),
      at: fc.nat(),
    });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 40 }), async (actions) => {
        const room = `random/${(run += 1)}`;
        const writers = [11, 12, 13].map(writer);
        const all: Uint8Array[] = [];
        const snapshots: { doc: Y.Doc; vector: Uint8Array }[] = [];
        const flush = async () => {
          const fresh = writers.flatMap(({ updates }) => updates.splice(0));
          if (fresh.length > 0) await appendAll(room, fresh);
          all.push(...fresh);
        };
        for (const { who, what, at } of actions) {
          const { doc, text } = writers[who] as ReturnType<typeof writer>;
          const place = at % (text.length + 1);
          if (what === 'type') text.insert(place, String.fromCharCode(97 + (at % 26)));
          if (what === 'format' && text.length > 0) text.format(place, 1, { bold: at % 2 === 0 });
          if (what === 'delete' && text.length > place) text.delete(place, 1);
          if (what === 'map') doc.getMap('map').set('key', at);
          if (what === 'nest') doc.getXmlFragment('xml').insert(0, [new Y.XmlElement('p')]);
          if (what === 'sync') {
            await flush();
            for (const update of all) Y.applyUpdate(doc, update, 'other');
          }
          if (what === 'compact') {
            await flush();
            await log.upkeep.compact(room);
          }
          if (what === 'join') {
            await flush();
            const joined = docOf((await log.state(room, null)).updates);
            snapshots.push({ doc: joined, vector: Y.encodeStateVector(joined) });
          }
        }
        await flush();
        const expected = docOf(all);
        for (const { doc, vector } of [...snapshots, { doc: new Y.Doc(), vector: new Uint8Array([0]) }]) {
          for (const update of (await log.state(room, vector)).updates) Y.applyUpdate(doc, update);
          expect(doc.getText('text').toDelta()).toEqual(expected.getText('text').toDelta());
          expect(doc.getMap('map').toJSON()).toEqual(expected.getMap('map').toJSON());
          expect(doc.getXmlFragment('xml').toJSON()).toEqual(expected.getXmlFragment('xml').toJSON());
          expect(doc.store.pendingStructs).toBe(null);
        }
        expect((await history(log, room)).map(({ bytes }) => [...bytes])).toEqual(
          all.map((bytes) => [...bytes]),
        );
      }),
      { numRuns: 12 },
    );
  });

  it('L11: holds what builds on something missing, and takes it in when that has come', async () => {
    const ana = writer(1);
    ana.type('abc');
    const [a, b, c] = ana.updates as [Uint8Array, Uint8Array, Uint8Array];
    await appendAll('r', [a, c]);
    expect((await log.upkeep.compact('r')).outcome).toBe('swapped');
    expect([await everything(log, 'r'), (await log.knowledge('r')).skipped]).toEqual(['a', [2]]);
    expect((await log.upkeep.rooms())[0]?.held).toBe(1);
    expect((await log.upkeep.compact('r')).outcome).toBe('nothing');
    await appendAll('r', [b]);
    expect([await everything(log, 'r'), (await log.knowledge('r')).skipped]).toEqual(['abc', []]);
    expect((await log.upkeep.compact('r')).outcome).toBe('swapped');
    expect((await log.upkeep.rooms())[0]?.held).toBe(0);
    await reopen();
    expect([await everything(log, 'r'), (await log.knowledge('r')).skipped]).toEqual(['abc', []]);
    expect((await history(log, 'r')).map(({ seq, bytes }) => [seq, [...bytes]])).toEqual([
      [1, [...a]],
      [2, [...c]],
      [3, [...b]],
    ]);
  });

  it('L12: gives back every row as it was written, packed or not', async () => {
    const [ana, bia] = [writer(1), writer(2 ** 40)];
    ana.type('some text of Ana');
    bia.type('and Bia');
    bia.text.insert(0, 'long '.repeat(5_000));
    const entries = [
      ...ana.updates.map((bytes) => entry('r', bytes)),
      ...bia.updates.map((bytes) => entry('r', bytes, 'bia')),
    ];
    await log.append(entries);
    await log.upkeep.compact('r');
    await log.append([entry('r', new Uint8Array([0, 0]))]);
    const rows = await history(log, 'r');
    expect(rows.map(({ seq }) => seq)).toEqual(
      entries.map((_, index) => index + 1).concat(entries.length + 1),
    );
    expect(rows.slice(0, -1).map(({ user, bytes }) => [user, crc32(bytes)])).toEqual(
      entries.map(({ user, bytes }) => [user, crc32(bytes)]),
    );
    expect(rows.every(({ at }) => Math.abs(at - Date.now()) < 60_000)).toBe(true);
  });

  it.each(['state', 'deletes'])(
    'L12: stands on the older snapshot when the newest has a damaged %s',
    async (column) => {
      const ana = writer(1);
      ana.type('first ');
      ana.text.delete(0, 1);
      await appendAll('r', ana.updates.splice(0));
      await log.upkeep.compact('r');
      ana.type('second ');
      await appendAll('r', ana.updates.splice(0));
      await log.upkeep.compact('r');
      ana.type('third');
      await appendAll('r', ana.updates);
      const known = plainKnowledge(await log.knowledge('r'));
      const zeros = where.databaseUrl === undefined ? 'zeroblob(5)' : "decode('0000000000', 'hex')";
      await sql(`UPDATE log_snapshots SET ${column} = ${zeros} WHERE upto_seq = 14`);
      await reopen();
      expect(await everything(log, 'r')).toBe('irst second third');
      expect(plainKnowledge(await log.knowledge('r'))).toEqual(known);
      expect((await log.knowledge('r')).fellBack).toBe(true);
      expect((await log.upkeep.compact('r')).outcome).toBe('swapped');
      await reopen();
      expect((await log.knowledge('r')).fellBack).toBe(false);
      expect(await everything(log, 'r')).toBe('irst second third');
      expect(await history(log, 'r')).toHaveLength(19);
    },
  );

  it('L13: swaps once when two compact at once, and loses nothing that is written meanwhile', async () => {
    const ana = writer(1);
    ana.type('x'.repeat(300));
    await appendAll('r', ana.updates.splice(0, 200));
    const other = await openLog();
    const rest = [...ana.updates];
    const [one, two] = await Promise.all([
      log.upkeep.compact('r'),
      other.upkeep.compact('r'),
      ...rest.map((bytes) => log.append([entry('r', bytes)])),
    ]);
    await other.close();
    const outcomes = [one, two].map(({ outcome }) => outcome);
    expect(outcomes).toContain('swapped');
    expect(await everything(log, 'r')).toBe('x'.repeat(300));
    expect(await history(log, 'r')).toHaveLength(300);
    await log.upkeep.compact('r');
    expect(await everything(log, 'r')).toBe('x'.repeat(300));
  });

  it('L14: sets aside a row that no document takes in, keeps it, and goes on without it', async () => {
    const ana = writer(1);
    ana.type('good');
    const { nested, deletion } = nestedTypes(9);
    await appendAll('r', [...ana.updates.splice(0), nested]);
    expect(await log.upkeep.check('r')).toEqual([]);
    await log.append([entry('r', deletion, 'mallory')]);
    ana.type('!');
    await appendAll('r', ana.updates);
    expect(await log.upkeep.check('r')).toEqual([6]);
    expect(await log.upkeep.check('r')).toEqual([]);
    expect(await everything(log, 'r')).toBe('good!');
    expect((await log.knowledge('r')).skipped).toEqual([6]);
    expect(await log.upkeep.compact('r')).toEqual({ outcome: 'swapped', upTo: 7, quarantined: [] });
    await reopen();
    expect(await everything(log, 'r')).toBe('good!');
    expect((await log.upkeep.quarantine()).map(({ at: _, ...row }) => row)).toEqual([
      { room: 'r', seq: 6, user: 'mallory', reason: 'throws', bytes: deletion },
    ]);
    expect((await log.read('r', 5)).rows.some(({ bytes }) => bytes.length === deletion.length)).toBe(false);
    expect((await log.upkeep.rooms()).map(({ room, quarantined }) => [room, quarantined])).toEqual([
      ['r', 1],
    ]);
    expect(await log.upkeep.setAside()).toEqual([{ room: 'r', rows: 1 }]);
  });

  it('L14: finds the rows after which no snapshot can be proved, and compacts without them', async () => {
    const ana = writer(1);
    ana.type('x'.repeat(40));
    const [first, last] = [unprovable(7), unprovable(8)];
    await appendAll('r', [first, ...ana.updates.splice(0, 37), last, ...ana.updates.splice(0)]);
    expect(await log.upkeep.check('r')).toEqual([]);
    expect(await log.upkeep.compact('r')).toEqual({ outcome: 'swapped', upTo: 42, quarantined: [1, 39] });
    expect((await log.upkeep.quarantine()).map(({ seq, reason }) => [seq, reason])).toEqual([
      [1, 'unprovable'],
      [39, 'unprovable'],
    ]);
    const { blocked, skipped } = await log.knowledge('r');
    expect([blocked, skipped, await everything(log, 'r')]).toEqual([[7, 8], [1, 39], 'x'.repeat(40)]);
  });

  it('L14: takes in types nested thousands of levels deep', async () => {
    await appendAll('r', [nestedTypes(9).nested]);
    expect((await log.upkeep.compact('r')).outcome).toBe('swapped');
    expect(await log.upkeep.check('r')).toEqual([]);
  });

  it('L14: names the clients of a row that was set aside, and holds what was built on it', async () => {
    const ana = writer(1);
    const mallory = writer(7);
    ana.type('a');
    mallory.type('m');
    // It deletes what exhausts the stack, and brings a letter too.
    const { nested, deletion } = nestedTypes(9);
    const poison = Y.mergeUpdates([mallory.updates[0] as Uint8Array, deletion]);
    Y.applyUpdate(ana.doc, mallory.updates[0] as Uint8Array, 'other');
    ana.text.insert(ana.text.toJSON().indexOf('m') + 1, 'after');
    await appendAll('r', [ana.updates[0] as Uint8Array, nested, poison, ana.updates[1] as Uint8Array]);
    expect((await log.upkeep.compact('r')).quarantined).toEqual([3]);
    const { skipped, blocked } = await log.knowledge('r');
    expect([skipped, blocked, await everything(log, 'r')]).toEqual([[3, 4], [7], 'a']);
    expect((await history(log, 'r')).map(({ status }) => status)).toEqual([
      ...['stored', 'stored', 'quarantined', 'held'],
    ]);
  });

  it('L8, L14: sets aside what is damaged or malformed, and welcomes damaged clocks again', async () => {
    const ana = writer(1);
    ana.type('abc');
    await appendAll('r', [...ana.updates, new Uint8Array([1, 2, 3])]);
    await sql('UPDATE log_updates SET crc = crc + 1 WHERE seq = 2');
    expect(await log.upkeep.check('r')).toEqual([2, 4]);
    const { blocked, clocks, skipped } = await log.knowledge('r');
    expect([blocked, clocks, skipped]).toEqual([[], new Map([[1, 1]]), [2, 3, 4]]);
    await appendAll('r', [Y.encodeStateAsUpdate(ana.doc)]);
    await log.upkeep.compact('r');
    expect([await everything(log, 'r'), (await log.knowledge('r')).skipped]).toEqual(['abc', [2, 4]]);
  });

  it('L9: leaves rows of an encoding that it does not know where they are', async () => {
    const ana = writer(1);
    ana.type('ab');
    await appendAll('r', [...ana.updates, new Uint8Array([9, 9, 9])]);
    await sql("UPDATE log_updates SET enc = 'v9' WHERE seq = 3");
    await log.upkeep.compact('r');
    expect([await everything(log, 'r'), (await log.knowledge('r')).skipped]).toEqual(['ab', [3]]);
    expect((await history(log, 'r')).map(({ seq, status }) => [seq, status])).toEqual([
      [1, 'stored'],
      [2, 'stored'],
      [3, 'held'],
    ]);
    expect(await log.upkeep.quarantine()).toEqual([]);
  });

  it('L15: names rooms with a long tail once they are quiet, and at once when they never are', async () => {
    const nothing = new Uint8Array([0, 0]);
    const rows = (room: string, count: number) =>
      log.append(Array.from({ length: count }, () => entry(room, nothing)));
    await rows('short', tailRowsLimit);
    await rows('long', tailRowsLimit + 1);
    await rows('busy', tailRowsLimit * 8 + 1);
    await log.append([entry('large', new Uint8Array(300 * 1024))]);
    expect((await log.upkeep.due(Date.now())).sort()).toEqual(['busy']);
    expect((await log.upkeep.due(Date.now() + quietRoomMs)).sort()).toEqual(['busy', 'large', 'long']);
    await log.upkeep.compact('busy');
    await log.upkeep.compact('long');
    expect((await log.upkeep.due(Date.now() + quietRoomMs)).sort()).toEqual(['large']);
  });

  it('L15: counts as tail what lies behind the snapshot, whatever had to wait in between', async () => {
    const ana = writer(1);
    ana.type('a');
    ana.text.insert(1, 'z'.repeat(300_000));
    const [first, large] = ana.updates.splice(0) as [Uint8Array, Uint8Array];
    await appendAll('r', [new Uint8Array([0, 0]), large]);
    const tail = async () => {
      const [figures] = await log.upkeep.rooms();
      return [figures?.tailRows, figures?.tailBytes];
    };
    expect(await tail()).toEqual([2, large.length + 2]);
    await log.upkeep.compact('r');
    expect(await tail()).toEqual([0, 0]);
    await appendAll('r', [first]);
    expect(await tail()).toEqual([1, first.length]);
    await log.upkeep.compact('r');
    expect(await tail()).toEqual([0, 0]);
    ana.type('!');
    await appendAll('r', ana.updates);
    expect(await everything(log, 'r')).toBe(`a${'z'.repeat(300_000)}!`);
    expect(await log.upkeep.due(Date.now() + quietRoomMs)).toEqual([]);
  });

  it('L12, L13: keeps the good snapshot on which a repair was built, not the damaged one', async () => {
    const ana = writer(1);
    for (const word of ['one ', 'two ']) {
      ana.type(word);
      await appendAll('r', ana.updates.splice(0));
      await log.upkeep.compact('r');
    }
    const snapshots = async () => {
      await log.close();
      const source = openRows(
        where.databaseUrl === undefined
          ? { kind: 'sqlite', file: join(where.dataDir as string, 'log.db') }
          : { kind: 'postgres', url: where.databaseUrl },
      );
      const kept = await source.consistently(async (rows) => {
        const room = (await rows.room('r')) as StoredRoom;
        return (await rows.snapshots(room.id)).map(({ uptoSeq }) => uptoSeq);
      });
      await source.close();
      log = await openLog();
      return kept;
    };
    for (const [word, expected] of [
      ['', [8, 4]],
      ['three', [13, 4]],
    ] as const) {
      ana.type(word);
      await appendAll('r', ana.updates.splice(0));
      await sql('UPDATE log_snapshots SET crc = crc + 1 WHERE upto_seq = 8');
      await reopen();
      expect((await log.upkeep.compact('r')).outcome).toBe('swapped');
      expect(await snapshots()).toEqual(expected);
    }
    expect(await everything(log, 'r')).toBe('one two three');
  });

  it('L16: lets go of packed rows and the older snapshot when their time is over', async () => {
    const ana = writer(1);
    for (const word of ['one ', 'two ', 'three']) {
      ana.type(word);
      await appendAll('r', ana.updates.splice(0));
      await log.upkeep.compact('r');
    }
    await log.append([entry('other', new Uint8Array([0, 0]))]);
    await log.upkeep.compact('other');
    await log.upkeep.expire(60_000);
    expect(await history(log, 'r')).toHaveLength(13);
    await log.upkeep.compact('r', { retainMs: 0 });
    expect(await history(log, 'r')).toEqual([]);
    expect(await history(log, 'other')).toHaveLength(1);
    expect(await everything(log, 'r')).toBe('one two three');
    await log.upkeep.expire(0);
    expect(await history(log, 'other')).toEqual([]);
    const figures = (await log.upkeep.rooms()).find(({ room }) => room === 'r');
    expect(figures).toMatchObject({ head: 13, tailRows: 0, tailBytes: 0, snapshotSeq: 13, segmentBytes: 0 });
  });

  it('L17: gives up on a room that takes too long, and changes nothing', async () => {
    const ana = writer(1);
    ana.type('abc');
    await appendAll('r', ana.updates);
    await reopen({ patienceMs: 1 });
    await expect(log.upkeep.compact('r')).rejects.toThrow('longer than 1 ms');
    await reopen();
    expect(await history(log, 'r')).toHaveLength(3);
    expect((await log.upkeep.rooms())[0]).toMatchObject({ snapshotSeq: 0, tailRows: 3 });
    expect((await log.upkeep.compact('r')).outcome).toBe('swapped');
  });
});
