/**
 * The server as its own process on its own folder, as a person would run it: it can be stopped in order,
 * killed, and started again on the same folder and port.
 */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const startPatienceMs = 30_000;

export class ServerProcess {
  readonly dataDir = mkdtempSync(join(tmpdir(), 'stoa-e2e-'));
  /** Known after the first start, and kept. */
  url = '';
  /** The one-time link that makes the owner, printed while nobody has signed up. */
  setUpLink = '';
  #child: ChildProcess | undefined;
  #printed = '';
  readonly #root: string;

  constructor(from = root) {
    this.#root = from;
  }

  async start(): Promise<void> {
    const port = this.url === '' ? '0' : new URL(this.url).port;
    const child = spawn(process.execPath, ['server/main.ts'], {
      cwd: this.#root,
      env: {
        ...process.env,
        PORT: port,
        HOST: '127.0.0.1',
        DATA_DIR: this.dataDir,
        LOG_LEVEL: 'warn',
        // The tests stand in for a proxy: people they make come from addresses of their own.
        TRUST_PROXY: '1',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.#printed = '';
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(
      () => reject(new Error(`The server said nothing in time.\n${this.#printed}`)),
      startPatienceMs,
    );
    const read = (chunk: Buffer) => {
      this.#printed += chunk.toString();
      const running = /running at (http:\/\/\S+)/.exec(this.#printed)?.[1];
      if (!running) return;
      this.url = running;
      resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', (code) => reject(new Error(`The server ended with ${code}.\n${this.#printed}`)));
    try {
      await promise;
    } finally {
      clearTimeout(timer);
    }
    // The link follows the address in the same breath; it is there by the time health answers.
    await fetch(`${this.url}/healthz`);
    this.setUpLink = /http\S+\/link#\S+/.exec(this.#printed)?.[0] ?? '';
  }

  /** Runs the operator's command line on the server's data folder. */
  admin(args: readonly string[]): string {
    const env = { ...process.env, DATA_DIR: this.dataDir };
    return execFileSync(process.execPath, ['server/admin.ts', ...args], {
      cwd: this.#root,
      env,
      encoding: 'utf8',
    });
  }

  /** What the server printed since it was last started. */
  get printed(): string {
    return this.#printed;
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** As a power cut: no chance to tidy up. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}
