/** The server's manners, met from outside: a real server on a free port, requests as strangers send them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '#server/config.ts';
import { windows } from '#server/http/rate-limit.ts';
import { headerBytesLimit, targetLengthLimit } from '#server/http/server.ts';
import { batchLimit, bodyBytesLimit, visitorBodyBytesLimit } from '#server/http/trpc-handler.ts';
import { startServer } from '#server/main.ts';
import type { RunningServer } from '#server/main.ts';
import { slowPasswords } from '#server/workspaces/passwords.ts';

const password = 'an old stone bridge';
const lines: string[] = [];
const log = pino({ level: 'debug', base: null }, { write: (line: string) => void lines.push(line) });

let dataDir: string;
let server: RunningServer;
let url: string;
let cookie: string;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'stoa-server-'));
  const config = readConfig({ PORT: '0', HOST: '127.0.0.1', DATA_DIR: dataDir, TRUST_PROXY: '1' });
  server = await startServer(config, { pages: 'none', log });
  url = server.url;
  const token = server.setUpLink?.split('#')[1];
  const answer = await post('links.redeem', { token, name: 'Olga', email: 'olga@example.org', password });
  expect(answer.status).toBe(200);
  cookie = cookieOf(answer);
});
afterAll(async () => {
  await server.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const cookieOf = (answer: Response): string =>
  answer.headers
    .getSetCookie()
    .map((line) => line.split(';', 1)[0])
    .join('; ');

const post = (path: string, input: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${url}/trpc/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url, ...headers },
    body: JSON.stringify(input),
  });
const get = (path: string, headers: Record<string, string> = {}) => fetch(`${url}${path}`, { headers });

interface Refusal {
  error: { message: string; data: { stoa: string; details: Record<string, unknown>; requestId: string } };
}
const refusalOf = async (answer: Response): Promise<Refusal['error']> =>
  ((await answer.json()) as Refusal).error;

/** The status line of what comes back for bytes sent as they are. */
const rawAnswer = (head: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(server.port, '127.0.0.1', () => socket.write(head));
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.on('close', () => resolve(text.split('\r\n', 1)[0] ?? ''));
    socket.on('error', reject);
  });

