/** Security headers of every answer. Pages get their content policy from Kit, which knows their scripts. */
import type { ServerResponse } from 'node:http';

/** For answers that are data and never a page. */
const dataPolicy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/**
 * For pages until Kit replaces it with theirs. Prerendered pages carry theirs in a meta element, where
 * `frame-ancestors` is void: so this must hold beside it and say nothing about scripts.
 */
const pagePolicy = "frame-ancestors 'none'; object-src 'none'; base-uri 'self'; form-action 'self'";

const httpsForSeconds = 365 * 24 * 60 * 60;

export function setSecurityHeaders(
  response: ServerResponse,
  { isPage, isHttps }: { isPage: boolean; isHttps: boolean },
): void {
  response.setHeader('content-security-policy', isPage ? pagePolicy : dataPolicy);
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('x-frame-options', 'DENY');
  // Not `no-referrer`: browsers would then send `Origin: null` with the forms of our own pages.
  response.setHeader('referrer-policy', 'same-origin');
  response.setHeader('cross-origin-opener-policy', 'same-origin');
  response.setHeader('cross-origin-resource-policy', 'same-origin');
  response.setHeader('permissions-policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()');
  if (isHttps) response.setHeader('strict-transport-security', `max-age=${httpsForSeconds}`);
  if (!isPage) response.setHeader('cache-control', 'no-store');
}

/** Ends a request with a small JSON answer. */
export function answerJson(response: ServerResponse, status: number, body: Record<string, unknown>): void {
  const text = JSON.stringify(body);
  response.statusCode = status;
  response.setHeader('content-type', 'application/json; charset=utf-8');
  response.setHeader('content-length', Buffer.byteLength(text));
  response.end(text);
}
