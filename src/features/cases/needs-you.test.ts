import { describe, expect, it } from 'vitest';
import type { CaseRecord } from '#domain/cases/case.ts';
import type { CaseId, PersonId, WorkspaceId } from '#domain/ids.ts';
import type { ReadRecord } from '#domain/records.ts';
import type { RefusedChange } from '#i18n/case-refusals.ts';
import { m } from '#i18n/compiled/messages.js';
import { applyAgain } from './needs-you.ts';

const record = (more: Partial<CaseRecord> = {}): CaseRecord => ({
  id: 'c' as CaseId,
  workspaceId: 'w' as WorkspaceId,
  ref: 'C-000001',
  track: 'violation',
  title: 'Watches',
  narrative: '',
  severity: 'high',
  state: 'triage',
  ownerId: null,
  about: null,
  openedBy: null,
  openedAt: '2026-03-01T10:00:00.000Z',
  changedAt: '2026-03-01T10:00:00.000Z',
  settledAt: null,
  ...more,
});
const reading = (found: CaseRecord | undefined) => (() => found) as ReadRecord;
const moved: RefusedChange = {
  name: 'cases.changeState',
  input: { caseId: 'c', from: 'new', to: 'investigating', reason: '' },
  code: 'moved_on',
  details: { state: 'invalid', by: 'Bia' },
};

describe('a refused change of a case', () => {
  it('can be applied again from where the case is now, when that is a step the rules offer', () => {
    expect(applyAgain(moved, reading(record()))).toEqual({
      input: { caseId: 'c', from: 'triage', to: 'investigating', reason: '' },
    });
    expect(applyAgain(moved, reading(record({ state: 'invalid' })))).toEqual({
      impossible: m.cases_cannot_apply({ state: m.cases_state_invalid() }),
    });
    const closing = { ...moved, input: { ...(moved.input as object), to: 'invalid', reason: '' } };
    expect(applyAgain(closing, reading(record()))).toHaveProperty('impossible');
  });

  it('lets a claim be tried again only once the case is free, and a release only of the same claim', () => {
    const claim: RefusedChange = {
      ...moved,
      name: 'cases.claim',
      input: { caseId: 'c' },
      code: 'already_claimed',
    };
    expect(applyAgain(claim, reading(record({ ownerId: 'bia' as PersonId })))).toHaveProperty('impossible');
    expect(applyAgain(claim, reading(record()))).toHaveProperty('input');
    const release = {
      ...claim,
      name: 'cases.release',
      input: { caseId: 'c', holderId: 'bia', reason: 'ill' },
    };
    expect(applyAgain(release, reading(record({ ownerId: 'bia' as PersonId })))).toHaveProperty('input');
    expect(applyAgain(release, reading(record({ ownerId: 'ana' as PersonId })))).toHaveProperty('impossible');
  });

  it('lets title and severity wait for a reopening, and a note or an opening always be tried', () => {
    const settledCase = record({ state: 'closed', settledAt: '2026-03-02T10:00:00.000Z' });
    for (const [name, possible] of [
      ['cases.retitle', 'impossible'],
      ['cases.setSeverity', 'impossible'],
      ['cases.note', 'input'],
      ['cases.open', 'input'],
    ] as const)
      expect(applyAgain({ ...moved, name }, reading(settledCase))).toHaveProperty(possible);
    expect(applyAgain({ ...moved, name: 'cases.open' }, reading(undefined))).toHaveProperty('input');
  });
});
