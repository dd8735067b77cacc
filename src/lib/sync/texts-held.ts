/** Which documents can be read here without a network: those whose text this device holds. */
import { documentDatabasePrefix } from '../device/person.ts';

/** Whether a text was ever written there. A document opened without a network leaves an empty database. */
const holdsText = (factory: IDBFactory, name: string): Promise<boolean> =>
  new Promise((resolve) => {
    const request = factory.open(name);
    // Deleted since it was listed: must not come back as an empty one.
    request.onupgradeneeded = () => request.transaction?.abort();
    request.onerror = (event) => {
      event.preventDefault();
      resolve(false);
    };
    request.onsuccess = () => {
      const database = request.result;
      const isHeld = (held: boolean) => {
        database.close();
        resolve(held);
      };
      if (!database.objectStoreNames.contains('updates')) return isHeld(false);
      const rows = database.transaction('updates').objectStore('updates').count();
      rows.onsuccess = () => isHeld(rows.result > 0);
      rows.onerror = () => isHeld(false);
    };
  });

/** The ids of the documents whose text of this person's lies on the device. */
export async function textsHeld(factory: IDBFactory, personId: string): Promise<string[]> {
  const prefix = documentDatabasePrefix(personId);
  const held: string[] = [];
  for (const { name } of await factory.databases())
    if (name?.startsWith(prefix) && (await holdsText(factory, name))) held.push(name.slice(prefix.length));
  return held;
}
