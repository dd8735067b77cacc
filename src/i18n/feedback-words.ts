/** The words for the states of a feedback item. */
import type { FeedbackStatus } from '#domain/feedback/feedback.ts';
import { m } from '#i18n/compiled/messages.js';
import type { Locale } from '#i18n/compiled/runtime.js';

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
