/** What may happen to boards and to what is said on them. Pure; the device's guess and the server share it. */
import { DomainError } from '../errors.ts';
import type { PersonId } from '../ids.ts';
import type { Instant } from '../time.ts';
import type { Board, FeedbackItem, FeedbackStatus, Moderation } from './feedback.ts';

/** Lower-case words joined by single hyphens: safe in an address, readable aloud. */
export const slugPattern = /^[a-z0-9]+(-[a-z0-9]+)*$/;
export const slugLengthLimit = 60;

/** A slug out of a title: accents dropped, everything else that is not a letter or digit becomes a hyphen. */
export const slugFrom = (title: string): string =>
  title
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, slugLengthLimit)
    .replace(/^-+|-+$/g, '');

/** Throws `board_closed`. */
export function checkOpen(board: Board): void {
  if (board.closedAt !== null) throw new DomainError('board_closed');
}

/** A vote is wanted or not: said twice it counts once, and taking back what was never given changes nothing. */
export function withMemberVote(item: FeedbackItem, voter: PersonId, wanted: boolean): FeedbackItem {
  const had = item.voters.includes(voter);
  if (had === wanted) return item;
  return {
    ...item,
    votes: item.votes + (wanted ? 1 : -1),
    voters: wanted ? [...item.voters, voter] : item.voters.filter((id) => id !== voter),
  };
}

/** Only what the team has let through takes votes, answers and states. Throws `not_moderated`. */
export function checkModerated(item: FeedbackItem): void {
  if (item.moderation !== 'approved') throw new DomainError('not_moderated', { state: item.moderation });
}

/** Compare and set: throws `moved_on` when the item is no longer where the person saw it. */
export function withStatus(
  item: FeedbackItem,
  change: { from: FeedbackStatus; to: FeedbackStatus; at: Instant },
): FeedbackItem {
  checkModerated(item);
  if (item.status !== change.from) throw new DomainError('moved_on', { state: item.status });
  return { ...item, status: change.to, changedAt: change.at };
}

/** Compare and set, like a status; a verdict can be changed or undone later by naming the one that stands. */
export function withVerdict(
  item: FeedbackItem,
  change: { from: Moderation; to: Moderation; at: Instant },
): FeedbackItem {
  if (item.moderation !== change.from) throw new DomainError('moved_on', { state: item.moderation });
  return { ...item, moderation: change.to, changedAt: change.at };
}

/** An empty answer takes the answer back. */
export function withAnswer(
  item: FeedbackItem,
  answer: { text: string; by: PersonId | null; byName: string; at: Instant },
): FeedbackItem {
  checkModerated(item);
  return { ...item, answer: answer.text === '' ? null : answer, changedAt: answer.at };
}

/** What stands on a board for readers without the right to moderate: approved, or their own. */
export const isShownTo = (item: FeedbackItem, reader: PersonId | null, canModerate: boolean): boolean =>
  item.moderation === 'approved' || canModerate || (reader !== null && item.postedBy === reader);
