import 'fake-indexeddb/auto';
import fc from 'fast-check';
import { IDBFactory as FakeFactory } from 'fake-indexeddb';
import { expect, it } from 'vitest';
import type { CommandId, WorkspaceId } from '#domain/ids.ts';
import type { FeedCursor, FeedPage, StoredRecord } from '#domain/records.ts';
import type { Channel } from '../device/environment.ts';
import { openPerson } from '../device/person.ts';
import { changeset } from '../device/rows.ts';
import type { CommandRow } from '../device/rows.ts';
import { createTabs } from '../device/tabs.ts';
import type { Tabs } from '../device/tabs.ts';
import { createFeed } from './feed.ts';
import { changesOfAnswer } from './truth.ts';
import { rounds } from '../../../test/rounds.ts';

const workspaceId = 'w' as WorkspaceId;

/** The rules of `server/storage/changes.ts` on a map: one number a record, pages, tombstones, epochs. */
class ModelServer {
  readonly #records = new Map<string, { seq: number; name: string | null }>();
  readonly #hidden = new Set<string>();
  #seq = 0;
  #restores = 0;
  #access = 0;
  #backup: { records: [string, { seq: number; name: string | null }][]; seq: number } | null = null;

  change(id: string, name: string | null): StoredRecord {
    this.#seq += 1;
    this.#records.set(id, { seq: this.#seq, name });
    return this.#recordOf(id);
  }

  /** Rights change: everything is to be read anew. */
  hide(id: string, isHidden: boolean): void {
    if (isHidden) this.#hidden.add(id);
    else this.#hidden.delete(id);
    this.#seq += 1;
    this.#access = this.#seq;
  }

  backUp(): void {
    this.#backup = { records: [...this.#records], seq: this.#seq };
  }

  restore(): void {
    if (!this.#backup) return;
    this.#records.clear();
    for (const [id, record] of this.#backup.records) this.#records.set(id, record);
    this.#seq = this.#backup.seq;
    this.#restores += 1;
  }

  since(cursor: FeedCursor | null, pageLimit: number): FeedPage {
    const epoch = `e${this.#restores}.${this.#access}`;
    const restart = cursor === null || cursor.epoch !== epoch;
    const from = restart ? 0 : cursor.seq;
    const rows = [...this.#records].filter(([, { seq }]) => seq > from).sort(([, a], [, b]) => a.seq - b.seq);
    const page = rows.slice(0, pageLimit);
    const more = rows.length > pageLimit;
    const records = page.map(([id]) => this.#recordOf(id));
    return {
      cursor: { epoch, seq: more ? (page.at(-1)?.[1].seq ?? 0) : this.#seq },
      records: restart ? records.filter(({ value }) => value !== null) : records,
      more,
      restart,
    };
  }

  visible(): Record<string, string> {
    const entries = [...this.#records.keys()].flatMap((id): [string, string][] => {
      const { value } = this.#recordOf(id);
      return value ? [[id, (value as { name: string }).name]] : [];
    });
    return Object.fromEntries(entries);
  }

  #recordOf(id: string): StoredRecord {
    const { seq, name } = this.#records.get(id) ?? { seq: 0, name: null };
    const value = name === null || this.#hidden.has(id) ? null : { id, workspaceId, parentId: null, name };
    return { kind: 'folder', id, seq, value } as StoredRecord;
  }
}

const silent: Channel = { postMessage: () => undefined, onmessage: null, close: () => undefined };

async function openTabs(factory: IDBFactory): Promise<Tabs> {
  const tabs = createTabs({
    device: openPerson(factory, 'p'),
    environment: { openChannel: () => silent, after: () => () => undefined },
    personId: 'p',
    workspaceId,
    mayRestore: async () => true,
  });
  await tabs.open();
  return tabs;
}

const held = ({ memory }: Tabs): Record<string, string> =>
  Object.fromEntries(
    [...memory.recordsOf('folder')].flatMap(({ id, value }): [string, string][] =>
      value === null ? [] : [[id, (value as { name: string }).name]],
    ),
  );

type Step =
  | { kind: 'change'; id: string; name: string | null }
  | { kind: 'answer'; id: string; name: string | null; isLate: boolean }
  | { kind: 'hide'; id: string; isHidden: boolean }
  | { kind: 'overtake'; id: string; name: string | null }
  | { kind: 'backUp' | 'restore' | 'read' | 'cut' | 'kill' };

const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g');
const name = fc.option(fc.constantFrom('x', 'y', 'z'), { freq: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('change' as const), id, name }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('answer' as const), id, name, isLate: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('overtake' as const), id, name }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('hide' as const), id, isHidden: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('backUp' as const, 'restore', 'read', 'read', 'cut', 'cut', 'kill'),
    }),
  },
);

