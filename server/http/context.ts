/** From a request to what procedures are given: who asks (found once, when somebody wants to know) and limits. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { personHeader } from '#domain/access.ts';
import type { Instant } from '#domain/time.ts';
import type { Account } from '../workspaces/accounts.ts';
import { addressOf, bearerOf, originOf } from './address.ts';
import type { Trust } from './address.ts';
import type { Limits } from './rate-limit.ts';
import type { Services } from './services.ts';
import type { RequestContext } from './trpc.ts';

export interface ContextParts {
  services: Services;
  limits: Limits;
  trust: Trust;
  now: () => Instant;
}

export function createContextOf({ services, limits, trust, now }: ContextParts) {
  return (request: IncomingMessage, response: ServerResponse, requestId: string): RequestContext => {
    const { accounts } = services;
    const address = addressOf(request, trust);
    const isHttps = originOf(request, trust)?.startsWith('https:') ?? false;
    const credentials = {
      cookie: request.headers.cookie,
      token: bearerOf(request),
      userAgent: request.headers['user-agent'],
    };

    const setCookies = (lines: readonly string[]): void => {
      for (const line of lines) response.appendHeader('set-cookie', isHttps ? `${line}; Secure` : line);
    };

    let identified: Promise<Account | null> | undefined;
    const account = (): Promise<Account | null> => {
      identified ??= accounts.identify(credentials).then((found) => {
        setCookies(found.cookies);
        const meant = request.headers[personHeader];
        // Another person has signed in in this browser since: what the first one wrote is not theirs to send.
        if (meant !== undefined && found.account !== null && meant !== found.account.personId) return null;
        return found.account;
      });
      return identified;
    };

    return {
      requestId,
      services,
      now,
      address,
      limits,
      credentials,
      setCookies,
      account,
      personIn: async (workspaceId) => accounts.actorIn(await account(), workspaceId),
    };
  };
}

export type ContextOf = ReturnType<typeof createContextOf>;
