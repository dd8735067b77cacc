/** `/trpc`: the router over HTTP, with bounds on what is read and an eye on what goes wrong. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { nodeHTTPRequestHandler } from '@trpc/server/adapters/node-http';
import { errorCodeOf, errorTable } from '#domain/errors.ts';
import { faultOf } from '../log.ts';
import type { ServerLog } from '../log.ts';
import { hasSessionCookie } from '../workspaces/accounts.ts';
import { bearerOf } from './address.ts';
import type { ContextOf } from './context.ts';
import { answerJson } from './headers.ts';
import { appRouter } from './router.ts';

export const trpcPath = '/trpc';
/** Bytes of one request: an imported file with its JSON around it is the largest thing sent this way. */
export const bodyBytesLimit = 12 * 1024 * 1024;
/** Bytes of a request that shows neither cookie nor token: forms, no files. */
export const visitorBodyBytesLimit = 64 * 1024;
/** Calls in one request. */
export const batchLimit = 20;

export interface TrpcParts {
  contextOf: ContextOf;
  log: ServerLog;
}

export function createTrpcHandler({ contextOf, log }: TrpcParts) {
  return async (
    request: IncomingMessage,
    response: ServerResponse,
    requestId: string,
    path: string,
  ): Promise<void> => {
    const isPost = request.method === 'POST';
    if (!isPost && request.method !== 'GET') return refuse(response, 405, 'bad_input', requestId);
    // JSON alone: a form of a foreign page cannot send it without asking first.
    if (isPost && !isJson(request.headers['content-type']))
      return refuse(response, 415, 'bad_input', requestId);
    const isKnown = hasSessionCookie(request.headers.cookie) || bearerOf(request) !== undefined;
    const maxBodySize = isKnown ? bodyBytesLimit : visitorBodyBytesLimit;
    if (Number(request.headers['content-length'] ?? 0) > maxBodySize) {
      // The rest of the body is not read: the connection ends with the answer.
      response.setHeader('connection', 'close');
      return refuse(response, 413, 'too_large', requestId);
    }
    // Streamed answers send their headers before the procedures have set their cookies.
    delete request.headers['trpc-accept'];

    await nodeHTTPRequestHandler({
      req: request,
      res: response,
      path,
      router: appRouter,
      maxBodySize,
      maxBatchSize: batchLimit,
      createContext: () => Promise.resolve(contextOf(request, response, requestId)),
      onError: ({ error, path: procedure }) => {
        const code = errorCodeOf(error.cause);
        const isFault = code ? errorTable[code].report : error.code === 'INTERNAL_SERVER_ERROR';
        if (isFault)
          log.error({ requestId, procedure, fault: faultOf(error.cause ?? error) }, 'procedure failed');
        else log.debug({ requestId, procedure, code: code ?? error.code }, 'procedure refused');
      },
    });
  };
}

const isJson = (contentType: string | undefined): boolean =>
  contentType?.split(';', 1)[0]?.trim().toLowerCase() === 'application/json';

/** In tRPC's own form, so that every client reads it alike. */
function refuse(response: ServerResponse, status: number, stoa: string, requestId: string): void {
  answerJson(response, status, {
    error: {
      message: stoa,
      code: -32600,
      data: { code: 'BAD_REQUEST', httpStatus: status, stoa, details: {}, requestId },
    },
  });
}
