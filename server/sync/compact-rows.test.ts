import { expect, it } from 'vitest';
import * as Y from 'yjs';
import { nestedTypes, slowToTakeIn } from '../../test/poison.ts';
import { applyRows, WrongRow } from './compact-rows.ts';
import type { FittingRow } from './log-fit.ts';
import { walkUpdate } from './walk.ts';

const rowsOf = (updates: readonly Uint8Array[]): FittingRow[] =>
  updates.map((bytes, index) => ({
    row: { seq: index + 1, user: 'ana', at: 0, enc: 'v1', status: 'stored', reason: null, bytes, crc: 0 },
    walked: walkUpdate(bytes),
  }));

function wrongOf(updates: readonly Uint8Array[], allowedMs?: number): unknown {
  try {
    applyRows(new Y.Doc(), rowsOf(updates), allowedMs);
    return null;
  } catch (error) {
    return error instanceof WrongRow ? error.row : String(error);
  }
}

function typed(letters: number): Uint8Array[] {
  const doc = new Y.Doc();
  const updates: Uint8Array[] = [];
  doc.on('update', (update: Uint8Array) => updates.push(update));
  for (let index = 0; index < letters; index += 1) doc.getText('text').insert(index >> 1, 'x');
  return updates;
}

it('L14: names the row that takes too long, among those before and behind it, and ends it', () => {
  const rows = [...typed(300), slowToTakeIn(9, 20_000), ...typed(3)];
  const startedMs = performance.now();
  expect(wrongOf(rows, 300)).toEqual({ seq: 301, reason: 'slow' });
  expect(performance.now() - startedMs).toBeLessThan(10_000);
});

it('L14: blames nobody for what a text of many rows takes together', () => {
  expect(wrongOf(typed(20_000))).toBe(null);
});

it('L14: names the row that no document takes in', () => {
  const { nested, deletion } = nestedTypes(9);
  expect(wrongOf([...typed(2), nested, deletion])).toEqual({ seq: 4, reason: 'throws' });
});
