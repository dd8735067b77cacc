/** What Today shows: the newest documents and whatever waits for somebody, picked from the device's records. */
import type { CaseRecord, Severity } from '#domain/cases/case.ts';
import { severities } from '#domain/cases/case.ts';
import { isSettled } from '#domain/cases/rules.ts';
import type { DocumentRecord } from '#domain/documents/document.ts';
import type { Board, FeedbackItem } from '#domain/feedback/feedback.ts';

/** Rows of one section; the rest is one click away, and the number says how many. */
export const sectionLimit = 6;

export interface Section<Item> {
  shown: Item[];
  total: number;
}

const section = <Item>(all: Item[]): Section<Item> => ({
  shown: all.slice(0, sectionLimit),
  total: all.length,
});

const weight = (severity: Severity): number => severities.indexOf(severity);
const newestFirst = (a: { changedAt: string }, b: { changedAt: string }) =>
  a.changedAt < b.changedAt ? 1 : a.changedAt > b.changedAt ? -1 : 0;
/** Worst first, among equals the one that waits longest. */
const mostUrgentFirst = (a: CaseRecord, b: CaseRecord) =>
  weight(b.severity) - weight(a.severity) || (a.openedAt < b.openedAt ? -1 : 1);

/** The documents changed last, without the archive. */
export const recentDocuments = (all: readonly DocumentRecord[]): Section<DocumentRecord> =>
  section(all.filter(({ archivedAt }) => archivedAt === null).sort(newestFirst));

/** Open cases I hold. */
export const myCases = (all: readonly CaseRecord[], me: string): Section<CaseRecord> =>
  section(all.filter(({ ownerId, state }) => ownerId === me && !isSettled(state)).sort(mostUrgentFirst));

/** Open cases that nobody holds yet. */
export const unclaimedCases = (all: readonly CaseRecord[]): Section<CaseRecord> =>
  section(all.filter(({ ownerId, state }) => ownerId === null && !isSettled(state)).sort(mostUrgentFirst));

export interface WaitingFeedback {
  item: FeedbackItem;
  board: Board;
  wants: 'moderation' | 'answer';
}

/** Posts to look through first, then the most wanted of those nobody has answered; closed boards rest. */
export function waitingFeedback(
  items: readonly FeedbackItem[],
  boards: readonly Board[],
): Section<WaitingFeedback> {
  const open = new Map(boards.filter(({ closedAt }) => closedAt === null).map((board) => [board.id, board]));
  const waiting: WaitingFeedback[] = [];
  for (const item of items) {
    const board = open.get(item.boardId);
    if (!board) continue;
    if (item.moderation === 'pending') waiting.push({ item, board, wants: 'moderation' });
    else if (item.moderation === 'approved' && item.status === 'open' && item.answer === null)
      waiting.push({ item, board, wants: 'answer' });
  }
  const rank = ({ wants }: WaitingFeedback) => (wants === 'moderation' ? 0 : 1);
  return section(
    waiting.sort(
      (a, b) =>
        rank(a) - rank(b) || b.item.votes - a.item.votes || (a.item.postedAt < b.item.postedAt ? -1 : 1),
    ),
  );
}
