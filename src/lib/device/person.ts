/**
 * The database of one person on this device, `stoa-<personId>`. All writing goes through `write`, which
 * compares the database's revision with the writer's: a tab that is behind learns so before it decides
 * anything, and memory and disk can never disagree about what a decision was based on.
 */
import type { IDBPDatabase } from 'idb';
import type { WorkspaceId } from '#domain/ids.ts';
import type { Connection } from './connection.ts';
import { createConnection, deleteDatabase } from './connection.ts';
import type { Changeset, Image, PersonSchema } from './rows.ts';

export interface PersonDevice {
  load(workspaceId: WorkspaceId): Promise<Image>;
  /** How much of the person's other workspaces waits on this device. */
  waitingElsewhere(workspaceId: WorkspaceId): Promise<{ commands: number; documents: number }>;
  /** Undefined in a database that was never written, or was deleted underneath. */
  revision(): Promise<number | undefined>;
  /**
   * One transaction. `decide` runs inside it, at once and without waiting, if the database still stands at
   * `revision`; what it returns is written. `behind`: another tab has written since. `gone`: the database was
   * deleted underneath and `restore` has to be called with everything. What `decide` throws is thrown, and
   * nothing is written.
   */
  write(workspaceId: WorkspaceId, revision: number, decide: () => Changeset): Promise<Written>;
  /** Writes a whole image into a database that was deleted underneath. */
  restore(image: Image): Promise<void>;
  close(): void;
}

export type Written =
  { outcome: 'written'; revision: number; changes: Changeset } | { outcome: 'behind' } | { outcome: 'gone' };

/**
 * 1 (2026): records, cursors, outbox, sent, cards, rooms, meta.
 */
const personVersion = 1;

const stores = ['records', 'cursors', 'outbox', 'sent', 'cards', 'rooms', 'meta'] as const;

export const personDatabaseName = (personId: string): string => `stoa-${personId}`;

/** The texts of a person's documents lie in databases of their own, one a document, named with this prefix. */
export const documentDatabasePrefix = (personId: string): string =>
  `${personDatabaseName(personId)}-document/`;

export const documentDatabaseName = (personId: string, documentId: string): string =>
  `${documentDatabasePrefix(personId)}${documentId}`;

/** Deletes all that this device holds of a person; false when a part of it would not go yet. */
export async function wipePerson(factory: IDBFactory, personId: string): Promise<boolean> {
  const own = personDatabaseName(personId);
  const prefix = documentDatabasePrefix(personId);
  const found = (await factory.databases()).flatMap(({ name }) => name ?? []);
  const gone = await Promise.all(
    found
      .filter((name) => name === own || name.startsWith(prefix))
      .map((name) => deleteDatabase(factory, name)),
  );
  return gone.every((isGone) => isGone);
}

