/**
 * The door for requests: finds the actor, checks the workspace, hands parsed commands to services, and maps
 * errors to codes. Feature routers are written with `command` and `query`, so that no procedure can forget who is
 * asking; `openProcedure` is for what comes before that, and for what anybody may see.
 */
import { initTRPC, TRPCError } from '@trpc/server';
import { z } from 'zod';
import type { PersonActor } from '#domain/access.ts';
import { errorCodeOf, errorTable } from '#domain/errors.ts';
import type { DomainError, ErrorCode, ErrorDetails } from '#domain/errors.ts';
import { workspaceId } from '#domain/ids.ts';
import type { WorkspaceId } from '#domain/ids.ts';
import { commandEnvelope } from '#domain/records.ts';
import type { CommandAnswer, CommandSpec } from '#domain/records.ts';
import type { Instant } from '#domain/time.ts';
import type { ReceivedCommand } from '../storage/receipts.ts';
import type { Account, Credentials } from '../workspaces/accounts.ts';
import type { Limits } from './rate-limit.ts';
import type { Services } from './services.ts';

export interface RequestContext {
  requestId: string;
  services: Services;
  now: () => Instant;
  /** Who is asking, in this workspace. Throws `not_signed_in` or `not_allowed` by itself for nobody. */
  personIn: (workspaceId: WorkspaceId) => Promise<PersonActor>;
  /** The signed-in account without regard to a workspace; null for a visitor. */
  account: () => Promise<Account | null>;
  /** What the request showed to say who it is; for signing in and out. */
  credentials: Credentials;
  /** Adds `Set-Cookie` lines to the answer. */
  setCookies: (lines: readonly string[]) => void;
  limits: Limits;
  /** Network address, for rate limits only. */
  address: string;
}

/** What an error carries to the client besides tRPC's own fields. */
export interface ErrorData {
  stoa: ErrorCode;
  details: ErrorDetails;
  requestId: string | null;
}

/** What tRPC itself refuses before a procedure of ours is asked. */
const codeOfDoor: Partial<Record<TRPCError['code'], ErrorCode>> = {
  BAD_REQUEST: 'bad_input',
  PARSE_ERROR: 'bad_input',
  UNSUPPORTED_MEDIA_TYPE: 'bad_input',
  METHOD_NOT_SUPPORTED: 'bad_input',
  NOT_FOUND: 'not_found',
  PAYLOAD_TOO_LARGE: 'too_large',
};

const t = initTRPC.context<RequestContext>().create({
  errorFormatter: ({ shape, error, ctx }) => {
    const code = errorCodeOf(error.cause);
    const details = code ? (error.cause as DomainError).details : {};
    const stoa: ErrorCode = code ?? codeOfDoor[error.code] ?? 'unexpected';
    const data: ErrorData = { stoa, details, requestId: ctx?.requestId ?? null };
    // Never the message of an unexpected error: it may quote content.
    return { ...shape, message: stoa, data: { ...shape.data, stack: undefined, ...data } };
  },
});

/** Expected errors leave as the tRPC code of the table; anything else is a fault and passes unchanged. */
const mapErrors = t.middleware(async ({ next }) => {
  const result = await next();
  if (!result.ok) {
    const code = errorCodeOf(result.error.cause);
    if (code) throw new TRPCError({ code: errorTable[code].trpc, message: code, cause: result.error.cause });
  }
  return result;
});

const base = t.procedure.use(mapErrors);

export const router = t.router;
export const createCallerFactory = t.createCallerFactory;

/** A question that needs no workspace and no session (set-up, links, health of the account). */
export const openProcedure = base;

/** A question asked by a signed-in member of a workspace. */
export const query = base.input(z.object({ workspaceId })).use(async ({ ctx, input, next }) => {
  const actor = await ctx.personIn(input.workspaceId);
  return next({ ctx: { ...ctx, actor } });
});

type Run<Input> = (services: Services, command: ReceivedCommand<Input>) => Promise<CommandAnswer>;

/**
 * A command as a mutation: envelope and input parsed, actor found, one line to the service.
 * `router({ rename: command(documentCommands['documents.rename'], (s, c) => s.documents.rename(c)) })`
 */
export const command = <Name extends string, Input>(spec: CommandSpec<Name, Input>, run: Run<Input>) =>
  base
    .input(commandEnvelope.extend({ input: spec.input }))
    .meta({ command: spec.name })
    .mutation(async ({ ctx, input }) => {
      const actor = await ctx.personIn(input.workspaceId);
      const parsed = input.input;
      return run(ctx.services, {
        commandId: input.commandId,
        workspaceId: input.workspaceId,
        baseSeq: input.baseSeq,
        occurredAt: input.occurredAt,
        name: spec.name,
        aggregate: spec.aggregate(parsed),
        input: parsed,
        actor,
        now: ctx.now(),
      });
    });
