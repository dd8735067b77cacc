import { describe, expect, it } from 'vitest';
import { m } from '#i18n/compiled/messages.js';
import { whatWasRefused, whyRefused } from './case-refusals.ts';
import type { RefusedChange } from './case-refusals.ts';

const moved: RefusedChange = {
  name: 'cases.changeState',
  input: { caseId: 'c', from: 'new', to: 'investigating', reason: '' },
  code: 'moved_on',
  details: { state: 'invalid', by: 'Bia' },
};

describe('a refused change of a case', () => {
  it('says from which state to which it was to go, and who had done what meanwhile', () => {
    expect(whatWasRefused(moved)).toBe(
      m.cases_needs_you_state({ from: m.cases_state_new(), to: m.cases_state_investigating() }),
    );
    expect(whyRefused(moved)).toBe(m.cases_why_moved_on({ by: 'Bia', state: m.cases_state_invalid() }));
    expect(whyRefused({ ...moved, details: { state: 'invalid', by: '' } })).toBe(
      m.cases_why_moved_on_unknown({ state: m.cases_state_invalid() }),
    );
  });

  it('says which step the rules do not have', () => {
    const details = { from: 'new', to: 'closed' };
    expect(whyRefused({ ...moved, code: 'transition_refused', details })).toBe(
      m.cases_why_transition({ from: m.cases_state_new(), to: m.cases_state_closed() }),
    );
  });

  it('keeps the general words where nothing more is known', () => {
    expect(whyRefused({ ...moved, details: {} })).toBe(m.error_moved_on());
  });
});