export function openPerson(factory: IDBFactory, personId: string): PersonDevice {
  const connection: Connection<PersonSchema> = createConnection<PersonSchema>({
    factory,
    name: personDatabaseName(personId),
    version: personVersion,
    upgrade: (database) => {
      database.createObjectStore('records', { keyPath: ['workspaceId', 'kind', 'id'] });
      database.createObjectStore('cursors', { keyPath: 'workspaceId' });
      database.createObjectStore('outbox', { keyPath: 'commandId' }).createIndex('workspace', 'workspaceId');
      database.createObjectStore('sent', { keyPath: 'commandId' });
      database.createObjectStore('cards', { keyPath: 'id' });
      database.createObjectStore('rooms', { keyPath: 'documentId' });
      database.createObjectStore('meta');
    },
  });

  /** Strict: the disk itself confirms, not only the browser's memory. */
  const transaction = (database: IDBPDatabase<PersonSchema>) =>
    database.transaction(stores, 'readwrite', { durability: 'strict' });

  return {
    load: (workspaceId) =>
      connection.run(async (database) => {
        const tx = database.transaction(stores);
        const here = <Row extends { workspaceId: WorkspaceId }>(rows: Row[]) =>
          rows.filter((row) => row.workspaceId === workspaceId);
        // An array sorts after every text, so this covers all kinds and ids of the workspace.
        const range = IDBKeyRange.bound([workspaceId], [workspaceId, []]);
        const [revision, order, records, cursor, commands, sent, cards, rooms] = await Promise.all([
          tx.objectStore('meta').get('revision'),
          tx.objectStore('meta').get('order'),
          tx.objectStore('records').getAll(range),
          tx.objectStore('cursors').get(workspaceId),
          tx.objectStore('outbox').index('workspace').getAll(workspaceId),
          tx.objectStore('sent').getAll(),
          tx.objectStore('cards').getAll(),
          tx.objectStore('rooms').getAll(),
        ]);
        return {
          revision: revision ?? 0,
          order: order ?? 0,
          records,
          cursor: cursor ?? null,
          commands,
          sent: here(sent),
          cards: here(cards),
          rooms: here(rooms),
        };
      }),

    waitingElsewhere: (workspaceId) =>
      connection.run(async (database) => {
        const tx = database.transaction(['outbox', 'rooms']);
        const [commands, rooms] = await Promise.all([
          tx.objectStore('outbox').getAll(),
          tx.objectStore('rooms').getAll(),
        ]);
        const isElsewhere = (row: { workspaceId: WorkspaceId }) => row.workspaceId !== workspaceId;
        return {
          commands: commands.filter(isElsewhere).length,
          documents: rooms.filter((row) => isElsewhere(row) && Object.keys(row.marks).length > 0).length,
        };
      }),

    revision: () => connection.run((database) => database.get('meta', 'revision')),

    write: (workspaceId, revision, decide) =>
      connection.run(async (database): Promise<Written> => {
        const tx = transaction(database);
        const found = await tx.objectStore('meta').get('revision');
        if ((found ?? 0) !== revision) {
          await tx.done;
          return { outcome: found === undefined ? 'gone' : 'behind' };
        }
        const changes = decide();
        // Not awaited one by one: the transaction's end says that all of them are done, or none.
        const writes: Promise<unknown>[] = [];
        const records = tx.objectStore('records');
        for (const { kind, id } of changes.recordsGone) writes.push(records.delete([workspaceId, kind, id]));
        for (const row of changes.records) writes.push(records.put(row));
        if (changes.cursor) writes.push(tx.objectStore('cursors').put(changes.cursor));
        for (const id of changes.commandsGone) writes.push(tx.objectStore('outbox').delete(id));
        for (const row of changes.commands) writes.push(tx.objectStore('outbox').put(row));
        for (const id of changes.sentGone) writes.push(tx.objectStore('sent').delete(id));
        for (const row of changes.sent) writes.push(tx.objectStore('sent').put(row));
        for (const id of changes.cardsGone) writes.push(tx.objectStore('cards').delete(id));
        for (const row of changes.cards) writes.push(tx.objectStore('cards').put(row));
        for (const row of changes.rooms) writes.push(tx.objectStore('rooms').put(row));
        if (changes.order !== null) writes.push(tx.objectStore('meta').put(changes.order, 'order'));
        writes.push(tx.objectStore('meta').put(revision + 1, 'revision'));
        await Promise.all([...writes, tx.done]);
        return { outcome: 'written', revision: revision + 1, changes };
      }),

    restore: (image) =>
      connection.run(async (database) => {
        const tx = transaction(database);
        const writes: Promise<unknown>[] = [];
        for (const row of image.records) writes.push(tx.objectStore('records').put(row));
        if (image.cursor) writes.push(tx.objectStore('cursors').put(image.cursor));
        for (const row of image.commands) writes.push(tx.objectStore('outbox').put(row));
        for (const row of image.sent) writes.push(tx.objectStore('sent').put(row));
        for (const row of image.cards) writes.push(tx.objectStore('cards').put(row));
        for (const row of image.rooms) writes.push(tx.objectStore('rooms').put(row));
        writes.push(tx.objectStore('meta').put(image.order, 'order'));
        writes.push(tx.objectStore('meta').put(image.revision, 'revision'));
        await Promise.all([...writes, tx.done]);
      }),

    close: () => connection.close(),
  };
}
