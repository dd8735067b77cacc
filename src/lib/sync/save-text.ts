/** Hands the person what this device holds of a text, as a file: a way on where the server takes nothing. */
import * as Y from 'yjs';
import { contentOf } from '#domain/documents/content.ts';
import { project } from '#domain/documents/project.ts';
import { documentDatabaseName } from '../device/person.ts';
import { rowsOfText } from './texts-held.ts';

const fileNameLengthLimit = 80;

/** A title as the name of a file on any system. */
export function fileNameOf(title: string): string {
  const name = title
    .normalize('NFC')
    .replaceAll(/[^\p{L}\p{N} _.-]+/gu, ' ')
    .replaceAll(/\s+/gu, ' ')
    .replace(/^[ .]+/u, '')
    .slice(0, fileNameLengthLimit)
    .toWellFormed()
    .replace(/[ .]+$/u, '');
  return `${name === '' ? 'text' : name}.txt`;
}

/** The plain words of a text as it lies on the device; null when it does not. */
export async function textHeld(factory: IDBFactory, personId: string, id: string): Promise<string | null> {
  const rows = await rowsOfText(factory, documentDatabaseName(personId, id));
  if (rows.length === 0) return null;
  const doc = new Y.Doc();
  for (const row of rows) Y.applyUpdate(doc, row);
  const { text } = project(contentOf(doc));
  doc.destroy();
  return text;
}

/** The browser's own way of saving. */
export function saveAsFile(title: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = fileNameOf(title);
  link.click();
  // Not at once: the download reads it after the click has returned.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
