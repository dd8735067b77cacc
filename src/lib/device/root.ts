/**
 * The small database `stoa`: who has used this device, who is current, and the few choices that belong to the
 * device rather than to a person. Everything of a person lies in a database of their own, so that signing out
 * can take all of it away.
 */
import type { DBSchema } from 'idb';
import type { WorkspaceId } from '#domain/ids.ts';
import type { Instant } from '#domain/time.ts';
import { createConnection } from './connection.ts';

/** What the server last said about the signed-in person, kept so that the app opens without it. */
export interface RememberedPerson<Account> {
  personId: string;
  account: Account;
  usedAt: Instant;
}

interface RootSchema extends DBSchema {
  people: { key: string; value: RememberedPerson<unknown> };
  settings: { key: string; value: { name: string; value: unknown } };
}

/** Choices of the device. `current` is the person whose database the app opens. */
export interface DeviceSettings {
  current: string;
  theme: 'light' | 'dark' | 'system';
  language: string;
  /** The workspace that each person had open last, by person. */
  workspaces: Record<string, WorkspaceId>;
  /** The person left while offline: the session is still to be ended on the server. */
  signOutPending: boolean;
  /** People whose copies are to be wiped, while some part of them would not go. */
  wipePending: string[];
}

export interface RootDevice<Account> {
  people(): Promise<RememberedPerson<Account>[]>;
  current(): Promise<RememberedPerson<Account> | null>;
  /** Remembers what the server said and makes the person current. */
  remember(person: RememberedPerson<Account>): Promise<void>;
  /** Nobody is current any more; with `wipe` the person is forgotten too. */
  leave(personId: string, wipe: boolean): Promise<void>;
  setting<Name extends keyof DeviceSettings>(name: Name): Promise<DeviceSettings[Name] | null>;
  choose<Name extends keyof DeviceSettings>(name: Name, value: DeviceSettings[Name]): Promise<void>;
  close(): void;
}

/**
 * 1 (2026): people and settings.
 */
const rootVersion = 1;

export function openRoot<Account>(factory: IDBFactory): RootDevice<Account> {
  const connection = createConnection<RootSchema>({
    factory,
    name: 'stoa',
    version: rootVersion,
    upgrade: (database) => {
      database.createObjectStore('people', { keyPath: 'personId' });
      database.createObjectStore('settings', { keyPath: 'name' });
    },
  });

  const setting = <Name extends keyof DeviceSettings>(name: Name) =>
    connection.run(async (database) => {
      const row = await database.get('settings', name);
      return (row?.value ?? null) as DeviceSettings[Name] | null;
    });

  return {
    setting,
    people: () =>
      connection.run(async (database) => (await database.getAll('people')) as RememberedPerson<Account>[]),
    current: () =>
      connection.run(async (database) => {
        const tx = database.transaction(['people', 'settings']);
        const current = await tx.objectStore('settings').get('current');
        if (typeof current?.value !== 'string') return null;
        const person = await tx.objectStore('people').get(current.value);
        return (person as RememberedPerson<Account> | undefined) ?? null;
      }),
    remember: (person) =>
      connection.run(async (database) => {
        const tx = database.transaction(['people', 'settings'], 'readwrite', { durability: 'strict' });
        await tx.objectStore('people').put(person);
        await tx.objectStore('settings').put({ name: 'current', value: person.personId });
        // Back again: what they make from now on must not fall to a wipe that was still to be finished.
        const pending = await tx.objectStore('settings').get('wipePending');
        const others = ((pending?.value ?? []) as string[]).filter(
          (personId) => personId !== person.personId,
        );
        await tx.objectStore('settings').put({ name: 'wipePending', value: others });
        await tx.done;
      }),
    leave: (personId, wipe) =>
      connection.run(async (database) => {
        const tx = database.transaction(['people', 'settings'], 'readwrite', { durability: 'strict' });
        const current = await tx.objectStore('settings').get('current');
        if (current?.value === personId) await tx.objectStore('settings').delete('current');
        if (wipe) await tx.objectStore('people').delete(personId);
        await tx.done;
      }),
    choose: (name, value) =>
      connection.run(async (database) => {
        await database.put('settings', { name, value });
      }),
    close: () => connection.close(),
  };
}
