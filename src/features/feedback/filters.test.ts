import { describe, expect, it } from 'vitest';
import type { FeedbackItem } from '#domain/feedback/feedback.ts';
import { filterItems, wholeBoard } from './filters.ts';
import type { FeedbackFilter } from './filters.ts';

const item = (id: string, facts: Partial<FeedbackItem>): FeedbackItem => ({
  id: id as FeedbackItem['id'],
  workspaceId: 'w' as FeedbackItem['workspaceId'],
  boardId: 'b' as FeedbackItem['boardId'],
  title: id,
  text: '',
  status: 'open',
  moderation: 'approved',
  answer: null,
  votes: 0,
  voters: [],
  postedBy: null,
  postedByName: '',
  postedAt: '2026-03-01T00:00:00.000Z',
  changedAt: '2026-03-01T00:00:00.000Z',
  ...facts,
});
const answer = { text: 'yes', by: null, byName: '', at: '2026-03-02T00:00:00.000Z' };
const items = [
  item('old', { votes: 2, title: 'Devolução demora' }),
  item('new', { votes: 2, postedAt: '2026-03-05T00:00:00.000Z', answer }),
  item('top', { votes: 9, status: 'done' }),
  item('waiting', { moderation: 'pending' }),
  item('longest', { moderation: 'pending', postedAt: '2026-02-01T00:00:00.000Z' }),
  item('spam', { moderation: 'refused' }),
];
const ids = (filter: Partial<FeedbackFilter>) =>
  filterItems(items, { ...wholeBoard, ...filter }).map(({ id }) => id);

describe('the list of a board', () => {
  it('shows what was let through, most voted first, the newer of equals before the older', () => {
    expect(ids({})).toEqual(['top', 'new', 'old']);
    expect(ids({ order: 'newest' })[0]).toBe('new');
  });

  it('keeps what waits, the longest first, and what was refused apart', () => {
    expect(ids({ view: 'pending' })).toEqual(['longest', 'waiting']);
    expect(ids({ view: 'refused' })).toEqual(['spam']);
  });

  it('finds what is open without an answer, and each status', () => {
    expect(ids({ view: 'unanswered' })).toEqual(['old']);
    expect(ids({ view: 'done' })).toEqual(['top']);
  });

  it('finds words without their accents', () => {
    expect(ids({ text: 'devolucao' })).toEqual(['old']);
  });
});
