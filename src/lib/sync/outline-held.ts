/** The headings of a text this device holds, read from its rows alone: no room is opened, nothing is written. */
import { openDB } from 'idb';
import * as Y from 'yjs';
import { contentOf } from '#domain/documents/content.ts';
import { project } from '#domain/documents/project.ts';
import type { OutlineEntry } from '#domain/documents/project.ts';
import { documentDatabaseName } from '../device/person.ts';

/** Null when the device does not hold the text. */
export async function outlineHeld(personId: string, documentId: string): Promise<OutlineEntry[] | null> {
  let isNew = false;
  // Opening what is not there would make it: the abort takes that back.
  const database = await openDB(documentDatabaseName(personId, documentId), undefined, {
    upgrade: (_database, _from, _to, tx) => {
      isNew = true;
      tx.done.catch(() => undefined);
      tx.abort();
    },
  }).catch((error: unknown) => {
    if (isNew) return null;
    throw error;
  });
  if (!database) return null;
  try {
    if (!database.objectStoreNames.contains('updates')) return null;
    const rows = (await database.getAll('updates')) as Uint8Array[];
    if (rows.length === 0) return null;
    const doc = new Y.Doc();
    Y.applyUpdate(doc, Y.mergeUpdates(rows));
    return project(contentOf(doc)).outline;
  } finally {
    database.close();
  }
}
