import 'fake-indexeddb/auto';
import { openDB } from 'idb';
import { expect, it } from 'vitest';
import * as Y from 'yjs';
import { textOf } from '#domain/documents/shape.ts';
import { documentDatabaseName } from '../device/person.ts';
import { outlineHeld } from './outline-held.ts';

/** As the text store writes it: one row for each change. */
async function hold(personId: string, documentId: string, headings: readonly string[]): Promise<void> {
  const database = await openDB(documentDatabaseName(personId, documentId), 1, {
    upgrade: (made) => {
      made.createObjectStore('updates', { autoIncrement: true });
    },
  });
  const doc = new Y.Doc();
  const rows: Uint8Array[] = [];
  doc.on('update', (update: Uint8Array) => rows.push(update));
  for (const [index, words] of headings.entries()) {
    const heading = new Y.XmlElement('heading');
    heading.setAttribute('clauseId', `c${index}`);
    heading.insert(0, [new Y.XmlText(words)]);
    textOf(doc).push([heading]);
  }
  for (const row of rows) await database.add('updates', row);
  database.close();
}

it('reads the headings of a held text', async () => {
  await hold('ana', 'returns', ['Scope', 'Deadlines']);
  const outline = await outlineHeld('ana', 'returns');
  expect(outline?.map(({ clauseId, text }) => [clauseId, text])).toEqual([
    ['c0', 'Scope'],
    ['c1', 'Deadlines'],
  ]);
});

it('finds nothing where no text is held, and leaves nothing behind', async () => {
  await hold('ana', 'opened-in-vain', []);
  expect(await outlineHeld('ana', 'opened-in-vain')).toBeNull();
  expect(await outlineHeld('ana', 'never-seen')).toBeNull();
  const names = (await indexedDB.databases()).map(({ name }) => name);
  expect(names).not.toContain(documentDatabaseName('ana', 'never-seen'));
});
