import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { addressOf, bearerOf, originOf } from './address.ts';
import { isOriginAcceptable } from './origin.ts';

const request = (headers: Record<string, string>, more: Partial<IncomingMessage> = {}): IncomingMessage =>
  ({ headers, method: 'POST', socket: { remoteAddress: '10.0.0.1' }, ...more }) as unknown as IncomingMessage;
const direct = { proxies: 0, publicUrl: null };
const behind = (proxies: number) => ({ proxies, publicUrl: null });

describe('where a request comes from', () => {
  it('is the socket’s address, whatever the client writes, unless a proxy is trusted', () => {
    const forged = request({ 'x-forwarded-for': '203.0.113.9' });
    expect(addressOf(forged, direct)).toBe('10.0.0.1');
    expect(addressOf(forged, behind(1))).toBe('203.0.113.9');
    // The client wrote the first, the two proxies the others.
    const chain = request({ 'x-forwarded-for': '1.1.1.1, 203.0.113.9, 10.0.0.2' });
    expect(addressOf(chain, behind(1))).toBe('10.0.0.2');
    expect(addressOf(chain, behind(2))).toBe('203.0.113.9');
    expect(addressOf(request({}), behind(1))).toBe('10.0.0.1');
  });

  it('is the origin it was sent to: the host as asked, or the one public address', () => {
    expect(originOf(request({ host: 'stoa.local:3000' }), direct)).toBe('http://stoa.local:3000');
    const proxied = {
      host: 'inside:3000',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'stoa.example.org',
    };
    expect(originOf(request(proxied), direct)).toBe('http://inside:3000');
    expect(originOf(request(proxied), behind(1))).toBe('https://stoa.example.org');
    const publicUrl = new URL('https://stoa.example.org');
    expect(originOf(request({ host: 'inside:3000' }), { proxies: 0, publicUrl })).toBe(
      'https://stoa.example.org',
    );
    expect(originOf(request({}), direct)).toBeNull();
    expect(originOf(request({ host: 'a b/../c' }), direct)).toBeNull();
  });

  it('reads a bearer token, and nothing that only looks like one', () => {
    expect(bearerOf(request({ authorization: 'Bearer stoa_x' }))).toBe('stoa_x');
    expect(bearerOf(request({ authorization: 'Basic stoa_x' }))).toBeUndefined();
    expect(bearerOf(request({ authorization: 'Bearer a b' }))).toBeUndefined();
  });
});

describe('an origin', () => {
  const host = 'stoa.local:3000';
  const own = 'http://stoa.local:3000';
  const accepts = (headers: Record<string, string>, options = {}) =>
    isOriginAcceptable(request({ host, ...headers }), direct, options);

  it('must be our own on everything that changes something', () => {
    expect(accepts({ origin: own, cookie: 'a=b' })).toBe(true);
    expect(accepts({ origin: 'http://evil.example', cookie: 'a=b' })).toBe(false);
    expect(accepts({ origin: 'http://evil.example' })).toBe(false);
    expect(accepts({ origin: 'null', cookie: 'a=b' })).toBe(false);
    expect(accepts({ cookie: 'a=b' })).toBe(false);
    expect(accepts({})).toBe(true);
  });

  it('is not asked of a script with a token, but of one that brings a cookie too', () => {
    expect(accepts({ authorization: 'Bearer stoa_x' })).toBe(true);
    expect(accepts({ authorization: 'Bearer stoa_x', cookie: 'a=b' })).toBe(false);
  });

  it('is asked of websockets although they begin as a GET', () => {
    const get = request({ host, origin: 'http://evil.example', cookie: 'a=b' }, { method: 'GET' });
    expect(isOriginAcceptable(get, direct)).toBe(true);
    expect(isOriginAcceptable(get, direct, { isUpgrade: true })).toBe(false);
  });
});
