/**
 * A process that writes to a log and is meant to be killed. What it says on standard output has happened:
 * `stored <number of rows>`, `swapped`, `refused`. First argument what to do, second the file.
 */
import { writeSync } from 'node:fs';
import type { Stage } from '#server/sync/compact.ts';
import { openSqliteLog } from '#server/sync/log-sqlite.ts';
import { createUpkeep } from '#server/sync/log-upkeep.ts';
import type { UpkeepWriter } from '#server/sync/log-upkeep.ts';
import { createThread } from '#server/sync/thread.ts';
import type { StoppingAt } from './log-stopping-thread.ts';
import { entryOf, letters } from './log-letters.ts';

const [what, file, stage] = process.argv.slice(2) as [string, string, string];
// Not by a stream: it is out when the call returns.
const say = (text: string): void => void writeSync(1, `${text}\n`);
const die = (): never => {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('dead');
};

/** Compacts once and dies at a stage; the last two are those of the writer. */
async function compactAndDie(): Promise<void> {
  const writer = createThread(new URL('../../server/sync/log-writer-thread.ts', import.meta.url), { file });
  let sweeps = 0;
  const dying: UpkeepWriter = {
    swap: async (plan) => {
      const isSwapped = await writer.call<boolean>('swap', plan);
      return stage === 'swapped' ? die() : isSwapped;
    },
    setAside: (wrong) => writer.call('setAside', wrong),
    sweep: async (room) => {
      const more = await writer.call<boolean>('sweep', room);
      sweeps += 1;
      return stage === 'swept' && sweeps === 2 ? die() : more;
    },
    expire: (expiry) => writer.call('expire', expiry),
    giveBack: async () => {
      await writer.call('giveBack', null);
      return stage === 'given back' ? die() : false;
    },
  };
  const at: StoppingAt = { kind: 'sqlite', file, stage: stage as Stage, how: 'kill' };
  const script = new URL('./log-stopping-thread.ts', import.meta.url);
  await createUpkeep({ at, writer: dying, script }).compact('r', { retainMs: 0 });
}

/** Writes and compacts by turns until it is killed. */
async function writeOn(): Promise<void> {
  const log = await openSqliteLog(file);
  for (let head = await log.head('r'); ;) {
    const rows = letters(head, 40).map((bytes) => entryOf('r', bytes));
    head = Math.max(...(await log.append(rows)));
    say(`stored ${head}`);
    await log.upkeep.compact('r', head % 3 === 0 ? { retainMs: 0 } : {});
    say('swapped');
  }
}

/** Large rows until they are refused, and once more; then a compaction, which finds no room either. */
async function fillDisk(): Promise<void> {
  const log = await openSqliteLog(file);
  const large = entryOf('r', new Uint8Array(20_000));
  const append = async () => {
    for (;;) say(`stored ${String((await log.append([large]))[0])}`);
  };
  for (let time = 0; time < 2; time += 1) await append().catch(() => say('refused'));
  const { rows } = await log.read('r', 0);
  say(`read ${rows.length}`);
  process.exit(0);
}

/** One row after the other, each said when it is stored. */
async function writeSlowly(): Promise<void> {
  const log = await openSqliteLog(file);
  for (const bytes of letters(0, 8)) say(`stored ${String((await log.append([entryOf('r', bytes)]))[0])}`);
  await log.close();
}

const tasks: Record<string, () => Promise<void>> = { compactAndDie, writeOn, fillDisk, writeSlowly };
await tasks[what]?.();
