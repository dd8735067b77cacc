/**
 * A PostgreSQL server of the tests' own, started once for all contract suites: Debian's programs, a data
 * folder and port of its own, nothing flushed. Where it is not installed the suites say so and are skipped.
 * One database in it is migrated; copying that takes a sixth of making and migrating another.
 */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { openDatabase } from '#server/storage/open.ts';

export type PostgresForTests = { url: string; migrated: string } | { missing: string };

declare module 'vitest' {
  interface ProvidedContext {
    postgres: PostgresForTests;
  }
}

const debianFolder = '/usr/lib/postgresql';

/** The folder with initdb and postgres, the newest version first; undefined when not installed. */
function findPrograms(): string | undefined {
  const versions = existsSync(debianFolder) ? readdirSync(debianFolder) : [];
  return versions
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(debianFolder, version, 'bin'))
    .find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));
}

/** PostgreSQL refuses to run as root: the command then runs as Debian's user `postgres`. */
function asServerUser(command: string, args: string[]): [string, string[]] {
  if (process.getuid?.() !== 0) return [command, args];
  // The signal at the parent's death: a test run that is killed leaves no server behind.
  const drop = ['--reuid=postgres', '--regid=postgres', '--init-groups', '--pdeathsig=INT', '--'];
  return ['setpriv', [...drop, command, ...args]];
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const migrated = 'migrated';

async function makeMigrated(addressOf: (database: string) => string): Promise<void> {
  const client = new pg.Client(addressOf('postgres'));
  await client.connect();
  await client.query(`create database ${migrated}`);
  await client.end();
  const db = await openDatabase({ databaseUrl: addressOf(migrated) });
  await db.close();
}

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | void> {
  const programs = findPrograms();
  if (!programs) {
    project.provide('postgres', { missing: 'PostgreSQL is not installed' });
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'stoa-postgres-'));
  const data = join(folder, 'data');
  if (process.getuid?.() === 0) {
    chmodSync(folder, 0o755);
    spawnSync('chown', ['postgres', folder]);
  }
  const [initCommand, initArgs] = asServerUser(join(programs, 'initdb'), [
    '-D',
    data,
    '--username=stoa',
    '--auth=trust',
    '--no-sync',
    '--encoding=UTF8',
    '--locale=C',
  ]);
  const init = spawnSync(initCommand, initArgs, { cwd: folder, encoding: 'utf8' });
  if (init.status !== 0) throw new Error(`initdb failed: ${init.error?.message ?? init.stderr}`);

  const port = await freePort();
  const [command, args] = asServerUser(join(programs, 'postgres'), [
    ...['-D', data, '-k', folder, '-h', '127.0.0.1', '-p', String(port)],
    ...['-c', 'fsync=off', '-c', 'full_page_writes=off', '-c', 'max_connections=200'],
  ]);
  const server = spawn(command, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  let said = '';
  await new Promise<void>((resolve, reject) => {
    server.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4_000);
      if (said.includes('ready to accept connections')) resolve();
    });
    void exited.then(() => reject(new Error(`PostgreSQL did not start: ${said}`)));
  });
  const stop = async () => {
    server.kill('SIGINT');
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
  const addressOf = (database: string) => `postgres://stoa@127.0.0.1:${port}/${database}`;
  try {
    await makeMigrated(addressOf);
  } catch (error) {
    await stop();
    throw error;
  }
  project.provide('postgres', { url: addressOf('postgres'), migrated });
  return stop;
}
