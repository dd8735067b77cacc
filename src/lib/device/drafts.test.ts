import { describe, expect, it } from 'vitest';
import { memoryWords } from '../../../test/memory-words.ts';
import { Drafts, wipeDrafts } from './drafts.ts';

const of = (personId: string, workspaceId = 'w') => ({ personId, workspaceId });

describe('drafts', () => {
  it('keep the fields of a form apart by form, by person and by workspace, as another tab wrote them last', () => {
    const words = memoryWords();
    const ana = new Drafts(words, of('ana'));
    const otherTab = new Drafts(words, of('ana'));
    ana.keep('case', { title: 'Selo falso', narrative: '' });
    otherTab.keep('feedback.answer.1', { text: 'Obrigada' });
    expect(ana.read('case')).toEqual({ title: 'Selo falso' });
    expect(ana.read('feedback.answer.1')).toEqual({ text: 'Obrigada' });
    expect(new Drafts(words, of('bia')).read('case')).toEqual({});
    expect(new Drafts(words, of('ana', 'other')).read('case')).toEqual({});
  });

  it('are gone once sent or emptied, and leave nothing behind', () => {
    const words = memoryWords();
    const drafts = new Drafts(words, of('ana'));
    drafts.keep('case', { title: 'a' });
    drafts.keep('note', { text: 'b' });
    drafts.keep('case', { title: '' });
    drafts.discard('note');
    expect(words.getItem('stoa.drafts.ana')).toBeNull();
  });

  it('are wiped for one person and stay for the others', () => {
    const words = memoryWords();
    new Drafts(words, of('ana')).keep('case', { title: 'a' });
    new Drafts(words, of('bia')).keep('case', { title: 'b' });
    wipeDrafts(words, 'ana');
    expect(new Drafts(words, of('ana')).read('case')).toEqual({});
    expect(new Drafts(words, of('bia')).read('case')).toEqual({ title: 'b' });
  });

  it('do without a storage, or with one that is full or broken', () => {
    const full = {
      ...memoryWords(),
      setItem: () => {
        throw new Error('full');
      },
      getItem: () => '{',
    };
    for (const words of [null, full]) {
      const drafts = new Drafts(words, of('ana'));
      drafts.keep('case', { title: 'a' });
      expect(drafts.read('case')).toEqual({});
    }
  });
});
