/**
 * `npm run demo`: the real server on a data folder that is thrown away at the end, with two people, sample
 * documents, a few cases and a public board.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from './config.ts';
import { fillDemo } from './demo/fill.ts';
import { createServerLog, faultOf } from './log.ts';
import { startServer } from './main.ts';
import { isStartError } from './storage/start-error.ts';
import { linkPath } from './workspaces/links.ts';

async function runDemo(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'stoa-demo-'));
  process.once('exit', () => rmSync(dataDir, { recursive: true, force: true }));

  const config = readConfig({ LOG_LEVEL: 'warn', ...process.env, DATA_DIR: dataDir, DATABASE_URL: '' });
  const server = await startServer(config, { pages: 'built' });
  const { workspaceId, people } = await fillDemo(server.house);

  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(1);
    stopping = true;
    server.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);

  console.log(`Stoa's demonstration is running at ${server.url}`);
  console.log('Each link signs one person in, once. Open them in two browsers or profiles:\n');
  for (const { actor, role } of people) {
    const token = await server.services.links.createSignInToken(workspaceId, actor.personId);
    console.log(`${actor.name} (${role})\n  ${server.url}${linkPath(token)}`);
  }
  console.log(`\nThe public board: ${server.url}/boards/vendedores`);
  console.log('Ctrl-C ends it and throws everything away.');
}

runDemo().catch((error: unknown) => {
  if (isStartError(error)) console.error(error.message);
  else createServerLog('error').fatal({ fault: faultOf(error) }, 'the demonstration could not start');
  process.exit(1);
});
