import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BoardId, FeedbackItemId, PersonId, WorkspaceId } from '../ids.ts';
import { feedbackStatuses, moderations } from './feedback.ts';
import type { FeedbackItem } from './feedback.ts';
import {
  isShownTo,
  slugFrom,
  slugPattern,
  withAnswer,
  withMemberVote,
  withStatus,
  withVerdict,
} from './rules.ts';

const at = '2026-03-02T12:00:00.000Z';
const ana = 'ana' as PersonId;
const item: FeedbackItem = {
  id: 'i' as FeedbackItemId,
  workspaceId: 'w' as WorkspaceId,
  boardId: 'b' as BoardId,
  title: 'Refunds take too long',
  text: '',
  status: 'open',
  moderation: 'approved',
  answer: null,
  votes: 3,
  voters: [],
  postedBy: null,
  postedByName: 'Rosa',
  postedAt: at,
  changedAt: at,
};

describe('votes', () => {
  it('count each voter once, whatever was said and how often', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.boolean())), (said) => {
        const last = new Map(said);
        const voted = said.reduce((now, [who, wanted]) => withMemberVote(now, who as PersonId, wanted), item);
        const wanted = [...last].filter(([, want]) => want).map(([who]) => who);
        expect([...voted.voters].sort()).toEqual(wanted.sort());
        expect(voted.votes).toBe(item.votes + wanted.length);
      }),
    );
  });
});

describe('status and verdict', () => {
  it('are set only from where the person saw them', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...feedbackStatuses),
        fc.constantFrom(...feedbackStatuses),
        fc.constantFrom(...feedbackStatuses),
        (is, from, to) => {
          const change = () => withStatus({ ...item, status: is }, { from, to, at });
          if (is === from) expect(change().status).toBe(to);
          else
            expect(change).toThrowError(
              expect.objectContaining({ code: 'moved_on', details: { state: is } }),
            );
        },
      ),
    );
    for (const is of moderations)
      for (const from of moderations) {
        const change = () => withVerdict({ ...item, moderation: is }, { from, to: 'refused', at });
        if (is === from) expect(change().moderation).toBe('refused');
        else expect(change).toThrowError(expect.objectContaining({ code: 'moved_on' }));
      }
  });

  it('are not given to what nobody has let through', () => {
    const pending = { ...item, moderation: 'pending' as const };
    const said = { text: 'Thanks', by: ana, byName: 'Ana', at };
    const code = expect.objectContaining({ code: 'not_moderated' }) as object;
    expect(() => withStatus(pending, { from: 'open', to: 'done', at })).toThrowError(code);
    expect(() => withAnswer(pending, said)).toThrowError(code);
  });

  it('an empty answer takes the answer back', () => {
    const answered = withAnswer(item, { text: 'Thanks', by: ana, byName: 'Ana', at });
    expect(answered.answer?.text).toBe('Thanks');
    expect(withAnswer(answered, { text: '', by: ana, byName: 'Ana', at }).answer).toBeNull();
  });
});

describe('who sees an item', () => {
  it('is everyone once approved, else its author and moderators', () => {
    const pending = { ...item, moderation: 'pending' as const, postedBy: ana };
    expect(isShownTo(item, null, false)).toBe(true);
    expect(isShownTo(pending, null, false)).toBe(false);
    expect(isShownTo(pending, 'bia' as PersonId, false)).toBe(false);
    expect(isShownTo(pending, ana, false)).toBe(true);
    expect(isShownTo(pending, null, true)).toBe(true);
  });
});

describe('an address made from a title', () => {
  it('is readable Portuguese without accents', () => {
    expect(slugFrom('Devoluções & trocas: opinião de vendedores')).toBe(
      'devolucoes-trocas-opiniao-de-vendedores',
    );
  });

  it('is empty or well formed, whatever the title', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (title) => {
        const slug = slugFrom(title);
        if (slug !== '') expect(slug).toMatch(slugPattern);
        expect(slug.length).toBeLessThanOrEqual(60);
      }),
    );
  });
});
