/**
 * A process of its own for the crash tests: decides one command, and dies without any farewell at the first
 * moment after the commit, before anybody is woken. Run as
 * `node test/contracts/crashing-server.ts '{"dataDir":"…"}'`.
 */
import { createLocalQueue } from '#server/jobs/local.ts';
import { createChanges } from '#server/storage/changes.ts';
import { openDatabase } from '#server/storage/open.ts';
import type { Where } from '#server/storage/open.ts';
import { createCommands } from '#server/storage/receipts.ts';
import { appendName, commandOf } from './things.ts';

const db = await openDatabase(JSON.parse(process.argv[2] ?? '{}') as Where);
const queue = createLocalQueue({ db, nowMs: Date.now, newId: () => crypto.randomUUID() });
const changes = createChanges({ db });
const die = () => process.kill(process.pid, 'SIGKILL');
const commands = createCommands({
  db,
  changes: { ...changes, announce: die },
  queue: { ...queue, wake: die },
});
await commands.decide(commandOf('command-1', { id: 'thing', name: 'a' }), appendName);
