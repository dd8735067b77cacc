/**
 * A second copy of the server with its built pages, in which a later version of the app can be put in place of
 * the one people have open, as an operator does with an update.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ServerProcess } from './server-process.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const copied = ['package.json', 'server', 'src', 'build'];

export class ServerCopy {
  readonly #root = mkdtempSync(join(tmpdir(), 'stoa-copy-'));
  readonly server: ServerProcess;

  constructor() {
    for (const name of copied) cpSync(join(project, name), join(this.#root, name), { recursive: true });
    symlinkSync(join(project, 'node_modules'), join(this.#root, 'node_modules'));
    this.server = new ServerProcess(this.#root);
  }

  /** The same app under another version: what differs is what browsers look at, the worker's own bytes. */
  bringNewVersion(name: string): void {
    const client = join(this.#root, 'build', 'client');
    const { version } = JSON.parse(readFileSync(join(client, '_app', 'version.json'), 'utf8')) as {
      version: string;
    };
    const worker = join(client, 'service-worker.js');
    const before = readFileSync(worker, 'utf8');
    if (!before.includes(version)) throw new Error('The worker does not name its version.');
    writeFileSync(worker, before.replaceAll(version, name));
    for (const packed of ['.br', '.gz']) rmSync(`${worker}${packed}`, { force: true });
  }

  remove(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }
}
