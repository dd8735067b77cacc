/**
 * Everything that can be expected to go wrong, as a closed list of codes. One table says for each what
 * travels over tRPC, what closes a socket, and whether an operator should hear of it. The words a person
 * reads are chosen at the edge: message key `error_<code>` in `src/i18n/messages/<locale>/errors.json`.
 *
 * Recognise errors by `code`, never by `instanceof`: this module is loaded twice, by the server natively
 * and bundled into the pages, and the two classes are not the same object.
 */
export type TrpcCode =
  | 'BAD_REQUEST'
  | 'UNAUTHORIZED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'CONFLICT'
  | 'PAYLOAD_TOO_LARGE'
  | 'TOO_MANY_REQUESTS'
  | 'PRECONDITION_FAILED'
  | 'SERVICE_UNAVAILABLE'
  | 'INTERNAL_SERVER_ERROR';

export interface ErrorManners {
  /** The tRPC error code the answer carries. */
  trpc: TrpcCode;
  /** Websocket close code. 4400-4499 are final for y-websocket; everything else is retried. */
  close: number;
  /** Whether it is logged as a fault of ours rather than counted as an everyday refusal. */
  report: boolean;
}

const refuse = (trpc: TrpcCode, close: number): ErrorManners => ({ trpc, close, report: false });

export const errorTable = {
  // Who are you, and may you?
  not_signed_in: refuse('UNAUTHORIZED', 4401),
  not_allowed: refuse('FORBIDDEN', 4403),
  not_found: refuse('NOT_FOUND', 4404),
  wrong_origin: refuse('FORBIDDEN', 4403),
  wrong_credentials: refuse('UNAUTHORIZED', 4401),
  person_deactivated: refuse('FORBIDDEN', 4403),
  rate_limited: refuse('TOO_MANY_REQUESTS', 4529),

  // What was sent
  bad_input: refuse('BAD_REQUEST', 4400),
  too_large: refuse('PAYLOAD_TOO_LARGE', 4413),
  too_complex: refuse('PAYLOAD_TOO_LARGE', 4413),
  command_reused: refuse('CONFLICT', 4409),
  update_app: refuse('PRECONDITION_FAILED', 4426),

  // People and access
  link_unknown: refuse('NOT_FOUND', 4404),
  link_expired: refuse('PRECONDITION_FAILED', 4410),
  link_used: refuse('CONFLICT', 4409),
  already_set_up: refuse('CONFLICT', 4409),
  email_taken: refuse('CONFLICT', 4409),
  last_owner: refuse('CONFLICT', 4409),
  weak_password: refuse('BAD_REQUEST', 4400),

  // Records
  moved_on: refuse('CONFLICT', 4409),
  transition_refused: refuse('CONFLICT', 4409),
  already_claimed: refuse('CONFLICT', 4409),
  case_settled: refuse('CONFLICT', 4409),
  archived: refuse('CONFLICT', 4409),
  reason_required: refuse('BAD_REQUEST', 4400),
  title_required: refuse('BAD_REQUEST', 4400),
  title_too_long: refuse('BAD_REQUEST', 4400),
  board_closed: refuse('CONFLICT', 4409),
  not_moderated: refuse('CONFLICT', 4409),
  slug_taken: refuse('CONFLICT', 4409),
  folder_in_itself: refuse('CONFLICT', 4409),
  folder_not_empty: refuse('CONFLICT', 4409),

  // Import
  not_markdown: refuse('BAD_REQUEST', 4400),
  not_utf8: refuse('BAD_REQUEST', 4400),
  bad_front_matter: refuse('BAD_REQUEST', 4400),

  // This device; these never travel
  offline: refuse('SERVICE_UNAVAILABLE', 4503),
  device_full: refuse('SERVICE_UNAVAILABLE', 4503),
  device_failed: refuse('SERVICE_UNAVAILABLE', 4503),
  changes_waiting: refuse('CONFLICT', 4409),
  outbox_full: refuse('SERVICE_UNAVAILABLE', 4503),

  // The server's own state
  busy: refuse('SERVICE_UNAVAILABLE', 4503),
  stopping: refuse('SERVICE_UNAVAILABLE', 4503),
  storage_failed: { trpc: 'INTERNAL_SERVER_ERROR', close: 4500, report: true },
  unexpected: { trpc: 'INTERNAL_SERVER_ERROR', close: 4500, report: true },
} as const satisfies Record<string, ErrorManners>;

export type ErrorCode = keyof typeof errorTable;

export const errorCodes = Object.keys(errorTable) as ErrorCode[];

/** Facts that help the reader go on (a limit, a state, a name). Never secrets, never document text. */
export type ErrorDetails = Record<string, string | number | boolean | null>;

export class DomainError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
  constructor(code: ErrorCode, details: ErrorDetails = {}) {
    super(code);
    this.name = 'DomainError';
    this.code = code;
    this.details = details;
  }
}

/** The code of an expected error, whichever copy of this module threw it; undefined for the unexpected. */
export function errorCodeOf(error: unknown): ErrorCode | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { name, code } = error as { name?: unknown; code?: unknown };
  return name === 'DomainError' && typeof code === 'string' && Object.hasOwn(errorTable, code)
    ? (code as ErrorCode)
    : undefined;
}
