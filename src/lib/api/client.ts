/**
 * The typed way to the server: one tRPC client, calls of one moment in one request, every request with an
 * end. What comes back wrong is sorted once, here, into the three things a caller can act on: the server
 * refused (a code and details), the server could not (try again), nobody answered (offline).
 */
import { createTRPCClient, getUntypedClient, httpBatchLink, httpLink, splitLink } from '@trpc/client';
import type { TRPCClient } from '@trpc/client';
import { DomainError, errorTable } from '#domain/errors.ts';
import type { ErrorCode, ErrorDetails } from '#domain/errors.ts';
import type { HeldGrant, Role } from '#domain/access.ts';
import type { PersonId, WorkspaceId } from '#domain/ids.ts';
import type { CommandAnswer, CommandEnvelope, FeedCursor, FeedPage } from '#domain/records.ts';
import { second } from '#domain/time.ts';
import type { AppRouter } from '../../../server/http/router.ts';

export type Api = TRPCClient<AppRouter>;

/** After this an unanswered request counts as lost; commands are safe to send again. */
export const requestTimeoutMs = 20 * second;
/** The same for one that carries a whole file over a thin line. */
export const largeRequestTimeoutMs = 180 * second;
/** Above this many characters a command travels alone, so that its neighbours do not wait for it. */
export const aloneAboveLength = 32_768;
/** Characters of an address; questions that do not fit go in several requests. */
export const addressLengthLimit = 4_000;
/** Calls in one request. A larger batch would make the first wait for the last. */
export const batchLimit = 20;

export interface ApiOptions {
  /** Where the server is: empty in a page, an absolute address in tests. */
  baseUrl: string;
  fetch: typeof fetch;
  /** Sent with every request; tests carry a session here, pages have their cookie. */
  headers?: () => Record<string, string>;
}

export function createApi({ baseUrl, fetch: send, headers }: ApiOptions): Api {
  const url = `${baseUrl}/trpc`;
  const endingAfter =
    (timeoutMs: number) =>
    (input: RequestInfo | URL | string, init?: RequestInit): Promise<Response> => {
      const end = AbortSignal.timeout(timeoutMs);
      const signal = init?.signal ? AbortSignal.any([init.signal, end]) : end;
      return send(input, { ...init, signal });
    };
  const carried = () => headers?.() ?? {};
  return createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: ({ context }) => context['alone'] === true,
        true: httpLink({ url, headers: carried, fetch: endingAfter(largeRequestTimeoutMs) }),
        false: httpBatchLink({
          url,
          maxItems: batchLimit,
          maxURLLength: addressLengthLimit,
          headers: carried,
          fetch: endingAfter(requestTimeoutMs),
        }),
      }),
    ],
  });
}

/** Sends one command by its name, which is also its path. */
export async function sendCommand(
  api: Api,
  name: string,
  envelope: CommandEnvelope & { input: unknown },
): Promise<CommandAnswer> {
  const alone = JSON.stringify(envelope.input).length > aloneAboveLength;
  const answer = await getUntypedClient(api).mutation(name, envelope, { context: { alone } });
  return answer as CommandAnswer;
}

/** Who is signed in, as `account.get` answers. */
export interface SignedIn {
  personId: PersonId;
  name: string;
  email: string;
  via: 'session' | 'token';
  memberships: { workspaceId: WorkspaceId; workspaceName: string; role: Role | null; grants: HeldGrant[] }[];
}

/** Null for nobody. */
export const askAccount = (api: Api): Promise<SignedIn | null> => api.account.get.query();

export const endSession = async (api: Api): Promise<void> => {
  await api.account.signOut.mutate();
};

/** One page of the change feed. */
export const askChanges = (
  api: Api,
  workspaceId: WorkspaceId,
  cursor: FeedCursor | null,
): Promise<FeedPage> => api.changes.since.query({ workspaceId, cursor });

/**
 * `refused`: the server said no, with a code. `failed`: the server answered, but could not (5xx, a code that
 * speaks of its own state). `unreachable`: no answer of ours came back; a captive portal's page counts too.
 */
export type Failure =
  | { kind: 'refused'; code: ErrorCode; details: ErrorDetails }
  | { kind: 'failed'; code: ErrorCode; details: ErrorDetails }
  | { kind: 'unreachable' };

/** Codes that speak of the moment or of the server, not of what was asked: asking again may succeed. */
const passing: ReadonlySet<ErrorCode> = new Set([
  'rate_limited',
  'busy',
  'stopping',
  'storage_failed',
  'unexpected',
  'wrong_origin',
]);

export function failureOf(error: unknown): Failure {
  const data = (error as { data?: unknown } | null)?.data;
  const { stoa, details } = (data ?? {}) as { stoa?: unknown; details?: unknown };
  if (typeof stoa !== 'string') return { kind: 'unreachable' };
  // A code this version does not know comes from a newer server: only an update can explain it.
  const code: ErrorCode = Object.hasOwn(errorTable, stoa) ? (stoa as ErrorCode) : 'update_app';
  const facts = typeof details === 'object' && details !== null ? (details as ErrorDetails) : {};
  return { kind: passing.has(code) ? 'failed' : 'refused', code, details: facts };
}

/** The same, as the error a screen can show. */
export function domainErrorOf(error: unknown): DomainError {
  const failure = failureOf(error);
  return failure.kind === 'unreachable'
    ? new DomainError('offline')
    : new DomainError(failure.code, failure.details);
}
