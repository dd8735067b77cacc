/** The contract of the change feed: `server/storage/changes.ts`. */
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { errorCodeOf } from '#domain/errors.ts';
import type { WorkspaceId } from '#domain/ids.ts';
import type { FeedCursor, FeedPage } from '#domain/records.ts';
import { createChanges } from '#server/storage/changes.ts';
import type { Changes } from '#server/storage/changes.ts';
import type { Database } from '#server/storage/database.ts';
import { rounds } from '../rounds.ts';
import { describeOnEachDatabase } from './each-database.ts';
import { addWorkspace, everywhere, home, loaders, namesOf, person, prepareThings } from './things.ts';
import { removeThing, saveThing } from './things.ts';

const ana = person('ana');

function build(db: Database, options: { pageLimit?: number; pollMs?: number } = {}): Changes {
  const changes = createChanges({ db, ...options });
  onTestFinished(() => changes.close());
  return changes;
}

const save = (db: Database, changes: Changes, id: string, name: string, hidden = false) =>
  db.write(async (tx) => changes.record(tx, home, [await saveThing(tx, id, name, hidden)]));

/** What a device holds: pages in, records out, as the replica does it. */
function device(changes: Changes, actor = ana) {
  const held = new Map<string, string>();
  let cursor: FeedCursor | null = null;
  let mentioned: Set<string> | undefined;
  const page = async (): Promise<FeedPage> => {
    const answer = await changes.since(actor, cursor, loaders);
    if (answer.restart) mentioned = new Set();
    for (const record of answer.records) {
      mentioned?.add(record.id);
      const [name] = namesOf([record]);
      if (name === null || name === undefined) held.delete(record.id);
      else held.set(record.id, name);
    }
    cursor = answer.cursor;
    if (!answer.more && mentioned) {
      for (const id of held.keys()) if (!mentioned.has(id)) held.delete(id);
      mentioned = undefined;
    }
    return answer;
  };
  return {
    held,
    page,
    catchUp: async () => {
      let answer = await page();
      while (answer.more) answer = await page();
      return answer;
    },
  };
}

