/**
 * Whether a request that carries a cookie comes from our own pages. Asked on everything that changes something
 * and on the websocket upgrade: a browser sends the cookie along whoever wrote the page, but it cannot lie
 * about `Origin`.
 */
import type { IncomingMessage } from 'node:http';
import { originOf } from './address.ts';
import type { Trust } from './address.ts';

const isReading = (method: string | undefined): boolean =>
  method === 'GET' || method === 'HEAD' || method === 'OPTIONS';

/**
 * Foreign origins are refused even without a cookie: no page of another site has business here. Without any
 * `Origin` only requests without a cookie pass (a script; there is nothing a browser could have added).
 * Requests with a personal access token and no cookie are exempt: no browser sends that by itself.
 */
export function isOriginAcceptable(
  request: IncomingMessage,
  trust: Trust,
  { isUpgrade = false } = {},
): boolean {
  if (!isUpgrade && isReading(request.method)) return true;
  const { origin, cookie, authorization } = request.headers;
  if (authorization !== undefined && cookie === undefined) return true;
  if (origin === undefined) return cookie === undefined;
  return origin === originOf(request, trust);
}
