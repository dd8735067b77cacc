import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32 } from 'node:zlib';
import type { StoredRow } from './log-rows.ts';
import { packRows, segmentBytesLimit, unpackRows } from './log-segments.ts';

const rowOf = (seq: number, user: string, at: number, bytes: Uint8Array): StoredRow => ({
  seq,
  user,
  at,
  bytes,
  enc: 'v1',
  status: 'stored',
  reason: null,
  crc: crc32(bytes),
});

describe('Packed rows (L12)', () => {
  it('come back as they were, whatever they hold', () => {
    const row = fc.record({
      gap: fc.integer({ min: 1, max: 3 }),
      user: fc.constantFrom('ana', 'bia', 'joão', ''),
      at: fc.integer({ min: 0, max: 2 ** 45 }),
      bytes: fc.uint8Array({ maxLength: 40 }),
    });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 50 }), (list) => {
        let seq = 0;
        const rows = list.map(({ gap, user, at, bytes }) => rowOf((seq += gap), user, at, bytes));
        expect(packRows(rows).flatMap((segment) => unpackRows(segment) ?? [])).toEqual(rows);
      }),
    );
  });

  it('are split into segments that a reader can hold, a larger row apart', () => {
    const sizes = [segmentBytesLimit * 0.6, segmentBytesLimit * 0.6, segmentBytesLimit + 1, 10, 10];
    const rows = sizes.map((size, index) => rowOf(index + 1, 'ana', 5, new Uint8Array(size)));
    const segments = packRows(rows);
    expect(segments.map(({ fromSeq, uptoSeq, rows: count }) => [fromSeq, uptoSeq, count])).toEqual([
      [1, 1, 1],
      [2, 2, 1],
      [3, 3, 1],
      [4, 5, 2],
    ]);
    expect(packRows([])).toEqual([]);
  });

  it('are not read when a byte has changed, or when a newer program packed them', () => {
    const [segment] = packRows([rowOf(1, 'ana', 5, new Uint8Array([1, 2, 3]))]);
    if (segment === undefined) throw new Error('there is one');
    const changed = new Uint8Array(segment.bytes);
    changed[changed.length - 1] = (changed.at(-1) as number) ^ 1;
    expect(unpackRows({ ...segment, bytes: changed })).toBe(null);
    expect(unpackRows({ ...segment, enc: 'rows2' })).toBe(null);
  });
});
