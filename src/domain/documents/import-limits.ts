/** The bounds of an import, apart from its parser, so that the outbox can refuse without loading it. */
import { DomainError } from '../errors.ts';
import { fitTitle } from './rules.ts';

/**
 * Bytes of one Markdown file. About 200,000 words: a document takes three times the bytes of its Markdown
 * (`test/bench/import.ts`), and begins below the size that is reported to the operator
 * (`documentBytesSoftLimit` in `domain/sync/wire.ts`).
 */
export const markdownByteLimit = 1_500_000;
export const fileNameLengthLimit = 255;

/** Bytes as UTF-8, without making them. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    // Either half of a surrogate pair counts two, which makes the four bytes of the pair.
    bytes += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return bytes;
}

/** Throws `too_large` with the limit and the size in bytes. */
export function checkImportSize(text: string): void {
  const bytes = text.length > markdownByteLimit ? text.length : utf8Length(text);
  if (bytes > markdownByteLimit) throw new DomainError('too_large', { limit: markdownByteLimit, bytes });
}

/** The last resort for a title: the file's name without folders and ending, with dashes read as spaces. */
export function titleOfFile(fileName: string): string {
  const base = fileName.split(/[\\/]/u).pop() ?? '';
  const bare = base.replace(/\.(?:md|markdown|mdown|mkd|txt)$/iu, '').replace(/[-_]+/gu, ' ');
  const title = fitTitle(bare);
  return title === '' ? fitTitle(fileName) || '?' : title.charAt(0).toUpperCase() + title.slice(1);
}