describeOnEachDatabase('the change feed', (open) => {
  const prepare = async (options?: { pageLimit?: number; pollMs?: number }) => {
    const where = await open.place();
    const db = await open.at(where);
    await prepareThings(db);
    return { where, db, changes: build(db, options) };
  };

  it('gives each record a number of its own, and the answer the newest', async () => {
    const { db, changes } = await prepare();
    const { seq, records } = await db.write(async (tx) =>
      changes.record(tx, home, [await saveThing(tx, 'x', 'a'), await saveThing(tx, 'y', 'b')]),
    );
    expect(seq).toBe(2);
    expect(records.map((record) => record.seq)).toEqual([1, 2]);
    const none = await db.write((tx) => changes.record(tx, home, []));
    expect(none).toEqual({ seq: 2, records: [] });
  });

  it('counts a record named twice once, as named last', async () => {
    const { db, changes } = await prepare();
    const { records } = await db.write(async (tx) =>
      changes.record(tx, home, [await saveThing(tx, 'x', 'a'), await saveThing(tx, 'x', 'b')]),
    );
    expect(namesOf(records)).toEqual(['b']);
  });

  it('reads everything from the beginning, then only what changed', async () => {
    const { db, changes } = await prepare();
    await save(db, changes, 'x', 'a');
    await save(db, changes, 'y', 'b');
    const first = await changes.since(ana, null, loaders);
    expect(first).toMatchObject({ more: false, restart: true, cursor: { seq: 2 } });
    expect(namesOf(first.records)).toEqual(['a', 'b']);
    await save(db, changes, 'x', 'c');
    const second = await changes.since(ana, first.cursor, loaders);
    expect(second).toMatchObject({ more: false, restart: false, cursor: { seq: 3 } });
    expect(namesOf(second.records)).toEqual(['c']);
    const third = await changes.since(ana, second.cursor, loaders);
    expect(third).toMatchObject({ records: [], more: false, restart: false, cursor: second.cursor });
  });

  it('leaves a tombstone for what was removed, but not for who reads from the beginning', async () => {
    const { db, changes } = await prepare();
    await save(db, changes, 'x', 'a');
    const { cursor } = await changes.since(ana, null, loaders);
    await db.write(async (tx) => changes.record(tx, home, [await removeThing(tx, 'x')]));
    const page = await changes.since(ana, cursor, loaders);
    expect(page.records).toEqual([{ kind: 'workspace', id: 'x', value: null, seq: 2 }]);
    expect((await changes.since(ana, null, loaders)).records).toEqual([]);
  });

  it('hides what may not be seen, and takes back what was seen before', async () => {
    const { db, changes } = await prepare();
    await save(db, changes, 'x', 'a');
    const { cursor } = await changes.since(ana, null, loaders);
    await save(db, changes, 'x', 'secret', true);
    expect(namesOf((await changes.since(ana, cursor, loaders)).records)).toEqual([null]);
    expect((await changes.since(ana, null, loaders)).records).toEqual([]);
  });

  it('reads in pages that may end anywhere, one big transaction included', async () => {
    const { db, changes } = await prepare({ pageLimit: 7 });
    await db.write(async (tx) => {
      const patches = [];
      for (let index = 0; index < 24; index += 1) patches.push(await saveThing(tx, `t${index}`, `n${index}`));
      return changes.record(tx, home, patches);
    });
    const reader = device(changes);
    const pages: number[] = [];
    for (let more = true; more;) {
      const page = await reader.page();
      pages.push(page.records.length);
      more = page.more;
    }
    expect(pages).toEqual([7, 7, 7, 3]);
    expect(reader.held.size).toBe(24);
  });

  it('commits in the order of the numbers, however many write at once', async () => {
    const { where, db, changes } = await prepare();
    const other = await open.at(where);
    const otherChanges = build(other);
    const reader = device(changes);
    const seen: number[] = [];
    let writing = true;
    const reading = (async () => {
      while (writing) seen.push(...(await reader.page()).records.map((record) => record.seq));
    })();
    await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        index % 2 === 0
          ? save(db, changes, `t${index}`, `n${index}`)
          : save(other, otherChanges, `t${index}`, `n${index}`),
      ),
    );
    writing = false;
    await reading;
    seen.push(...(await reader.page()).records.map((record) => record.seq));
    expect(seen).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
  });

  it('leaves a device that reads in pages with the truth, whatever changes meanwhile', async () => {
    const { db, changes } = await prepare({ pageLimit: 3 });
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ save: fc.nat(9), hidden: fc.boolean() }) },
      { weight: 1, arbitrary: fc.record({ remove: fc.nat(9) }) },
      { weight: 3, arbitrary: fc.constant('page' as const) },
    );
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const prefix = `r${(round += 1)}-`;
        const reader = device(changes);
        for (const one of steps) {
          if (one === 'page') await reader.page();
          else if ('save' in one) await save(db, changes, `${prefix}${one.save}`, 'n', one.hidden);
          else
            await db.write(async (tx) =>
              changes.record(tx, home, [await removeThing(tx, `${prefix}${one.remove}`)]),
            );
        }
        await reader.catchUp();
        const fresh = device(changes);
        await fresh.catchUp();
        const sorted = (held: Map<string, string>) => [...held].sort(([a], [b]) => (a < b ? -1 : 1));
        expect(sorted(reader.held)).toEqual(sorted(fresh.held));
      }),
      { numRuns: rounds(12) },
    );
  });

  it('is read anew after a restore changed the epoch', async () => {
    const { db, changes } = await prepare({ pageLimit: 2 });
    for (const id of ['x', 'y', 'z']) await save(db, changes, id, id);
    const reader = device(changes);
    await reader.catchUp();
    // The restored database never had `z`, and counts from where it was.
    await db.write(async (tx) => {
      await tx.updateTable('workspaces').set({ feed_epoch: 'second', feed_seq: 2 }).execute();
      await tx.deleteFrom('changes').where('record_id', '=', 'z').execute();
      await removeThing(tx, 'z');
    });
    expect(await reader.page()).toMatchObject({ restart: true, cursor: { seq: 2 } });
    expect([...reader.held.keys()].sort()).toEqual(['x', 'y']);
  });

  it('is read anew by a device that is ahead of it', async () => {
    const { db, changes } = await prepare();
    await save(db, changes, 'x', 'a');
    const { cursor } = await changes.since(ana, null, loaders);
    expect((await changes.since(ana, { ...cursor, seq: 99 }, loaders)).restart).toBe(true);
  });

  it('is read anew by the person whose access changed, once, and by nobody else', async () => {
    const { db, changes } = await prepare({ pageLimit: 2 });
    for (const id of ['a', 'b', 'c', 'd', 'e']) await save(db, changes, id, id);
    const [hers, his] = [device(changes), device(changes, person('ben'))];
    await hers.catchUp();
    await his.catchUp();
    await db.write((tx) => changes.recordAccessChange(tx, home, 'ana'));
    await save(db, changes, 'f', 'f');

    const restarts: boolean[] = [];
    for (let more = true; more;) {
      const page = await hers.page();
      restarts.push(page.restart);
      more = page.more;
    }
    expect(restarts).toEqual([true, false, false]);
    expect(hers.held.size).toBe(6);
    expect((await hers.page()).restart).toBe(false);
    expect(await his.page()).toMatchObject({ restart: false, records: [{ id: 'f' }], cursor: { seq: 7 } });
  });

  it('is read anew when a grant has run out by time', async () => {
    const { db, changes } = await prepare();
    await save(db, changes, 'x', 'a');
    const guest = { scope: { kind: 'document', id: 'd' }, role: 'viewer', endsAt: null } as const;
    const { cursor } = await changes.since(person('ana', [...everywhere, guest]), null, loaders);
    expect((await changes.since(person('ana', [guest, ...everywhere]), cursor, loaders)).restart).toBe(false);
    expect((await changes.since(person('ana', everywhere), cursor, loaders)).restart).toBe(true);
  });

  it('keeps the workspaces apart', async () => {
    const { db, changes } = await prepare();
    await addWorkspace(db, 'away');
    await save(db, changes, 'x', 'a');
    const visitor = { ...ana, workspaceId: 'away' as WorkspaceId };
    expect(await changes.since(visitor, null, loaders)).toMatchObject({ records: [], cursor: { seq: 0 } });
    const nowhere = changes.since({ ...ana, workspaceId: 'nowhere' as WorkspaceId }, null, loaders);
    expect(errorCodeOf(await nowhere.catch((error: unknown) => error))).toBe('not_found');
  });

  it('tells subscribers of the workspace, each number once, until they leave', async () => {
    const { changes } = await prepare();
    const heard: string[] = [];
    const leave = changes.subscribe(home, (seq) => heard.push(`one ${seq}`));
    changes.subscribe(home, (seq) => heard.push(`two ${seq}`));
    changes.subscribe('away', (seq) => heard.push(`away ${seq}`));
    changes.announce(home, 1);
    changes.announce(home, 1);
    leave();
    changes.announce(home, 2);
    expect(heard).toEqual(['one 1', 'two 1', 'two 2']);
  });

  it('tells subscribers what another process wrote', async () => {
    const { where, db, changes } = await prepare({ pollMs: 10 });
    await save(db, changes, 'x', 'a');
    const heard: number[] = [];
    let wake = () => {};
    const hear = () => new Promise<void>((resolve) => (wake = resolve));
    const first = hear();
    changes.subscribe(home, (seq) => {
      heard.push(seq);
      wake();
    });
    await first;
    const second = hear();
    const other = await open.at(where);
    await save(other, build(other), 'y', 'b');
    await second;
    expect(heard).toEqual([1, 2]);
  });
});
