/** The words for an error code: what happened, what is safe, what to do. Total by type over the closed list. */
import { errorCodeOf } from '#domain/errors.ts';
import type { ErrorCode, ErrorDetails } from '#domain/errors.ts';
import { m } from '#i18n/compiled/messages.js';
import type { Locale } from '#i18n/compiled/runtime.js';

/** Some messages name a fact of the error (a limit, a state); what they need, the error's details hold. */
type Words = (inputs: never, options?: { locale?: Locale }) => string;

/** Each named by hand: looked up by key, every message of the product would travel with the first page. */
const table: Record<ErrorCode, Words> = {
  not_signed_in: m.error_not_signed_in,
  not_allowed: m.error_not_allowed,
  not_found: m.error_not_found,
  wrong_origin: m.error_wrong_origin,
  wrong_credentials: m.error_wrong_credentials,
  person_deactivated: m.error_person_deactivated,
  rate_limited: m.error_rate_limited,
  bad_input: m.error_bad_input,
  too_large: m.error_too_large,
  too_complex: m.error_too_complex,
  command_reused: m.error_command_reused,
  update_app: m.error_update_app,
  link_unknown: m.error_link_unknown,
  link_expired: m.error_link_expired,
  link_used: m.error_link_used,
  already_set_up: m.error_already_set_up,
  email_taken: m.error_email_taken,
  last_owner: m.error_last_owner,
  weak_password: m.error_weak_password,
  moved_on: m.error_moved_on,
  transition_refused: m.error_transition_refused,
  already_claimed: m.error_already_claimed,
  case_settled: m.error_case_settled,
  archived: m.error_archived,
  reason_required: m.error_reason_required,
  title_required: m.error_title_required,
  title_too_long: m.error_title_too_long,
  board_closed: m.error_board_closed,
  not_moderated: m.error_not_moderated,
  slug_taken: m.error_slug_taken,
  folder_in_itself: m.error_folder_in_itself,
  folder_not_empty: m.error_folder_not_empty,
  not_markdown: m.error_not_markdown,
  not_utf8: m.error_not_utf8,
  bad_front_matter: m.error_bad_front_matter,
  offline: m.error_offline,
  device_full: m.error_device_full,
  device_failed: m.error_device_failed,
  changes_waiting: m.error_changes_waiting,
  outbox_full: m.error_outbox_full,
  busy: m.error_busy,
  stopping: m.error_stopping,
  storage_failed: m.error_storage_failed,
  unexpected: m.error_unexpected,
};

/** On the server the locale must be given; in the pages it follows the reader's choice. */
export const errorWords = (code: ErrorCode, details: ErrorDetails = {}, locale?: Locale): string =>
  table[code](details as never, locale ? { locale } : {});

/**
 * The code inside whatever was caught: our own error, or what tRPC carries in `data`. A tRPC error without
 * our data never came from the server: nobody answered. Anything else is `unexpected`.
 */
export function codeOfCaught(error: unknown): ErrorCode {
  const own = errorCodeOf(error);
  if (own) return own;
  const { name, data } = (error ?? {}) as { name?: unknown; data?: { stoa?: unknown } | null };
  const carried = errorCodeOf({ name: 'DomainError', code: data?.stoa });
  return carried ?? (name === 'TRPCClientError' && !data ? 'offline' : 'unexpected');
}

/** What to say about whatever was caught. */
export function wordsOfCaught(error: unknown): string {
  const { details, data } = (error ?? {}) as { details?: ErrorDetails; data?: { details?: ErrorDetails } };
  return errorWords(codeOfCaught(error), details ?? data?.details);
}
