import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineUpTo, oneLine } from './one-line.ts';

describe('a title or name', () => {
  it.each([
    ['  two\n lines\t', 'two lines'],
    ['price\u202e50% off', 'price50% off'],
    ['\u2066isolated\u2069 \u200fmarks\u200e', 'isolated marks'],
    ['bell\u0007 and \u0085 next line', 'bell and next line'],
    ['half a pair \ud83d', 'half a pair \ufffd'],
    ['ação às três 👩🏽‍💻', 'ação às três 👩🏽‍💻'],
  ])('%j is kept as %j', (text, kept) => {
    expect(oneLine(text)).toBe(kept);
  });

  it('is the same when it is cleaned again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(oneLine(oneLine(text))).toBe(oneLine(text));
      }),
    );
  });

  it('is measured as it is kept', () => {
    expect(lineUpTo(3).parse(' a\u202eb\u202cc ')).toBe('abc');
    expect(lineUpTo(3).safeParse('abcd').success).toBe(false);
    expect(lineUpTo(3).min(1).safeParse('\u202e \n').success).toBe(false);
  });
});
