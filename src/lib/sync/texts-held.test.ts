import { IDBFactory } from 'fake-indexeddb';
import { expect, it } from 'vitest';
import { documentDatabaseName, personDatabaseName } from '../device/person.ts';
import { textsHeld } from './texts-held.ts';

const database = (factory: IDBFactory, name: string, updates: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const request = factory.open(name, 1);
    request.onerror = () => reject(new Error(name));
    request.onupgradeneeded = () => {
      const store = request.result.createObjectStore('updates', { autoIncrement: true });
      for (let n = 0; n < updates; n += 1) store.add(new Uint8Array([n]));
    };
    request.onsuccess = () => {
      request.result.close();
      resolve();
    };
  });

it('counts the texts that one person holds here, not what was opened in vain or is another’s', async () => {
  const factory = new IDBFactory();
  await database(factory, personDatabaseName('ana'), 1);
  await database(factory, documentDatabaseName('ana', 'read'), 3);
  await database(factory, documentDatabaseName('ana', 'never-came'), 0);
  await database(factory, documentDatabaseName('bea', 'hers'), 1);
  expect(await textsHeld(factory, 'ana')).toEqual(['read']);
  expect(await textsHeld(factory, 'nobody')).toEqual([]);
});
