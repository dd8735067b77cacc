import { describe, expect, it } from 'vitest';
import { commandNamed } from '../commands.ts';
import type { ReadRecord } from '../records.ts';
import type { Board, FeedbackItem } from './feedback.ts';

const reading = (item: Partial<FeedbackItem> | null, board: Partial<Board> = { closedAt: null }) =>
  ((kind: string) => (kind === 'board' ? board : (item ?? undefined))) as ReadRecord;
const shown = { boardId: 'b', status: 'planned', moderation: 'approved' } as Partial<FeedbackItem>;
const again = (name: string, input: object, read: ReadRecord) => commandNamed(name)?.again?.(input, read);

describe('a refused command, sent again as things stand now', () => {
  it('sets a status or a verdict from where the item is, unless it is there already', () => {
    const status = { itemId: 'i', from: 'open', to: 'done' };
    expect(again('feedback.setStatus', status, reading(shown))).toEqual({ ...status, from: 'planned' });
    expect(again('feedback.setStatus', status, reading({ ...shown, status: 'done' }))).toBeNull();
    const verdict = { itemId: 'i', from: 'pending', to: 'approved' };
    const refused = { ...shown, moderation: 'refused' as const };
    expect(again('feedback.moderate', verdict, reading(refused))).toEqual({ ...verdict, from: 'refused' });
    expect(again('feedback.moderate', verdict, reading(shown))).toBeNull();
  });

  it('waits until the board is open and the item let through', () => {
    const vote = { itemId: 'i', wanted: true };
    const closed = { closedAt: '2026-03-02T12:00:00.000Z' };
    expect(again('feedback.vote', vote, reading(shown))).toEqual(vote);
    expect(again('feedback.vote', vote, reading(shown, closed))).toBeNull();
    for (const [name, input] of [
      ['feedback.vote', vote],
      ['feedback.answer', { itemId: 'i', text: 'Yes' }],
      ['feedback.setStatus', { itemId: 'i', from: 'open', to: 'done' }],
    ] as const)
      expect(again(name, input, reading({ ...shown, moderation: 'refused' }))).toBeNull();
    const post = { itemId: 'i', boardId: 'b', title: 't', text: '' };
    expect(again('feedback.post', post, reading(null, closed))).toBeNull();
    expect(again('feedback.post', post, reading(null))).toEqual(post);
  });

  it('is tried as it was where this device does not hold the item', () => {
    const vote = { itemId: 'i', wanted: true };
    expect(again('feedback.vote', vote, reading(null))).toEqual(vote);
  });
});
