/** Which items a board's list shows, and in which order. */
import { feedbackStatuses } from '#domain/feedback/feedback.ts';
import type { FeedbackItem, FeedbackStatus } from '#domain/feedback/feedback.ts';
import { folded } from '#lib/ui/find.ts';

export interface FeedbackFilter {
  /** `shown`: let through; `pending`: waiting for a moderator; `unanswered`: let through, open, no answer. */
  view: 'shown' | 'pending' | 'unanswered' | 'refused' | FeedbackStatus;
  order: 'votes' | 'newest';
  text: string;
}

export const wholeBoard: FeedbackFilter = { view: 'shown', order: 'votes', text: '' };

/** Nothing is filtered away: what is not seen then has not been let through. */
export const isWhole = ({ view, text }: FeedbackFilter): boolean =>
  view === wholeBoard.view && text.trim() === '';

export const feedbackViews = ['shown', 'pending', 'unanswered', ...feedbackStatuses, 'refused'] as const;

const isInView = (item: FeedbackItem, view: FeedbackFilter['view']): boolean => {
  if (view === 'pending' || view === 'refused') return item.moderation === view;
  if (item.moderation !== 'approved') return false;
  if (view === 'shown') return true;
  return view === 'unanswered' ? item.answer === null && item.status === 'open' : item.status === view;
};

export function filterItems(items: readonly FeedbackItem[], filter: FeedbackFilter): FeedbackItem[] {
  const words = folded(filter.text).split(/\s+/u).filter(Boolean);
  const newest = (a: FeedbackItem, b: FeedbackItem) => (a.postedAt < b.postedAt ? 1 : -1);
  return items
    .filter((item) => isInView(item, filter.view))
    .filter((item) => {
      const haystack = words.length > 0 ? folded(`${item.title}\n${item.text}`) : '';
      return words.every((word) => haystack.includes(word));
    })
    .sort((a, b) => {
      // Whoever has waited longest is looked at first.
      if (filter.view === 'pending') return newest(b, a);
      return filter.order === 'votes' ? b.votes - a.votes || newest(a, b) : newest(a, b);
    });
}
