import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import type { DomainError } from '../../errors.ts';
import { markdownByteLimit, titleOfFile, utf8Length } from '../import-limits.ts';
import { decodeMarkdown, firstInvalidUtf8 } from './source.ts';

const bytes = (...values: (number | string)[]): Uint8Array =>
  Buffer.concat(
    values.map((value) => (typeof value === 'string' ? Buffer.from(value) : Buffer.from([value]))),
  );
const refusal = (source: Uint8Array) => {
  try {
    decodeMarkdown(source);
  } catch (error) {
    const { code, details } = error as DomainError;
    return { code, details };
  }
  return null;
};

describe('the bytes of a file', () => {
  it('are read as UTF-8, with or without a byte order mark', () => {
    expect(decodeMarkdown(bytes('Política 😀'))).toBe('Política 😀');
    expect(decodeMarkdown(bytes(0xef, 0xbb, 0xbf, '# a'))).toBe('# a');
    expect(decodeMarkdown(bytes())).toBe('');
  });

  it('are refused beyond the limit, with both numbers, before anything is decoded', () => {
    expect(refusal(new Uint8Array(50 * 1024 * 1024))).toEqual({
      code: 'too_large',
      details: { limit: markdownByteLimit, bytes: 50 * 1024 * 1024 },
    });
    expect(decodeMarkdown(Buffer.alloc(markdownByteLimit, 'a'))).toHaveLength(markdownByteLimit);
  });

  it.each([
    ['a PDF', bytes('%PDF-1.7\n%', 0xe2, 0xe3)],
    ['a picture', bytes(0x89, 'PNG\r\n', 0x1a, '\n')],
    ['a photograph', bytes(0xff, 0xd8, 0xff, 0xe0)],
    ['a Word file', bytes('PK', 3, 4, 20)],
    ['rich text', bytes('{\\rtf1\\ansi}')],
    ['a program', bytes(0x7f, 'ELF', 2, 1, 1, 0)],
    ['noise', randomBytes(4_096)],
    ['control characters', bytes('abc', 1, 2, 3, 4)],
  ])('of %s are no Markdown', (_name, source) => {
    expect(refusal(source)?.code).toBe('not_markdown');
  });

  it('that are not UTF-8 are refused with the place of the first', () => {
    expect(refusal(bytes('Pol', 0xed, 'tica'))).toEqual({ code: 'not_utf8', details: { position: 3 } });
    expect(refusal(bytes('é', 0xc3))).toEqual({ code: 'not_utf8', details: { position: 2 } });
  });

  it('are read as UTF-16 where they say so, in either order, whatever else is asked for', () => {
    const little = Buffer.from('\ufeff# Política 😀', 'utf16le');
    const big = Buffer.from(little).swap16();
    for (const source of [little, big]) expect(decodeMarkdown(source)).toBe('# Política 😀');
    expect(decodeMarkdown(little, 'windows-1252')).toBe('# Política 😀');
  });

  it('are no Markdown where they say UTF-16 and are not: cut short, half a pair, UTF-32, a program', () => {
    for (const source of [
      bytes(0xff, 0xfe, 'a'),
      bytes(0xff, 0xfe, 0x3d, 0xd8, 'a', 0),
      bytes(0xff, 0xfe, 0, 0, 'a', 0, 0, 0),
      bytes(0xfe, 0xff, 0, 1, 0, 2, 0, 3),
    ])
      expect(refusal(source)).toEqual({ code: 'not_markdown', details: {} });
  });

  it('in UTF-16 are measured as the UTF-8 they become', () => {
    const count = markdownByteLimit / 2 - 1;
    expect(refusal(Buffer.from(`\ufeff${'語'.repeat(count)}`, 'utf16le'))).toEqual({
      code: 'too_large',
      details: { limit: markdownByteLimit, bytes: 3 * count },
    });
  });

  it('may be read as Windows-1252 when somebody says so', () => {
    expect(decodeMarkdown(bytes('Pol', 0xed, 'tica ', 0x93, 'x', 0x94), 'windows-1252')).toBe('Política “x”');
  });

  it('are judged exactly as the platform decodes them', () => {
    const fatal = new TextDecoder('utf-8', { fatal: true });
    const isValid = (source: Uint8Array): boolean => {
      try {
        fatal.decode(source);
        return true;
      } catch {
        return false;
      }
    };
    const byte = fc.oneof(
      fc.constantFrom(
        0x41,
        0x80,
        0x8f,
        0x90,
        0x9f,
        0xa0,
        0xbf,
        0xc0,
        0xc2,
        0xdf,
        0xe0,
        0xed,
        0xef,
        0xf0,
        0xf4,
        0xf5,
      ),
      fc.integer({ min: 0, max: 255 }),
    );
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 12 }), (values) => {
        const source = Uint8Array.from(values);
        const at = firstInvalidUtf8(source);
        expect(at === -1).toBe(isValid(source));
        if (at >= 0) expect(isValid(source.subarray(0, at))).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });

  it('are counted without being made', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 50 }), (text) => {
        expect(utf8Length(text)).toBe(Buffer.byteLength(text));
      }),
    );
  });
});

describe('a title from a file name', () => {
  it.each([
    ['refund-policy.md', 'Refund policy'],
    ['a/b\\C_d.MARKDOWN', 'C d'],
    ['política.md', 'Política'],
    ['.md', '.md'],
    ['---', '---'],
  ])('%s becomes %s', (fileName, title) => {
    expect(titleOfFile(fileName)).toBe(title);
  });
});
