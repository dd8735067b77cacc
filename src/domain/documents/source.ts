/** What a document was imported from, and whether a file about to be imported is here already. */
import { digest } from 'lib0/hash/sha256';
import type { DocumentRecord, DocumentSource } from './document.ts';

/** A file as it is compared with what is here: read, but not imported yet. */
export interface ReadSource {
  fileName: string;
  title: string;
  hash: string;
}

/**
 * SHA-256 of a file's text, as hexadecimal digits. The text decides and not its bytes: line ends and a byte
 * order mark differ between devices, and so does the encoding. In plain JavaScript, because a page on a
 * network address without https has no Web Crypto.
 */
export function hashOfText(text: string): string {
  const plain = text.replace(/^\ufeff/u, '').replaceAll(/\r\n?/gu, '\n');
  return Array.from(digest(new TextEncoder().encode(plain)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}

/** A document that a file may already have become. */
export interface Twin {
  document: DocumentRecord;
  /** Whether the document came from the same text; null where that was not kept. */
  isSame: boolean | null;
}

const folded = (text: string): string => text.normalize('NFC').toLocaleLowerCase('und').trim();
/** Documents stored by an older version of the app on this device do not have the field. */
const sourceOf = (document: DocumentRecord): DocumentSource | null =>
  (document as { source?: DocumentSource | null }).source ?? null;

/**
 * The document that a file may already have become: one from the very same text, else one of the same title
 * or from a file of the same name. Those in use before archived ones, then the newest.
 */
export function twinOf(file: ReadSource, documents: Iterable<DocumentRecord>): Twin | null {
  const twins: Twin[] = [];
  for (const document of documents) {
    const source = sourceOf(document);
    const hash = source?.hash ?? null;
    const isNamed =
      folded(document.title) === folded(file.title) ||
      (source !== null && folded(source.fileName) === folded(file.fileName));
    if (hash === file.hash) twins.push({ document, isSame: true });
    else if (isNamed) twins.push({ document, isSame: hash === null ? null : false });
  }
  const rank = ({ document, isSame }: Twin): number =>
    (isSame === true ? 0 : 2) + (document.archivedAt === null ? 0 : 1);
  twins.sort((a, b) => rank(a) - rank(b) || (a.document.createdAt < b.document.createdAt ? 1 : -1));
  return twins[0] ?? null;
}
