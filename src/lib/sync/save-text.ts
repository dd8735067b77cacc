/** Hands the person what this device holds of a text, as a file: a way on where the server takes nothing. */
import { DomainError } from '#domain/errors.ts';
import { projectionHeld } from './outline-held.ts';

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

/** The plain words, by the browser's own way of saving; throws `not_found` when the device does not hold the text. */
export async function saveTextHeld(personId: string, documentId: string, title: string): Promise<void> {
  const held = await projectionHeld(indexedDB, personId, documentId);
  if (held === null) throw new DomainError('not_found');
  const url = URL.createObjectURL(new Blob([held.text], { type: 'text/plain;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = fileNameOf(title);
  link.click();
  // Not at once: the download reads it after the click has returned.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
