import 'fake-indexeddb/auto';
import { IDBFactory as FakeFactory } from 'fake-indexeddb';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { CommandId, WorkspaceId } from '#domain/ids.ts';
import { createRooms } from '../replica/rooms.ts';
import type { Channel } from './environment.ts';
import { openPerson, personDatabaseName } from './person.ts';
import { changeset } from './rows.ts';
import type { CommandRow } from './rows.ts';
import { createTabs } from './tabs.ts';
import type { Tabs } from './tabs.ts';

const workspaceId = 'w' as WorkspaceId;

const command = (id: string, order: number): CommandRow => ({
  commandId: id as CommandId,
  workspaceId,
  order,
  name: 'cases.note',
  aggregate: 'case/1',
  input: {},
  base: null,
  baseSeq: null,
  occurredAt: '2026-01-01T00:00:00.000Z',
  refusal: null,
});

/** A browser profile: tabs that hear each other, or not. */
function profile({ mayRestore = true } = {}) {
  const factory = new FakeFactory();
  const channels = new Set<Channel>();
  let isDeaf = false;
  const openChannel = (): Channel => {
    const channel: Channel = {
      onmessage: null,
      postMessage: (data) => {
        if (isDeaf) return;
        const copy: unknown = structuredClone(data);
        for (const other of channels)
          if (other !== channel) setTimeout(() => other.onmessage?.({ data: copy }));
      },
      close: () => channels.delete(channel),
    };
    channels.add(channel);
    return channel;
  };
  return {
    factory,
    setDeaf: (value: boolean) => {
      isDeaf = value;
    },
    open: async (): Promise<Tabs> => {
      const tabs = createTabs({
        device: openPerson(factory, 'p'),
        environment: {
          openChannel,
          after: (delayMs, work) => {
            const timer = setTimeout(work, delayMs);
            return () => clearTimeout(timer);
          },
        },
        personId: 'p',
        workspaceId,
        mayRestore: async () => mayRestore,
      });
      await tabs.open();
      return tabs;
    },
  };
}

const add = (tabs: Tabs, id: string) =>
  tabs.commit(() => {
    const order = tabs.memory.order + 1;
    return changeset({ order, commands: [command(id, order)] });
  });

const idsOf = (tabs: Tabs) => tabs.memory.commands.map(({ commandId }) => commandId as string);

describe('tabs of one person', () => {
  it('that write at the same moment decide one after the other, and end equal', async () => {
    const { open } = profile();
    const [first, second] = [await open(), await open()];
    await Promise.all(Array.from({ length: 20 }, (_, index) => add(index % 2 ? first : second, `c${index}`)));
    await first.catchUp();
    await second.catchUp();
    expect(idsOf(first)).toHaveLength(20);
    expect(idsOf(first)).toEqual(idsOf(second));
    expect(new Set(first.memory.commands.map(({ order }) => order)).size).toBe(20);
  });

  it('that lost messages notice it before they decide anything', async () => {
    const { open, setDeaf } = profile();
    const [first, second] = [await open(), await open()];
    setDeaf(true);
    await add(first, 'unheard');
    let seen: string[] = [];
    await second.commit(() => {
      seen = idsOf(second);
      return changeset({});
    });
    expect(seen).toEqual(['unheard']);
  });

  it('that wake up look for what they slept through', async () => {
    const { open, setDeaf } = profile();
    const [first, second] = [await open(), await open()];
    setDeaf(true);
    await add(first, 'while you slept');
    await second.catchUp();
    expect(idsOf(second)).toEqual(['while you slept']);
  });

  it('write nothing when the decision throws', async () => {
    const tabs = await profile().open();
    const refused = new Error('no');
    await expect(
      tabs.commit(() => {
        throw refused;
      }),
    ).rejects.toBe(refused);
    await add(tabs, 'after it');
    expect(tabs.memory.revision).toBe(1);
  });
});

/** What a browser does when storage is cleared: connections are told, then everything is gone. */
const deleteUnderneath = (factory: IDBFactory) =>
  new Promise<void>((resolve, reject) => {
    const request = factory.deleteDatabase(personDatabaseName('p'));
    request.onsuccess = () => resolve();
    request.onerror = () => reject(new Error('not deleted'));
  });

