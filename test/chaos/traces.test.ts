/**
 * What real people typed, delivered through a server that is killed on the way: one who wrote alone, two who
 * wrote at the same time. In the end the log holds what they had in the end.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { documentId, stockClient, until } from '../fuzz/sync-harness.ts';
import { rounds } from '../rounds.ts';
import { chance, firstSeed } from './chance.ts';
import { Deliverer } from './deliverer.ts';
import { ChaosServer } from './server.ts';
import { storyOf } from './traces.ts';

const folderOfData = process.env.TEST_DATA_DIR;
/** Updates that wait for the disk, of all people together: fewer than may wait for what they build on. */
const windowSize = 400;
const patienceMs = 120_000;

const plays: [string, number][] = [
  ['sveltecomponent', rounds(1)],
  ['friendsforever', rounds(1)],
  // A quarter of a million: not in the short round.
  ...(rounds(1) > 1 ? [['automerge-paper', 2 * rounds(1)] as [string, number]] : []),
];

it.skipIf(!folderOfData).each(plays)(
  'the trace %s ends as it ended, with %i kills on the way (needs TEST_DATA_DIR)',
  async (name, kills) => {
    const luck = chance(firstSeed);
    const say = (what: string) => `${name}, seed ${firstSeed}: ${what}`;
    const { agents, steps, end } = storyOf(name, folderOfData as string);
    const folder = await mkdtemp(join(tmpdir(), 'stoa-trace-'));
    const file = join(folder, 'log.db');
    const id = documentId(1);
    let server = new ChaosServer();
    let port = await server.go({ file });
    const people = Array.from(
      { length: agents },
      (_, agent) =>
        new Deliverer(() => port, `/sync/document/${id}?ack=1&token=${['ana', 'bia'][agent] as string}`),
    );
    const durable = () => people.reduce((sum, person) => sum + person.durable, 0);
    const moments = Array.from({ length: kills }, () => luck.below(steps.length)).sort((a, b) => a - b);
    try {
      for (const [index, { agent, update }] of steps.entries()) {
        people[agent]?.give(update);
        while (moments[0] === index) {
          moments.shift();
          await server.kill();
          server = new ChaosServer();
          port = await server.go({ file });
        }
        if (index - durable() >= windowSize)
          await until(() => index - durable() < windowSize / 2, say('it is taken in'), patienceMs);
      }
      await until(() => durable() === steps.length, say('all is stored'), patienceMs);
      const newcomer = stockClient(port, id, { token: 'caio' });
      await until(() => newcomer.provider.synced, say('a newcomer is in'), patienceMs);
      expect(newcomer.text() === end, say('it ends as it ended')).toBe(true);
      newcomer.leave();
    } finally {
      for (const person of people) person.stop();
      await server.kill();
      await rm(folder, { recursive: true });
    }
  },
  rounds(240_000),
);
