/** Starting and stopping as an operator meets it: the program itself, its words and its exit code. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runAdmin } from '#server/admin/run.ts';

const program = fileURLToPath(new URL('start-program.ts', import.meta.url));

let folder: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stoa-start-'));
  chmodSync(folder, 0o755);
});
afterEach(async () => {
  for (const child of children.splice(0))
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  rmSync(folder, { recursive: true, force: true });
});

interface Run {
  child: ChildProcess;
  /** Resolves with everything printed so far once the pattern appears on stdout. */
  printed: (pattern: RegExp) => Promise<string>;
  ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
}

function start(settings: Record<string, string>): Run {
  const environment = { ...process.env, PORT: '0', HOST: '127.0.0.1', DATA_DIR: folder, LOG_LEVEL: 'error' };
  const child = spawn(process.execPath, [program], {
    env: { ...environment, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = once(child, 'close').then(() => ({ code: child.exitCode, stdout, stderr }));
  const printed = async (pattern: RegExp): Promise<string> => {
    while (!pattern.test(stdout)) {
      const more = once(child.stdout as NodeJS.EventEmitter, 'data').then(() => true);
      const isOver = await Promise.race([more, ended.then(() => false)]);
      if (!isOver && !pattern.test(stdout)) throw new Error(`the server ended early: ${stderr}`);
    }
    return stdout;
  };
  return { child, printed, ended };
}

/** One sentence on stderr, no stack trace, and a code that tells scripts. */
async function expectSentence(run: Run, words: RegExp): Promise<void> {
  const { code, stdout, stderr } = await run.ended;
  expect(stderr.trim()).toMatch(words);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).not.toMatch(/ {4}at /);
  expect(stdout).toBe('');
  expect(code).toBe(1);
}

describe('npm start', () => {
  it('prints its address and the owner’s link, keeps its secret, and stops in order', async () => {
    const run = start({});
    const text = await run.printed(/link#/);
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0] ?? '';
    expect(text).toMatch(/http:\/\/127\.0\.0\.1:\d+\/link#[A-Za-z0-9_-]{64}\n/);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect(statSync(join(folder, 'secret')).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'secret')).size).toBe(32);
    // The folder was there before, open to others: what is made in it is not.
    for (const file of readdirSync(folder))
      expect([file, statSync(join(folder, file)).mode & 0o077]).toEqual([file, 0]);
    run.child.kill('SIGTERM');
    expect(await run.ended).toMatchObject({ code: 0, stderr: '' });

    // The same folder again: the same link, since nobody used it.
    const again = start({});
    const link = /link#\S+/.exec(text)?.[0];
    expect(await again.printed(/link#/)).toContain(link);
    again.child.kill('SIGINT');
    expect(await again.ended).toMatchObject({ code: 0 });
  });

  it('names a taken port in one sentence', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    await expectSentence(start({ PORT: String(port) }), new RegExp(`^Port ${port} is taken\\.`));
    taken.close();
  });

  it('names a wrong setting in one sentence', async () => {
    await expectSentence(start({ PORT: 'three thousand' }), /^The setting PORT must be a port number/);
  });

  it('names a folder it cannot use in one sentence', async () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    await expectSentence(start({ DATA_DIR: join(file, 'data') }), /^The data folder .* cannot be written to/);
  });

  it('names a damaged secret in one sentence', async () => {
    writeFileSync(join(folder, 'secret'), 'short');
    await expectSentence(start({}), /^The secret .* is damaged/);
  });

  it('tells the command line beside it which address its links must have', async () => {
    const server = start({});
    const url = /http:\S+(?=\/link#)/.exec(await server.printed(/link#\S+\n/))?.[0] ?? '';
    const link = async (settings: Record<string, string> = {}) => {
      const out: string[] = [];
      const args = ['person', 'add', 'ana@example.org', '--role', 'owner'];
      const environment = { DATA_DIR: folder, PORT: '4555', ...settings };
      await runAdmin(args, environment, { out: (line) => out.push(line), note: () => undefined });
      return out[0];
    };
    expect(await link()).toMatch(new RegExp(`^${url}/link#`));
    expect(await link({ PUBLIC_URL: 'https://stoa.example.org' })).toMatch(
      /^https:\/\/stoa\.example\.org\/link#/,
    );
    server.child.kill('SIGTERM');
    await server.ended;
    expect(await link()).toMatch(/^http:\/\/localhost:4555\/link#/);
  });

  it('does not share its folder with a second server', async () => {
    const first = start({});
    await first.printed(/link#/);
    await expectSentence(start({}), /^Another server is using the data folder/);
  });
});
