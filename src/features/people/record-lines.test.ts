import { describe, expect, it } from 'vitest';
import type { RecordedAct } from '#domain/workspaces/history.ts';
import { instant } from '#domain/time.ts';
import { batchGapMs, linesOf } from './record-lines.ts';

const start = Date.parse('2026-03-02T12:00:00.000Z');
const act = (agoMs: number, more: Partial<RecordedAct> = {}): RecordedAct => ({
  commandId: `c${agoMs}`,
  name: 'documents.import',
  by: 'system',
  byName: null,
  at: instant(start - agoMs),
  aggregate: `document/${agoMs}`,
  personId: null,
  personName: null,
  role: null,
  email: null,
  ...more,
});
const counts = (...acts: RecordedAct[]) =>
  linesOf(acts).map(({ act: { commandId }, count }) => [commandId, count]);

describe('the lines of the record', () => {
  it('make one of files brought in at one go, under the newest', () => {
    expect(counts(act(0), act(10), act(20))).toEqual([['c0', 3]]);
    // A long batch is one batch, as long as it goes on.
    expect(counts(act(0), act(batchGapMs), act(2 * batchGapMs))).toEqual([['c0', 3]]);
  });

  it('keep apart what another did, what was done later, and everything else', () => {
    expect(counts(act(0), act(10, { by: 'ana' }), act(20))).toEqual([
      ['c0', 1],
      ['c10', 1],
      ['c20', 1],
    ]);
    expect(counts(act(0), act(batchGapMs + 1))).toHaveLength(2);
    expect(counts(act(0, { name: 'documents.share' }), act(1, { name: 'documents.share' }))).toHaveLength(2);
    expect(counts(act(0), act(1, { name: 'documents.share' }), act(2))).toHaveLength(3);
    expect(counts()).toEqual([]);
  });
});
