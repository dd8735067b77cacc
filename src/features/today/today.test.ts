import { describe, expect, it } from 'vitest';
import type { CaseRecord } from '#domain/cases/case.ts';
import type { DocumentRecord } from '#domain/documents/document.ts';
import type { Board, FeedbackItem } from '#domain/feedback/feedback.ts';
import { myCases, recentDocuments, sectionLimit, unclaimedCases, waitingFeedback } from './today.ts';

const at = (minute: number) => `2026-11-23T12:${String(minute).padStart(2, '0')}:00.000Z`;
const oneCase = (over: object) =>
  ({
    id: 'c',
    state: 'new',
    severity: 'low',
    ownerId: null,
    openedAt: at(0),
    ...over,
  }) as unknown as CaseRecord;
const board = { id: 'b', closedAt: null } as unknown as Board;
const item = (over: object) =>
  ({
    id: 'i',
    boardId: 'b',
    moderation: 'approved',
    status: 'open',
    answer: null,
    votes: 0,
    postedAt: at(0),
    ...over,
  }) as unknown as FeedbackItem;

describe('today', () => {
  it('shows the documents changed last, without the archive, and says how many there are', () => {
    const all = Array.from({ length: 10 }, (_, n) => ({ id: `d${n}`, changedAt: at(n), archivedAt: null }));
    const archived = { id: 'gone', changedAt: at(50), archivedAt: at(51) };
    const { shown, total } = recentDocuments([...all, archived] as unknown as DocumentRecord[]);
    expect(total).toBe(10);
    expect(shown).toHaveLength(sectionLimit);
    expect(shown[0]?.id).toBe('d9');
  });

  it('puts the worst case first, then the one that waits longest, and leaves out settled ones', () => {
    const all = [
      oneCase({ id: 'new low' }),
      oneCase({ id: 'young critical', severity: 'critical', openedAt: at(9) }),
      oneCase({ id: 'old critical', severity: 'critical', openedAt: at(1) }),
      oneCase({ id: 'closed', state: 'closed', severity: 'critical' }),
      oneCase({ id: 'mine', ownerId: 'me' }),
    ];
    expect(unclaimedCases(all).shown.map(({ id }) => id)).toEqual([
      'old critical',
      'young critical',
      'new low',
    ]);
    expect(myCases(all, 'me').shown.map(({ id }) => id)).toEqual(['mine']);
  });

  it('asks for moderation before answers, and lets closed boards rest', () => {
    const all = [
      item({ id: 'few', votes: 1 }),
      item({ id: 'many', votes: 9 }),
      item({ id: 'pending', moderation: 'pending' }),
      item({ id: 'answered', answer: { text: 'yes' } }),
      item({ id: 'planned', status: 'planned' }),
      item({ id: 'elsewhere', boardId: 'closed' }),
    ];
    const closed = { id: 'closed', closedAt: at(1) } as unknown as Board;
    expect(waitingFeedback(all, [board, closed]).shown.map(({ item: { id } }) => id)).toEqual([
      'pending',
      'many',
      'few',
    ]);
  });
});
