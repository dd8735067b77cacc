import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { runsOf } from '../../test/sync-server.ts';
import { Fit } from './log-fit.ts';
import type { StoredRow } from './log-rows.ts';

const stored = (seq: number, bytes: Uint8Array): StoredRow => ({
  seq,
  user: 'ana',
  at: 0,
  enc: 'v1',
  status: 'stored',
  reason: null,
  bytes,
  crc: crc32(bytes),
});

describe('Rows that wait for others (L11)', () => {
  it('cost the others nothing, however many they are', () => {
    const fit = new Fit(new Map(), new Map());
    const waiting = 30_000;
    for (let seq = 1; seq <= waiting; seq += 1) fit.take(stored(seq, runsOf([1], 1_000 + seq)));
    const doc = new Y.Doc();
    const rows: StoredRow[] = [];
    doc.on('update', (bytes: Uint8Array) => rows.push(stored(waiting + rows.length + 1, bytes)));
    for (let index = 0; index < 1_000; index += 1) doc.getText('text').insert(0, 'x');
    const startedAtMs = performance.now();
    for (const row of rows) expect(fit.take(row)).toHaveProperty('fits.length', 1);
    // Looking at each of them each time takes a minute.
    expect(performance.now() - startedAtMs).toBeLessThan(3_000);
    expect(fit.waiting).toHaveLength(waiting);
  });

  it('follow in an order in which each finds what it builds on', () => {
    const fit = new Fit(new Map(), new Map());
    for (const clock of [3, 1, 2, 5])
      expect(fit.take(stored(10 - clock, runsOf([1], clock)))).toEqual({ waits: true });
    const taken = fit.take(stored(20, runsOf([1], 0)));
    expect('fits' in taken && taken.fits.map(({ row }) => row.seq)).toEqual([20, 9, 8, 7]);
    expect(fit.waiting).toEqual([5]);
  });
});
