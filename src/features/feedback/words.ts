/** The words of this noun that several screens use. */
import { m } from '#i18n/compiled/messages.js';
import { statusWord } from '#i18n/feedback-words.ts';
import type { FeedbackFilter } from './filters.ts';

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
