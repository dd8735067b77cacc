import { describe, expect, it } from 'vitest';
import type { CaseRecord } from '#domain/cases/case.ts';
import type { CaseId, PersonId, WorkspaceId } from '#domain/ids.ts';
import { createCaseFilter, filtersOn, showsSettled, wholeQueue } from './filters.ts';

const ana = 'ana' as PersonId;
const bia = 'bia' as PersonId;

const aCase = (number: number, more: Partial<CaseRecord> = {}): CaseRecord => ({
  id: `id-${String(number)}` as CaseId,
  workspaceId: 'w' as WorkspaceId,
  ref: `C-00000${String(number)}`,
  track: 'violation',
  title: `Case ${String(number)}`,
  narrative: '',
  severity: 'medium',
  state: 'new',
  ownerId: null,
  about: null,
  openedBy: ana,
  openedAt: `2026-03-0${String(number)}T10:00:00.000Z`,
  changedAt: `2026-03-0${String(number)}T10:00:00.000Z`,
  settledAt: null,
  ...more,
});
const settled = (at: string): Partial<CaseRecord> => ({ state: 'closed', settledAt: at });
const refs = (cases: CaseRecord[]) => cases.map((record) => record.ref?.at(-1)).join('');

describe('the list of cases', () => {
  const filter = createCaseFilter();
  const cases = [
    aCase(1, { severity: 'low', ownerId: ana }),
    aCase(2, { severity: 'critical', title: 'Infração em anúncio', ownerId: bia }),
    aCase(3, { severity: 'critical', track: 'incident', state: 'triage' }),
    aCase(4, { narrative: 'The seller wrote from São Paulo', state: 'in_review', ownerId: ana }),
    aCase(5, settled('2026-03-08T10:00:00.000Z')),
    aCase(6, settled('2026-03-09T10:00:00.000Z')),
  ];

  it('shows open cases worst first, then longest waiting', () => {
    expect(refs(filter(cases, wholeQueue, ana))).toBe('2341');
  });

  it('puts settled cases after open ones, newest first', () => {
    expect(refs(filter(cases, { ...wholeQueue, state: 'any' }, ana))).toBe('234165');
    expect(refs(filter(cases, { ...wholeQueue, state: 'settled' }, ana))).toBe('65');
  });

  it('filters by whose, state, track and severity together', () => {
    expect(refs(filter(cases, { ...wholeQueue, scope: 'mine' }, ana))).toBe('41');
    expect(refs(filter(cases, { ...wholeQueue, scope: 'unclaimed' }, ana))).toBe('3');
    expect(refs(filter(cases, { ...wholeQueue, severity: 'critical', track: 'incident' }, ana))).toBe('3');
    expect(refs(filter(cases, { ...wholeQueue, state: 'in_review', scope: 'mine' }, ana))).toBe('4');
  });

  it('finds words in ref, title and text without regard to case and accents', () => {
    expect(refs(filter(cases, { ...wholeQueue, text: 'INFRACAO' }, ana))).toBe('2');
    expect(refs(filter(cases, { ...wholeQueue, text: 'paulo seller' }, ana))).toBe('4');
    expect(refs(filter(cases, { ...wholeQueue, text: 'c-000003' }, ana))).toBe('3');
    expect(refs(filter(cases, { ...wholeQueue, text: 'nothing' }, ana))).toBe('');
  });

  it('keeps a case without a ref, which the server has not seen yet', () => {
    expect(filter([aCase(7, { ref: null })], wholeQueue, ana)).toHaveLength(1);
  });

  it('counts the filters in use and knows when older settled cases belong in view', () => {
    expect(filtersOn({ ...wholeQueue, text: 'x', scope: 'mine' })).toBe(0);
    expect(filtersOn({ ...wholeQueue, track: 'incident', severity: 'low' })).toBe(2);
    expect(showsSettled(wholeQueue)).toBe(false);
    expect(showsSettled({ ...wholeQueue, state: 'triage' })).toBe(false);
    expect(showsSettled({ ...wholeQueue, state: 'invalid' })).toBe(true);
    expect(showsSettled({ ...wholeQueue, state: 'any' })).toBe(true);
  });
});