it('whatever pages, answers, restarts, restores and crashes do, the device ends with what may be seen', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 40, size: 'max' }),
      fc.integer({ min: 1, max: 4 }),
      async (steps, pageLimit) => {
        const server = new ModelServer();
        const factory = new FakeFactory();
        const late: StoredRecord[] = [];
        let tabs = await openTabs(factory);
        /** Pages that still come through before the line breaks. */
        let pagesLeft = Infinity;
        let isRestoreUnknown = false;
        /** A command answered while the last page of the next read is on its way. */
        let overtake: { id: string; name: string | null } | null = null;
        const feedOf = (of: Tabs) => {
          const feed = createFeed({
            memory: of.memory,
            workspaceId,
            ask: async (cursor) => {
              pagesLeft -= 1;
              if (pagesLeft < 0) throw new TypeError('fetch failed');
              const page = server.since(cursor, pageLimit);
              const overtaking = page.more ? null : overtake;
              if (overtaking) {
                overtake = null;
                await answer(server.change(overtaking.id, overtaking.name));
              }
              return page;
            },
            commit: (decide) => of.commit(decide),
            onRead: () => undefined,
            onRestart: () => undefined,
            onFailure: () => undefined,
            reoffer: () => ({}),
          });
          of.onChange((changes) => changes && feed.noticed(changes));
          return feed;
        };
        let feed = feedOf(tabs);
        const answer = (record: StoredRecord) =>
          tabs.commit(() => changeset(changesOfAnswer(tabs.memory, workspaceId, [record])));

        for (const one of steps) {
          if (one.kind === 'change') server.change(one.id, one.name);
          else if (one.kind === 'hide') server.hide(one.id, one.isHidden);
          else if (one.kind === 'backUp') server.backUp();
          else if (one.kind === 'overtake') overtake = one;
          else if (one.kind === 'restore') {
            // The connection of an answer on its way does not survive the server.
            late.length = 0;
            isRestoreUnknown = true;
            server.restore();
          } else if (one.kind === 'answer') {
            const record = server.change(one.id, one.name);
            if (one.isLate) late.push(record);
            else await answer(record);
          } else if (one.kind === 'kill') {
            await tabs.close();
            tabs = await openTabs(factory);
            feed = feedOf(tabs);
          } else {
            pagesLeft = one.kind === 'cut' ? 1 : Infinity;
            const overtaking = overtake;
            await feed.read();
            // An answer just stored must not vanish with the end of a read that could not know of it; only
            // after a restore that the device has not learnt of are numbers too small to be believed.
            if (overtaking && !overtake && !isRestoreUnknown)
              expect(held(tabs)[overtaking.id]).toEqual(server.visible()[overtaking.id]);
            // Until everything is read anew, rows of before the restore still lie there with their numbers.
            isRestoreUnknown &&= tabs.memory.cursor?.sweeping ?? true;
          }
          const arriving = late.length > 2 ? late.shift() : undefined;
          if (arriving) await answer(arriving);
        }
        pagesLeft = Infinity;
        overtake = null;
        for (const record of late) await answer(record);
        await feed.read();
        expect(held(tabs)).toEqual(server.visible());
        expect([...tabs.memory.deletions()]).toEqual([]);
        await tabs.close();
        const again = await openTabs(factory);
        expect(held(again)).toEqual(server.visible());
        await again.close();
      },
    ),
    { numRuns: rounds(120) },
  );
}, 120_000);

it('what was accepted lately goes back to the head of the outbox when the server was restored', async () => {
  const server = new ModelServer();
  const tabs = await openTabs(new FakeFactory());
  const row: CommandRow = {
    commandId: 'c1' as CommandId,
    workspaceId,
    order: 1,
    name: 'folders.rename',
    aggregate: 'folder/a',
    input: {},
    base: null,
    baseSeq: null,
    occurredAt: '2026-01-01T00:00:00.000Z',
    refusal: null,
  };
  const later = { ...row, commandId: 'c2' as CommandId, order: 2 };
  const feed = createFeed({
    memory: tabs.memory,
    workspaceId,
    ask: async (cursor) => server.since(cursor, 10),
    commit: (decide) => tabs.commit(decide),
    onRead: () => undefined,
    onRestart: () => undefined,
    onFailure: () => undefined,
    reoffer: () => ({ commands: [row], sentGone: [row.commandId] }),
  });
  server.backUp();
  server.change('a', 'x');
  await feed.read();
  await tabs.commit(() => changeset({ commands: [later] }));
  server.hide('b', true);
  await feed.read();
  expect(tabs.memory.commands, 'a change of rights offers nothing again').toEqual([later]);
  server.restore();
  await feed.read();
  expect(tabs.memory.commands).toEqual([row, later]);
  await tabs.close();
});
