/** A refused change of feedback: what it was and why it was refused, with names, and states as words. */
import type { ErrorCode, ErrorDetails } from '#domain/errors.ts';
import { feedbackStatuses } from '#domain/feedback/feedback.ts';
import type { FeedbackStatus } from '#domain/feedback/feedback.ts';
import { m } from '#i18n/compiled/messages.js';
import { statusWord } from '#i18n/feedback-words.ts';

export interface RefusedFeedback {
  name: string;
  input: unknown;
  code: ErrorCode;
  details: ErrorDetails;
}

const isStatus = (text: unknown): text is FeedbackStatus =>
  (feedbackStatuses as readonly unknown[]).includes(text);
const inputOf = (input: unknown): Record<string, unknown> => (input ?? {}) as Record<string, unknown>;

/** What was not done, in one sentence; null where the general words say enough. */
export function whatOfFeedback({ name, input }: RefusedFeedback): string | null {
  const { to, wanted, title } = inputOf(input);
  switch (name) {
    case 'feedback.openBoard':
      return m.feedback_needs_you_open_board({ title: String(title) });
    case 'feedback.changeBoard':
    case 'feedback.closeBoard':
    case 'feedback.reopenBoard':
      return m.feedback_needs_you_board();
    case 'feedback.post':
      return m.feedback_needs_you_post({ title: String(title) });
    case 'feedback.vote':
      return wanted === false ? m.feedback_needs_you_unvote() : m.feedback_needs_you_vote();
    case 'feedback.setStatus':
      return isStatus(to) ? m.feedback_needs_you_status({ to: statusWord(to) }) : null;
    case 'feedback.answer':
      return m.feedback_needs_you_answer();
    case 'feedback.moderate':
      return to === 'approved' ? m.feedback_needs_you_approve() : m.feedback_needs_you_refuse();
    default:
      return null;
  }
}

/** Why, and what to do; null where the general words of the code say enough. */
export function whyOfFeedback({ name, input, code, details }: RefusedFeedback): string | null {
  if (!name.startsWith('feedback.')) return null;
  const by = typeof details.by === 'string' && details.by !== '' ? details.by : m.feedback_someone();
  const { state } = details;
  switch (code) {
    case 'moved_on':
      if (isStatus(state)) {
        const now = statusWord(state);
        return state === inputOf(input)['to']
          ? m.feedback_why_same_status({ by, now })
          : m.feedback_why_status({ by, now });
      }
      return state === 'approved' ? m.feedback_why_approved({ by }) : m.feedback_why_refused({ by });
    case 'not_moderated':
      return state === 'refused' ? m.feedback_why_not_shown({ by }) : m.feedback_why_pending();
    case 'board_closed':
      return m.feedback_why_closed({ by });
    case 'slug_taken':
      return m.feedback_why_address({ address: `/boards/${String(details.slug ?? '')}` });
    case 'not_found':
      return m.feedback_why_gone();
    default:
      return null;
  }
}
