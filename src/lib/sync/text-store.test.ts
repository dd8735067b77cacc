import 'fake-indexeddb/auto';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { compactAtRows, openTextStore } from './text-store.ts';
import type { SavedState, TextStore } from './text-store.ts';

const server = { name: 'socket' };

interface Device {
  doc: Y.Doc;
  store: TextStore;
  marks: string[];
  states: SavedState[];
}

function device(name: string, options: { factory?: IDBFactory; mark?: () => Promise<void> } = {}): Device {
  const doc = new Y.Doc();
  const marks: string[] = [];
  const states: SavedState[] = [];
  const store = openTextStore({
    factory: options.factory ?? indexedDB,
    name,
    doc,
    isFromServer: (origin) => origin === server,
    beforeUnsent: async () => {
      await options.mark?.();
      marks.push('marked');
    },
    onState: (state) => states.push(state),
    after: (delay, work) => {
      const timer = setTimeout(work, delay);
      return () => clearTimeout(timer);
    },
  });
  return { doc, store, marks, states };
}

const rowsIn = (name: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const request = indexedDB.open(name);
    request.onerror = () => reject(new Error(request.error?.message));
    request.onsuccess = () => {
      const count = request.result.transaction('updates').objectStore('updates').count();
      count.onsuccess = () => {
        request.result.close();
        resolve(count.result);
      };
    };
  });

const text = (doc: Y.Doc): string => doc.getText('t').toJSON();

describe('the text of a document on the device', () => {
  it('is there again after a restart', async () => {
    const first = device('again');
    await first.store.loaded;
    first.doc.getText('t').insert(0, 'kept');
    expect(await first.store.settled()).toBe(true);
    await first.store.close();
    const second = device('again');
    await second.store.loaded;
    expect(text(second.doc)).toBe('kept');
    expect(second.marks).toEqual([]);
    await second.store.close();
  });

  it('keeps what is written before it has loaded', async () => {
    const first = device('early');
    first.doc.getText('t').insert(0, 'early');
    await first.store.close();
    const second = device('early');
    await second.store.loaded;
    expect(text(second.doc)).toBe('early');
    await second.store.close();
  });

  it('writes the waiting mark before the first row that the server does not have', async () => {
    let rowsAtMark = -1;
    const one = device('marked', {
      mark: async () => {
        if (rowsAtMark < 0) rowsAtMark = await rowsIn('marked');
      },
    });
    await one.store.loaded;
    const before = await rowsIn('marked');
    one.doc.getText('t').insert(0, 'mine');
    await one.store.settled();
    expect(rowsAtMark).toBe(before);
    expect(await rowsIn('marked')).toBe(before + 1);
    await one.store.close();
  });

  it('writes no row when the mark cannot be written, and tells', async () => {
    const one = device('unmarked', { mark: () => Promise.reject(new Error('no mark')) });
    await one.store.loaded;
    const before = await rowsIn('unmarked');
    one.doc.getText('t').insert(0, 'mine');
    expect(await one.store.settled()).toBe(false);
    expect(one.states.at(-1)).toBe('failed');
    expect(await rowsIn('unmarked')).toBe(before);
    await one.store.close();
  });

  it('stores what came from the server without a mark', async () => {
    const other = new Y.Doc();
    other.getText('t').insert(0, 'theirs');
    const one = device('theirs');
    await one.store.loaded;
    Y.applyUpdate(one.doc, Y.encodeStateAsUpdate(other), server);
    expect(await one.store.settled()).toBe(true);
    expect(one.marks).toEqual([]);
    await one.store.close();
  });

  it('never throws into Yjs when storage is gone, and says so', async () => {
    const broken = {
      open: () => {
        throw new DOMException('gone', 'UnknownError');
      },
    } as unknown as IDBFactory;
    const one = device('broken', { factory: broken });
    await one.store.loaded;
    expect(() => one.doc.getText('t').insert(0, 'typed')).not.toThrow();
    expect(await one.store.settled()).toBe(false);
    expect(one.states.at(-1)).toBe('failed');
    expect(text(one.doc)).toBe('typed');
    await one.store.close();
  });

  it('takes in what another tab wrote, and hands it on as an update for the socket', async () => {
    const one = device('tabs');
    await one.store.loaded;
    const two = device('tabs');
    await two.store.loaded;
    two.doc.getText('t').insert(0, 'from the other tab');
    await two.store.settled();
    const origins: unknown[] = [];
    one.doc.on('update', (_update: Uint8Array, origin: unknown) => origins.push(origin));
    await one.store.readNew();
    expect(text(one.doc)).toBe('from the other tab');
    expect(origins).toHaveLength(1);
    expect(origins[0]).not.toBe(server);
    await one.store.close();
    await two.store.close();
  });

  it('becomes one row when it has grown past the limit, and says the same', async () => {
    const one = device('compact');
    await one.store.loaded;
    for (let count = 0; count <= compactAtRows; count += 1) one.doc.getText('t').insert(0, 'x');
    await one.store.settled();
    expect(await rowsIn('compact')).toBeGreaterThan(compactAtRows);
    await one.store.close();
    expect(await rowsIn('compact')).toBe(1);
    const again = device('compact');
    await again.store.loaded;
    expect(text(again.doc)).toHaveLength(compactAtRows + 1);
    await again.store.close();
  });
});
