/** Which documents can be read here without a network: those whose text this device holds. */
import { documentDatabasePrefix } from '../device/person.ts';

/** Asks the store of updates something; `nothing` when there is no such database or store. */
const askUpdates = <Answer>(
  factory: IDBFactory,
  name: string,
  nothing: Answer,
  ask: (updates: IDBObjectStore) => IDBRequest<Answer>,
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const request = factory.open(name);
    // Deleted since it was listed: must not come back as an empty one.
    request.onupgradeneeded = () => request.transaction?.abort();
    request.onerror = (event) => {
      event.preventDefault();
      resolve(nothing);
    };
    request.onsuccess = () => {
      const database = request.result;
      const end = (work: () => void) => {
        database.close();
        work();
      };
      if (!database.objectStoreNames.contains('updates')) return end(() => resolve(nothing));
      const asked = ask(database.transaction('updates').objectStore('updates'));
      asked.onsuccess = () => end(() => resolve(asked.result));
      asked.onerror = () => end(() => reject(asked.error ?? new DOMException('', 'UnknownError')));
    };
  });

/** Whether a text was ever written there. A document opened without a network leaves an empty database. */
const holdsText = async (factory: IDBFactory, name: string): Promise<boolean> => {
  const rows = await askUpdates(factory, name, 0, (updates) => updates.count()).catch(() => 0);
  return rows > 0;
};

/** The updates that make up a text, in the order in which they were written; none for what is not here. */
export const rowsOfText = (factory: IDBFactory, name: string): Promise<Uint8Array[]> =>
  askUpdates<Uint8Array[]>(factory, name, [], (updates) => updates.getAll() as IDBRequest<Uint8Array[]>);

/** The ids of the documents whose text of this person's lies on the device. */
export async function textsHeld(factory: IDBFactory, personId: string): Promise<string[]> {
  const prefix = documentDatabasePrefix(personId);
  const held: string[] = [];
  for (const { name } of await factory.databases())
    if (name?.startsWith(prefix) && (await holdsText(factory, name))) held.push(name.slice(prefix.length));
  return held;
}