describe('the server', () => {
  it('says that it lives and that it can work', async () => {
    expect(await (await get('/healthz')).json()).toEqual({ alive: true });
    const ready = await get('/readyz');
    expect(ready.status).toBe(200);
    expect(await ready.json()).toEqual({ ready: true, parts: { database: 'ok', log: 'ok' } });
  });

  it('sends strict headers with every answer', async () => {
    for (const path of ['/healthz', '/trpc/account.get', '/trpc/nothing.here', '/somewhere']) {
      const { headers } = await get(path);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('referrer-policy')).toBe('same-origin');
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
      expect(headers.get('strict-transport-security')).toBeNull();
    }
    expect((await get('/trpc/account.get')).headers.get('cache-control')).toBe('no-store');
  });

  it('answers an unknown procedure with a code, without a stack', async () => {
    const answer = await get('/trpc/people.everything');
    expect(answer.status).toBe(404);
    const text = await answer.text();
    expect(JSON.parse(text)).toMatchObject({ error: { message: 'not_found', data: { stoa: 'not_found' } } });
    expect(text).not.toMatch(/ {4}at |node_modules|\.ts:/);
  });

  it('answers bad input with a code, without repeating it', async () => {
    const answer = await post('account.signIn', { email: 'no address <script>', password: 'secret words' });
    expect(answer.status).toBe(400);
    const text = await answer.text();
    expect(JSON.parse(text)).toMatchObject({ error: { data: { stoa: 'bad_input' } } });
    expect(text).not.toMatch(/script|secret words|zod|stack/i);
  });

  it('takes JSON and nothing else', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      '',
    ]) {
      const answer = await post('account.signOut', {}, { 'content-type': type });
      expect(answer.status).toBe(415);
      expect((await refusalOf(answer)).data.stoa).toBe('bad_input');
    }
    expect(
      (await fetch(`${url}/trpc/account.get`, { method: 'DELETE', headers: { origin: url } })).status,
    ).toBe(405);
    const broken = await fetch(`${url}/trpc/account.signIn`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: url },
      body: '{"email":',
    });
    expect(broken.status).toBe(400);
    expect((await refusalOf(broken)).data.stoa).toBe('bad_input');
  });

  it('reads little from strangers and not everything from members', async () => {
    const tooMuch = 'a'.repeat(visitorBodyBytesLimit);
    const answer = await post('account.signIn', { email: tooMuch, password });
    expect(answer.status).toBe(413);
    expect((await refusalOf(answer)).data.stoa).toBe('too_large');
    // A member may send that much; it is wrong for another reason.
    expect((await post('account.signIn', { email: tooMuch, password }, { cookie })).status).toBe(400);
    expect(
      (await post('account.signIn', { email: 'a'.repeat(bodyBytesLimit), password }, { cookie })).status,
    ).toBe(413);
  });

  it('stops reading a body that does not say how long it is', async () => {
    const status = await new Promise<number | string>((resolve) => {
      const headers = { 'content-type': 'application/json', origin: url, 'transfer-encoding': 'chunked' };
      const sending = httpRequest(`${url}/trpc/account.signIn`, { method: 'POST', headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      });
      // Cut off in the middle of the answer is as good: what counts is that the server let go.
      sending.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
      const chunk = 'a'.repeat(16 * 1024);
      for (let sent = 0; sent <= visitorBodyBytesLimit * 4; sent += chunk.length) sending.write(chunk);
      sending.end();
    });
    expect([413, 'ECONNRESET', 'EPIPE']).toContain(status);
  });

  it('bounds how many calls one request carries and how long its head is', async () => {
    const many = (count: number) =>
      get(`/trpc/${Array(count).fill('account.get').join(',')}?batch=1&input={}`);
    expect((await many(batchLimit)).status).toBe(200);
    expect((await many(batchLimit + 1)).status).toBe(400);
    expect((await get(`/${'a'.repeat(targetLengthLimit)}`)).status).toBe(414);
    expect(
      await rawAnswer(`GET / HTTP/1.1\r\nHost: a\r\nX-Long: ${'a'.repeat(headerBytesLimit)}\r\n\r\n`),
    ).toContain('431');
  });

  it('refuses what another site’s page sends, with or without a cookie', async () => {
    const signOut = (headers: Record<string, string>) => post('account.signOut', undefined, headers);
    for (const origin of [
      'https://evil.example',
      'null',
      `${url}.evil.example`,
      url.replace('http:', 'https:'),
    ]) {
      expect((await signOut({ origin, cookie })).status).toBe(403);
      expect((await signOut({ origin })).status).toBe(403);
    }
    const me = (await (await get('/trpc/account.get', { cookie })).json()) as { result: { data: unknown } };
    expect(me.result.data).toMatchObject({ name: 'Olga' });
  });

  it('asks for an origin as soon as a cookie is shown, and not of scripts with a token', async () => {
    const workspaceId = await workspace();
    const input = JSON.stringify({ workspaceId, name: 'nightly', expiresAt: null });
    const withoutOrigin = (headers: Record<string, string>) =>
      fetch(`${url}/trpc/account.addToken`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: input,
      });
    expect((await withoutOrigin({ cookie })).status).toBe(403);
    const made = (await (await post('account.addToken', JSON.parse(input), { cookie })).json()) as {
      result: { data: { token: string } };
    };
    const authorization = `Bearer ${made.result.data.token}`;
    const byToken = await withoutOrigin({ authorization });
    // Past the origin check, and refused for what it is: a token makes no tokens.
    expect((await refusalOf(byToken)).data.stoa).toBe('not_allowed');
    const read = await get(
      `/trpc/changes.since?input=${encodeURIComponent(JSON.stringify({ workspaceId, cursor: null }))}`,
      {
        authorization,
      },
    );
    expect(read.status).toBe(200);
  });

  it('refuses a websocket from a foreign page, and any outside /sync/', async () => {
    const upgrade = (path: string, origin: string) =>
      rawAnswer(
        `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: ${origin}\r\nCookie: ${cookie}\r\n\r\n`,
      );
    expect(await upgrade('/sync/document/x', 'https://evil.example')).toBe('HTTP/1.1 403 Forbidden');
    expect(await upgrade('/elsewhere', url)).toBe('');
    expect((await get('/sync/document/x')).status).toBe(426);
  });

  it('keeps its cookies from scripts and other sites, and secure behind https', async () => {
    const signIn = (headers: Record<string, string>) =>
      post('account.signIn', { email: 'olga@example.org', password }, headers);
    const [plain] = (await signIn({})).headers.getSetCookie();
    expect(plain).toMatch(/; HttpOnly/i);
    expect(plain).toMatch(/; SameSite=Lax/i);
    expect(plain).not.toMatch(/; Secure/i);
    const origin = `https://127.0.0.1:${server.port}`;
    const answer = await signIn({ 'x-forwarded-proto': 'https', origin });
    expect(answer.headers.getSetCookie()[0]).toMatch(/; Secure/);
    expect(answer.headers.get('strict-transport-security')).toMatch(/^max-age=\d+$/);
  });

  it('lets nobody try passwords for long', async () => {
    const attempt = (from: string, email = 'olga@example.org') =>
      post('account.signIn', { email, password: 'a guess' }, { 'x-forwarded-for': from });
    for (let tried = 0; tried < windows.signIn.limit; tried += 1)
      expect((await refusalOf(await attempt('198.51.100.7'))).data.stoa).toBe('wrong_credentials');
    const limited = await attempt('198.51.100.7');
    expect(limited.status).toBe(429);
    const { data } = await refusalOf(limited);
    expect(data.stoa).toBe('rate_limited');
    expect(data.details.retryAfterSeconds).toBeGreaterThan(0);
    // Another address is another person.
    expect((await refusalOf(await attempt('198.51.100.8'))).data.stoa).toBe('wrong_credentials');
  });

  it('lets nobody try links for long', async () => {
    const look = () => post('links.look', { token: 'A'.repeat(64) }, { 'x-forwarded-for': '198.51.100.9' });
    for (let tried = 0; tried < windows.links.limit; tried += 1) expect((await look()).status).toBe(404);
    expect((await refusalOf(await look())).data.stoa).toBe('rate_limited');
  });

  it('keeps passwords in the slow way unless it is handed another', async () => {
    const kept = await server.house.db.read.selectFrom('credentials').select('password').execute();
    const hash = kept[0]?.password ?? '';
    expect(await slowPasswords.verify({ hash, password })).toBe(true);
  });

  it('makes one owner: the set-up link is void afterwards', async () => {
    const token = server.setUpLink?.split('#')[1];
    const again = { token, name: 'Eve', email: 'eve@example.org', password };
    expect((await refusalOf(await post('links.redeem', again))).data.stoa).toBe('already_set_up');
  });

  it('writes nothing personal and no query string into its log', async () => {
    await get('/boards/praca?search=olga%40example.org&token=stoa_secret');
    await post('account.signIn', { email: 'olga@example.org', password: 'a guess' });
    const text = lines.join('');
    expect(text).toContain('"path":"/boards/praca"');
    for (const secret of [
      'olga',
      'Olga',
      'example.org',
      'a guess',
      password,
      'stoa_secret',
      '?',
      '198.51.100.7',
      cookie.split('=')[1],
    ])
      expect(text).not.toContain(secret);
  });
});

async function workspace(): Promise<string> {
  const me = (await (await get('/trpc/account.get', { cookie })).json()) as {
    result: { data: { memberships: { workspaceId: string }[] } };
  };
  return me.result.data.memberships[0]?.workspaceId ?? '';
}
