import { describe, expect, it } from 'vitest';
import { namedIn, saidIn } from './said.ts';

describe('what a person had written into a refused command', () => {
  it('is the text of a note, the reason of a step or the account of a case', () => {
    expect(saidIn({ caseId: 'c', text: 'Seller called back' })).toBe('Seller called back');
    expect(saidIn({ from: 'new', to: 'invalid', reason: 'Duplicate' })).toBe('Duplicate');
    expect(saidIn({ title: 'Watches', narrative: 'Three offers' })).toBe('Three offers');
  });

  it('is nothing where nothing was written, whatever a newer version may have stored', () => {
    for (const input of [{ reason: '  ' }, { text: 4 }, {}, null, undefined]) expect(saidIn(input)).toBe('');
  });

  it('tells the title or name apart from it', () => {
    expect(namedIn({ caseId: 'c', title: 'Watches', narrative: 'Three offers' })).toBe('Watches');
    expect(namedIn({ folderId: 'f', name: 'Letters' })).toBe('Letters');
    expect(namedIn({ title: 4 })).toBe('');
    expect(namedIn(null)).toBe('');
  });
});
