/**
 * One port: health, tRPC and pages over HTTP, `/sync/` as websockets. Here stand the manners every request
 * meets: an id, security headers, the origin check, one line in the log without anything personal.
 */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { batchPath } from '#domain/sync/batch.ts';
import { minute, second } from '#domain/time.ts';
import { faultOf, loggedPath, pathOf } from '../log.ts';
import type { ServerLog } from '../log.ts';
import { originOf } from './address.ts';
import type { Trust } from './address.ts';
import { answerJson, setSecurityHeaders } from './headers.ts';
import { checkReadiness } from './health.ts';
import type { ReadinessCheck } from './health.ts';
import { isOriginAcceptable } from './origin.ts';
import { metricsPath } from './metrics.ts';
import { trpcPath } from './trpc-handler.ts';

/** A request's head must have arrived by then, and the whole request by the second: slow senders hold a socket. */
export const headersTimeoutMs = 20 * second;
/**
 * How long an idle connection stays open. Longer than clients and proxies keep one before they close it
 * themselves: whoever closes first wins, and a request sent into a closing connection is lost.
 */
export const keepAliveTimeoutMs = 75 * second;
export const requestTimeoutMs = 5 * minute;
/** Bytes of a request's head, its cookies and query included. */
export const headerBytesLimit = 16 * 1024;
export const targetLengthLimit = 8 * 1024;

type Handle = (
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  path: string,
) => Promise<void>;
export type HandleUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

export interface HttpParts {
  log: ServerLog;
  trust: Trust;
  trpc: Handle;
  pages: (request: IncomingMessage, response: ServerResponse, requestId: string) => Promise<void>;
  /** Sockets below `/sync/`. */
  sync: HandleUpgrade;
  /** Texts without a socket. */
  batch: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** Figures, where they are on this port at all. */
  metrics: ((request: IncomingMessage, response: ServerResponse) => Promise<void>) | null;
  /** In development other upgrades are Vite's. */
  isDev: boolean;
  readiness: Readonly<Record<string, ReadinessCheck>>;
}

const syncPath = '/sync/';

export function createHttpServer(parts: HttpParts): Server {
  const { log, trust } = parts;
  const server = createServer(
    {
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveTimeoutMs,
      maxHeaderSize: headerBytesLimit,
    },
    (request, response) => {
      const requestId = randomUUID();
      handle(request, response, requestId).catch((error: unknown) => {
        log.error({ requestId, fault: faultOf(error) }, 'request failed');
        if (!response.headersSent) answerJson(response, 500, { error: 'unexpected', requestId });
        else response.destroy();
      });
    },
  );

  async function handle(
    request: IncomingMessage,
    response: ServerResponse,
    requestId: string,
  ): Promise<void> {
    const startedMs = performance.now();
    const path = pathOf(request.url);
    const isTrpc = path === trpcPath || path.startsWith(`${trpcPath}/`);
    const isHealth = path === '/healthz' || path === '/readyz' || path === metricsPath;
    const isHttps = originOf(request, trust)?.startsWith('https:') ?? false;
    response.setHeader('x-request-id', requestId);
    setSecurityHeaders(response, { isPage: !isTrpc && !isHealth && !path.startsWith(syncPath), isHttps });
    response.once('close', () => {
      const facts = {
        requestId,
        method: request.method,
        path: loggedPath(path),
        status: response.statusCode,
        durationMs: Math.round(performance.now() - startedMs),
      };
      // Probes and files of the app would drown what matters.
      log[isHealth || path.startsWith('/_app/') ? 'debug' : 'info'](facts, 'request');
    });

    if ((request.url ?? '').length > targetLengthLimit)
      return answerJson(response, 414, { error: 'too_large', requestId });
    if (!isOriginAcceptable(request, trust))
      return answerJson(response, 403, { error: 'wrong_origin', requestId });
    if (path === '/healthz') return answerJson(response, 200, { alive: true });
    if (path === '/readyz') {
      const readiness = await checkReadiness(parts.readiness);
      return answerJson(response, readiness.ready ? 200 : 503, { ...readiness });
    }
    if (path === metricsPath && parts.metrics !== null) return parts.metrics(request, response);
    if (isTrpc) return parts.trpc(request, response, requestId, path.slice(trpcPath.length + 1));
    if (path === batchPath && request.method === 'POST') return parts.batch(request, response);
    if (path.startsWith(syncPath)) {
      response.setHeader('upgrade', 'websocket');
      return answerJson(response, 426, { error: 'bad_input', requestId });
    }
    return parts.pages(request, response, requestId);
  }

  server.on('upgrade', (request, socket, head) => {
    if (!pathOf(request.url).startsWith(syncPath)) {
      if (!parts.isDev) socket.destroy();
      return;
    }
    // A reset before the handshake is over must not end the process.
    socket.on('error', () => socket.destroy());
    if (!isOriginAcceptable(request, trust, { isUpgrade: true })) {
      log.info({ path: loggedPath(pathOf(request.url)) }, 'upgrade from a foreign origin refused');
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    parts.sync(request, socket, head);
  });

  return server;
}
