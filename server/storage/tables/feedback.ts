/** Tables of feedback. Votes are counted, never stored as a number. */
import type { Board, FeedbackStatus, Moderation } from '#domain/feedback/feedback.ts';
import type { Instant } from '#domain/time.ts';

export interface FeedbackTables {
  boards: {
    workspace_id: string;
    id: string;
    /** Unique on the server, because it is in the public address. */
    slug: string;
    title: string;
    introduction: string;
    language: Board['language'];
    visibility: Board['visibility'];
    closed_at: Instant | null;
    /** The command that set the title, to notice that two people changed it at once. */
    title_command: string | null;
  };
  feedback_items: {
    workspace_id: string;
    id: string;
    board_id: string;
    title: string;
    body: string;
    status: FeedbackStatus;
    moderation: Moderation;
    answer: string | null;
    answer_by: string | null;
    answer_by_name: string | null;
    answer_at: Instant | null;
    /** The command that wrote or took back the answer. */
    answer_command: string | null;
    posted_by: string | null;
    posted_by_name: string;
    posted_at: Instant;
    changed_at: Instant;
  };
  /** One row a voter. `voter` is a person's id or, for visitors, a hash of the key in their browser. */
  feedback_votes: {
    workspace_id: string;
    item_id: string;
    voter: string;
    /** The member who voted; null for visitors, who are only counted. */
    person_id: string | null;
    voted_at: Instant;
  };
}
