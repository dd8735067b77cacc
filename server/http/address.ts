/** What a request says about itself, and how much of it is believed: only the trusted proxies' words. */
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';

export interface Trust {
  /** Proxies in front of the server, whose forwarded headers are believed. */
  proxies: number;
  /** The one address the server is known by; null when it may be reached by several. */
  publicUrl: URL | null;
}

const listOf = (header: string | string[] | undefined): string[] =>
  (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',').map((part) => part.trim());

/** The client's network address: each trusted proxy appended the one it saw, so it is counted from the end. */
export function addressOf(request: IncomingMessage, trust: Trust): string {
  const direct = request.socket.remoteAddress ?? '';
  if (trust.proxies === 0) return direct;
  const forwarded = listOf(request.headers['x-forwarded-for']).filter((part) => part !== '');
  return forwarded.at(-trust.proxies) ?? forwarded[0] ?? direct;
}

/** Scheme and host under which the client reached us, `https://example.org`; null for a request without host. */
export function originOf(request: IncomingMessage, trust: Trust): string | null {
  if (trust.publicUrl) return trust.publicUrl.origin;
  const isEncrypted = (request.socket as Partial<TLSSocket>).encrypted === true;
  const forwardedProto = trust.proxies > 0 ? listOf(request.headers['x-forwarded-proto']).at(-1) : '';
  const forwardedHost = trust.proxies > 0 ? listOf(request.headers['x-forwarded-host']).at(-1) : '';
  const scheme = forwardedProto === 'https' || (isEncrypted && !forwardedProto) ? 'https' : 'http';
  const host = forwardedHost !== undefined && forwardedHost !== '' ? forwardedHost : request.headers.host;
  if (!host) return null;
  try {
    return new URL(`${scheme}://${host}`).origin;
  } catch {
    return null;
  }
}

/** The token of `Authorization: Bearer …`; undefined when there is none. */
export function bearerOf(request: IncomingMessage): string | undefined {
  const match = /^Bearer +([^\s]+) *$/i.exec(request.headers.authorization ?? '');
  return match?.[1];
}
