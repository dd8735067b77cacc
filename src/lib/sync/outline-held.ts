/** What a text says that lies on this device, read from its rows alone: no room is opened, nothing is written. */
import * as Y from 'yjs';
import { contentOf } from '#domain/documents/content.ts';
import { project } from '#domain/documents/project.ts';
import type { OutlineEntry, Projection } from '#domain/documents/project.ts';
import { documentDatabaseName } from '../device/person.ts';
import { rowsOfText } from './texts-held.ts';

/** Null when the device does not hold the text. */
export async function projectionHeld(
  factory: IDBFactory,
  personId: string,
  documentId: string,
): Promise<Projection | null> {
  const rows = await rowsOfText(factory, documentDatabaseName(personId, documentId));
  if (rows.length === 0) return null;
  const doc = new Y.Doc();
  for (const row of rows) Y.applyUpdate(doc, row);
  const projection = project(contentOf(doc));
  doc.destroy();
  return projection;
}

/** Its headings. */
export const outlineHeld = async (personId: string, documentId: string): Promise<OutlineEntry[] | null> =>
  (await projectionHeld(indexedDB, personId, documentId))?.outline ?? null;
