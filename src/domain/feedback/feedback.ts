/** Feedback: what sellers, buyers and creators say, on boards that are internal or public. */
import type { BoardId, FeedbackItemId, PersonId, WorkspaceId } from '../ids.ts';
import type { Instant } from '../time.ts';

export const boardVisibilities = ['internal', 'public'] as const;
export const boardLanguages = ['en', 'pt-BR'] as const;

export interface Board {
  id: BoardId;
  workspaceId: WorkspaceId;
  /** In the public address `/boards/<slug>`; unique on the server. */
  slug: string;
  title: string;
  introduction: string;
  language: (typeof boardLanguages)[number];
  visibility: (typeof boardVisibilities)[number];
  /** Closed boards can be read but take no posts and no votes. */
  closedAt: Instant | null;
}

/** In the order work goes; any may follow any, a reader of the board sees the newest. */
export const feedbackStatuses = ['open', 'planned', 'doing', 'done', 'declined'] as const;
export type FeedbackStatus = (typeof feedbackStatuses)[number];

export const moderations = ['pending', 'approved', 'refused'] as const;
export type Moderation = (typeof moderations)[number];

export const boardTitleLimit = 120;
export const introductionLimit = 2_000;
export const itemTitleLimit = 140;
export const itemTextLimit = 5_000;
export const answerLimit = 5_000;
export const visitorNameLimit = 60;

export interface FeedbackItem {
  id: FeedbackItemId;
  workspaceId: WorkspaceId;
  boardId: BoardId;
  title: string;
  text: string;
  status: FeedbackStatus;
  /** Posts by visitors wait for a person's eye before anyone else sees them. */
  moderation: Moderation;
  answer: { text: string; by: PersonId | null; byName: string; at: Instant } | null;
  /** Derived by counting votes, members' and visitors'. */
  votes: number;
  /** Members who voted, so that a device can show its own vote; visitors are only counted. */
  voters: readonly PersonId[];
  postedBy: PersonId | null;
  /** The name a visitor gave, or the member's; may be empty. */
  postedByName: string;
  postedAt: Instant;
  changedAt: Instant;
}
