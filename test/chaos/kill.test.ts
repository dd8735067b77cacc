/**
 * A server that is killed while people write. An observer on the wire writes down everything that was
 * acknowledged or relayed; after each kill all of it must be in the log. A killed process leaves the page cache
 * behind: that acknowledgement waits for the flush is shown in `test/contracts/log-faults.test.ts`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { documentRoom } from '#domain/sync/wire.ts';
import { openSqliteLog } from '#server/sync/log-sqlite.ts';
import { documentId, stockClient, until } from '../fuzz/sync-harness.ts';
import { rounds } from '../rounds.ts';
import { chance, contentOf, firstSeed, handOn, sameVector } from './chance.ts';
import { tell } from './figures.ts';
import { Observer } from './observer.ts';
import { calm, disturb, startChaosProxy } from './proxy.ts';
import { ChaosServer } from './server.ts';

const kills = rounds(5);
/** A room takes part in that many kills; then people begin a new one. */
const killsOfOneRoom = 5;
const beatMs = 10;
/** Kills hit the compactor too. */
const packsAfterMs = 50;
const patienceMs = 60_000;

async function inLog(file: string, room: string): Promise<{ doc: Y.Doc; skipped: readonly number[] }> {
  const log = await openSqliteLog(file);
  const doc = new Y.Doc();
  for (const update of (await log.state(room, null)).updates) Y.applyUpdate(doc, update);
  const { skipped } = await log.knowledge(room);
  await log.close();
  return { doc, skipped };
}

describe('A server that is killed (R1, L4, C3)', () => {
  it.each([100, 2_000])(
    'loses nothing that it acknowledged or relayed, at %i updates a second',
    async (rate) => {
      const luck = chance(firstSeed);
      const say = (what: string) => `seed ${firstSeed}, ${rate}/s: ${what}`;
      const folder = await mkdtemp(join(tmpdir(), 'stoa-kill-'));
      const file = join(folder, 'log.db');
      let server = new ChaosServer();
      let next = new ChaosServer();
      const proxy = await startChaosProxy(await server.go({ file, packsAfterMs }), luck);
      let acknowledged = 0;
      let relayed = 0;
      let writingMs = 0;
      try {
        for (let killed = 0; killed < kills;) {
          const id = documentId(killed + 1);
          const observer = new Observer();
          const clients = ['ana', 'bia', 'caio'].map((token) =>
            stockClient(proxy.port, id, { token, params: { ack: '1' }, tap: observer }),
          );
          const hands = clients.slice(1).map(({ doc }) => handOn(doc, luck, 'plain'));
          const areIn = () => clients.every(({ provider }) => provider.wsconnected && provider.synced);
          let typedMs = performance.now();
          const typing = setInterval(() => {
            const nowMs = performance.now();
            // A machine that is too slow for the rate must not be buried under what it owes.
            const edits = Math.round((rate * Math.min(nowMs - typedMs, 3 * beatMs)) / 1_000);
            typedMs = nowMs;
            // Offline they write on, slowly enough that the text does not outgrow the test.
            for (let edit = 0; edit < (areIn() ? edits : 1); edit += 1) luck.pick(hands).edit();
          }, beatMs);
          try {
            for (let round = 0; round < killsOfOneRoom && killed < kills; round += 1) {
              await until(areIn, say('all are connected'), patienceMs);
              const before = observer.acknowledged;
              // Between a tenth of a second and one of what they write.
              const enough = rate * (0.1 + 0.9 * luck.next());
              const isStormy = luck.next() < 0.3;
              const sinceMs = performance.now();
              await until(
                () => {
                  if (isStormy && luck.next() < 0.02) disturb(proxy, luck);
                  return observer.acknowledged >= before + enough;
                },
                say('they write'),
                patienceMs,
              );
              writingMs += performance.now() - sinceMs;
              await server.kill();
              killed += 1;
              proxy.weather = calm;
              proxy.heal();
              await until(
                () => clients.every(({ provider }) => !provider.wsconnected),
                say('all have lost it'),
              );
              const { doc, skipped } = await inLog(file, documentRoom(id));
              expect(observer.missingIn(doc), say(`lost at kill ${killed}`)).toEqual([]);
              expect(skipped, say('rows that do not apply')).toEqual([]);
              server = next;
              next = new ChaosServer();
              proxy.target = await server.go({ file, packsAfterMs });
            }
            clearInterval(typing);
            const newcomer = stockClient(proxy.target, id, { token: 'caio' });
            const docs = [...clients, newcomer].map(({ doc }) => doc) as [Y.Doc, ...Y.Doc[]];
            await until(
              () => docs.every((doc) => sameVector(docs[0], doc) && contentOf(doc) === contentOf(docs[0])),
              say('a newcomer has everything'),
              patienceMs,
            );
            newcomer.leave();
          } finally {
            clearInterval(typing);
            for (const client of clients) client.leave();
            acknowledged += observer.acknowledged;
            relayed += observer.relayed;
          }
        }
        const measured = Math.round(acknowledged / (writingMs / 1_000));
        tell(
          `${kills} kills at ${rate}/s (${measured}/s measured): ` +
            `${acknowledged} acknowledged and ${relayed} relayed updates, none lost`,
        );
      } finally {
        await proxy.stop();
        await Promise.all([server.kill(), next.kill()]);
        await rm(folder, { recursive: true });
      }
    },
    rounds(120_000),
  );
});
