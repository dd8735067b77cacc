import { describe, expect, it } from 'vitest';
import { feedbackCommands } from '#domain/feedback/commands.ts';
import { m } from '#i18n/compiled/messages.js';
import { whatOfFeedback, whyOfFeedback } from './feedback-refusals.ts';
import type { RefusedFeedback } from './feedback-refusals.ts';

const moved: RefusedFeedback = {
  name: 'feedback.setStatus',
  input: { itemId: 'i', from: 'open', to: 'done' },
  code: 'moved_on',
  details: { state: 'declined', by: 'Bia' },
};

describe('a refused change of feedback', () => {
  it('says what it was, who did what meanwhile, and where it stands, in words', () => {
    expect(whatOfFeedback(moved)).toContain(m.feedback_status_done());
    expect(whyOfFeedback(moved)).toContain('Bia');
    expect(whyOfFeedback(moved)).toContain(m.feedback_status_declined());
    expect(whyOfFeedback(moved)).not.toContain('declined');
  });

  it('names nobody where nobody is known', () => {
    expect(whyOfFeedback({ ...moved, details: { state: 'declined', by: '' } })).toContain(
      m.feedback_someone(),
    );
  });

  it('says when another has done the same', () => {
    const same = { ...moved, details: { state: 'done', by: 'Bia' } };
    expect(whyOfFeedback(same)).toBe(
      m.feedback_why_same_status({ by: 'Bia', now: m.feedback_status_done() }),
    );
  });

  it('tells a verdict from a status, a closed board, a hidden post and a taken address', () => {
    const moderate = {
      ...moved,
      name: 'feedback.moderate',
      input: { itemId: 'i', from: 'pending', to: 'approved' },
    };
    expect(whyOfFeedback({ ...moderate, details: { state: 'refused', by: 'Bia' } })).toBe(
      m.feedback_why_refused({ by: 'Bia' }),
    );
    const words = [
      whyOfFeedback({ ...moved, code: 'board_closed', details: { by: 'Bia' } }),
      whyOfFeedback({ ...moved, code: 'not_moderated', details: { state: 'refused', by: 'Bia' } }),
      whyOfFeedback({ ...moved, code: 'not_moderated', details: { state: 'pending', by: '' } }),
      whyOfFeedback({ ...moved, code: 'slug_taken', details: { slug: 'sellers' } }),
    ];
    expect(new Set(words).size).toBe(4);
    expect(words[3]).toContain('/boards/sellers');
  });

  it.each(Object.keys(feedbackCommands))('%s has a sentence of its own', (name) => {
    expect(whatOfFeedback({ ...moved, name, input: { title: 'Labels', to: 'done' } })).toBeTypeOf('string');
  });

  it('leaves other nouns and other reasons to the general words', () => {
    expect(whyOfFeedback({ ...moved, name: 'cases.claim' })).toBeNull();
    expect(whatOfFeedback({ ...moved, name: 'cases.claim' })).toBeNull();
    expect(whyOfFeedback({ ...moved, code: 'not_allowed' })).toBeNull();
  });
});
