/** The words of this noun that several screens use. */
import type { FeedbackStatus } from '#domain/feedback/feedback.ts';
import { m } from '#i18n/compiled/messages.js';
import type { Locale } from '#i18n/compiled/runtime.js';
import type { FeedbackFilter } from './filters.ts';

const statuses = {
  open: m.feedback_status_open,
  planned: m.feedback_status_planned,
  doing: m.feedback_status_doing,
  done: m.feedback_status_done,
  declined: m.feedback_status_declined,
} as const;

/** A public board speaks its own language; elsewhere the reader's choice holds. */
export const statusWord = (status: FeedbackStatus, locale?: Locale): string =>
  statuses[status]({}, locale ? { locale } : {});

export function viewWord(view: FeedbackFilter['view']): string {
  switch (view) {
    case 'shown':
      return m.feedback_view_shown();
    case 'pending':
      return m.feedback_view_pending();
    case 'unanswered':
      return m.feedback_view_unanswered();
    case 'refused':
      return m.feedback_view_refused();
    default:
      return statusWord(view);
  }
}