describe('a database deleted underneath', () => {
  it('is written again from what the tab holds, and nothing waiting is lost', async () => {
    const { open, factory } = profile();
    const tabs = await open();
    await add(tabs, 'before');
    await deleteUnderneath(factory);
    await add(tabs, 'after');
    const again = await open();
    expect(idsOf(again)).toEqual(['before', 'after']);
  });

  it('stays deleted when the person has left this device', async () => {
    const { open, factory } = profile({ mayRestore: false });
    const tabs = await open();
    await add(tabs, 'before');
    await deleteUnderneath(factory);
    await expect(add(tabs, 'after')).rejects.toMatchObject({ code: 'not_signed_in' });
    expect(idsOf(await open())).toEqual([]);
  });
});

describe('the device', () => {
  afterEach(() => vi.restoreAllMocks());

  it('says that it is full, keeps what it has, and goes on when there is room', async () => {
    const { open, factory } = profile();
    const tabs = await open();
    await add(tabs, 'fits');
    const noRoom = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
      throw new DOMException('full', 'QuotaExceededError');
    });
    await expect(add(tabs, 'does not')).rejects.toMatchObject({ code: 'device_full' });
    noRoom.mockRestore();
    expect(idsOf(tabs)).toEqual(['fits']);
    await add(tabs, 'fits again');
    expect((await openPerson(factory, 'p').load(workspaceId)).commands).toHaveLength(2);
  });

  it('asks the disk itself to confirm every write', async () => {
    const transactions = vi.spyOn(IDBDatabase.prototype, 'transaction');
    await add(await profile().open(), 'one');
    const asked = transactions.mock.calls.flatMap(([, mode, options]) =>
      mode === 'readwrite' ? [options?.durability] : [],
    );
    expect(asked).toEqual(['strict']);
  });
});

describe('marks of documents with unsent text', () => {
  const roomsOf = (tabs: Tabs, tabName: string, open: string[]) =>
    createRooms({
      tabs,
      workspaceId,
      tabName,
      openTabs: async () => new Set(open),
      now: () => '2026-01-01T00:00:00.000Z',
    });

  it('are on disk before markWaiting resolves, and gone after the acknowledgement', async () => {
    const { open } = profile();
    const tabs = await open();
    const rooms = roomsOf(tabs, 't1', ['t1']);
    await rooms.markWaiting('d');
    expect((await open()).memory.rooms.get('d')?.marks).toHaveProperty('t1');
    await rooms.acknowledge('d', await rooms.marksOf('d'), null);
    expect(rooms.stateOf('d')).toMatchObject({ waitingSince: null });
  });

  it('survive an acknowledgement that a new edit overtakes', async () => {
    const tabs = await profile().open();
    const rooms = roomsOf(tabs, 't1', ['t1']);
    await rooms.markWaiting('d');
    const acknowledging = rooms.acknowledge('d', await rooms.marksOf('d'), null);
    await rooms.markWaiting('d');
    await acknowledging;
    await rooms.markWaiting('d');
    expect(rooms.stateOf('d')?.waitingSince).not.toBeNull();
  });

  it('of another open tab stay, those of a tab that has ended go', async () => {
    const tabs = await profile().open();
    await roomsOf(tabs, 'open', []).markWaiting('d');
    await roomsOf(tabs, 'ended', []).markWaiting('d');
    const mine = roomsOf(tabs, 'mine', ['mine', 'open']);
    await mine.acknowledge('d', await mine.marksOf('d'), null);
    expect(Object.keys(tabs.memory.rooms.get('d')?.marks ?? {})).toEqual(['open']);
  });

  it('say that the server refuses the text, until it is taken after all or let go of', async () => {
    const tabs = await profile().open();
    const rooms = roomsOf(tabs, 't1', ['t1']);
    const refusedAt = () => tabs.memory.rooms.get('d')?.refusedAt;
    await rooms.refuse('d');
    expect(refusedAt()).toBeUndefined();
    await rooms.markWaiting('d');
    await rooms.refuse('d');
    expect(refusedAt()).toBeDefined();
    await rooms.acknowledge('d', await rooms.marksOf('d'), null);
    expect(refusedAt()).toBeUndefined();
    await rooms.markWaiting('d');
    await rooms.refuse('d');
    await rooms.letGo('d');
    expect([refusedAt(), rooms.stateOf('d')?.waitingSince]).toEqual([undefined, null]);
  });
});
