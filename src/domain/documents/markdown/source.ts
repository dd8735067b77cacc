/** From a file's bytes to text that can be read as Markdown, or a refusal that says where and why. */
import { DomainError } from '../../errors.ts';
import { checkImportSize, markdownByteLimit } from '../import-limits.ts';

export type SourceEncoding = 'utf-8' | 'windows-1252';

/** Share of control characters from which a file is taken for something else than text. */
const controlShare = 0.01;

const startsWith = (bytes: Uint8Array, signature: readonly number[]): boolean =>
  signature.every((byte, index) => bytes[index] === byte);

const ascii = (text: string): number[] => Array.from(text, (letter) => letter.charCodeAt(0));
/** Files that are often renamed by mistake and may hold no zero byte near their start. */
const otherFormats: readonly (readonly number[])[] = [
  ascii('%PDF-'),
  ascii('{\\rtf'),
  ascii('PK\u0003\u0004'),
  [0x89, ...ascii('PNG')],
  [0xff, 0xd8, 0xff],
  ascii('GIF8'),
  [0x1f, 0x8b],
];

function looksBinary(bytes: Uint8Array): boolean {
  if (otherFormats.some((signature) => startsWith(bytes, signature))) return true;
  let controls = 0;
  for (const byte of bytes) {
    if (byte === 0) return true;
    // Tab, line feed, form feed and carriage return are at home in text.
    if (byte < 32 && byte !== 9 && byte !== 10 && byte !== 12 && byte !== 13) controls += 1;
  }
  return controls > 2 && controls > bytes.length * controlShare;
}

/**
 * Position of the first byte that is not UTF-8, or -1. Refuses what the Unicode standard calls ill-formed:
 * overlong forms, surrogates, numbers past U+10FFFF, sequences cut short (table 3-7).
 */
export function firstInvalidUtf8(bytes: Uint8Array): number {
  for (let at = 0; at < bytes.length;) {
    const lead = bytes[at] as number;
    if (lead < 0x80) {
      at += 1;
      continue;
    }
    const length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    if (length === 0 || at + length > bytes.length) return at;
    const second = bytes[at + 1] as number;
    const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
    const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
    if (second < low || second > high) return at;
    for (let index = at + 2; index < at + length; index += 1)
      if (((bytes[index] as number) & 0xc0) !== 0x80) return at;
    at += length;
  }
  return -1;
}

/** "Unicode text" of Windows: UTF-16, which its first two bytes say. Undefined without them. */
const utf16Of = (bytes: Uint8Array): 'utf-16le' | 'utf-16be' | undefined =>
  startsWith(bytes, [0xff, 0xfe]) ? 'utf-16le' : startsWith(bytes, [0xfe, 0xff]) ? 'utf-16be' : undefined;

function decodeUtf16(bytes: Uint8Array, encoding: 'utf-16le' | 'utf-16be'): string {
  let text: string;
  try {
    text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw new DomainError('not_markdown');
  }
  // In UTF-8 it may be half as long again.
  checkImportSize(text);
  if (looksBinary(new TextEncoder().encode(text))) throw new DomainError('not_markdown');
  return text;
}

/**
 * The text of a Markdown file, in UTF-8 or in UTF-16 that says so. Throws `too_large` {limit, bytes}, `not_markdown`, or `not_utf8` {position}
 * with the 0-based byte where the text stops being UTF-8; the caller may then offer `windows-1252`, which
 * old Windows programs wrote and which no byte sequence contradicts.
 */
export function decodeMarkdown(bytes: Uint8Array, encoding: SourceEncoding = 'utf-8'): string {
  if (bytes.length > markdownByteLimit)
    throw new DomainError('too_large', { limit: markdownByteLimit, bytes: bytes.length });
  const utf16 = utf16Of(bytes);
  if (utf16) return decodeUtf16(bytes, utf16);
  if (looksBinary(bytes)) throw new DomainError('not_markdown');
  if (encoding === 'utf-8') {
    const position = firstInvalidUtf8(bytes);
    if (position >= 0) throw new DomainError('not_utf8', { position });
  }
  // TextDecoder drops a byte order mark by itself.
  return new TextDecoder(encoding).decode(bytes);
}
