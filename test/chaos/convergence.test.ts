/**
 * Real server, unmodified clients, bad lines, chance with a printed seed. Whatever happens in between, in the
 * end everyone holds the same: content, clocks and deletions, nothing pending, equal to the raw rows of the log
 * replayed and to what the log tells a newcomer.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { documentRoom } from '#domain/sync/wire.ts';
import { documentId, startHarness, stockClient, until } from '../fuzz/sync-harness.ts';
import type { Harness, Stock } from '../fuzz/sync-harness.ts';
import { grown } from '../rounds.ts';
import { chance, contentOf, firstSeed, handOn, isWhole, moods, sameDeletions, sameVector } from './chance.ts';
import type { Mood } from './chance.ts';
import { calm, disturb, startChaosProxy } from './proxy.ts';

const patienceMs = 60_000;

let folder: string;
let harness: Harness;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stoa-chaos-'));
  // A line that is open on the server's side only is found out by a ping.
  harness = await startHarness({ file: join(folder, 'log.db'), timings: { pingMs: 1_000, tickMs: 100 } });
});
afterAll(async () => {
  await harness.stop();
  await rm(folder, { recursive: true });
});

/** Every row that is kept, packed or not, applied one at a time. */
async function replayed(room: string): Promise<Y.Doc> {
  const doc = new Y.Doc();
  for (let seq = 0, upTo = -1; upTo !== seq;) {
    upTo = seq;
    const page = await harness.log.upkeep.history(room, seq);
    for (const row of page.rows) Y.applyUpdate(doc, row.bytes);
    seq = page.upTo;
  }
  return doc;
}

async function told(room: string): Promise<Y.Doc> {
  const doc = new Y.Doc();
  for (const update of (await harness.log.state(room, null)).updates) Y.applyUpdate(doc, update);
  return doc;
}

/** Where formats are, Yjs tidies up in each document for itself, so that deletions may differ. */
const areEqual = (a: Y.Doc, b: Y.Doc, mood: Mood): boolean =>
  isWhole(b) &&
  sameVector(a, b) &&
  contentOf(a) === contentOf(b) &&
  (mood === 'anything' || sameDeletions(a, b));

async function round(seed: number, mood: Mood, crowd: number, steps: number): Promise<void> {
  const luck = chance(seed);
  const id = documentId(seed * 8 + moods.indexOf(mood) + 1);
  const proxy = await startChaosProxy(harness.port, luck);
  const tokens = ['ana', 'bia', 'caio'];
  const clients: Stock[] = Array.from({ length: crowd }, () =>
    stockClient(proxy.port, id, { token: luck.pick(tokens) }),
  );
  const hands = clients.map(({ doc }) => handOn(doc, luck, mood));
  const room = documentRoom(id);
  let packing: Promise<unknown> = Promise.resolve();
  try {
    for (let step = 0; step < steps; step += 1) {
      const which = luck.below(crowd);
      const { provider } = clients[which] as Stock;
      const dice = luck.next();
      if (dice < 0.03) provider.disconnect();
      else if (dice < 0.07) provider.connect();
      else if (dice < 0.08) provider.ws?.close();
      else if (dice < 0.12) disturb(proxy, luck);
      else if (dice < 0.13) packing = packing.then(() => harness.log.upkeep.compact(room));
      else hands[which]?.edit();
      // Lets the network have its turn, at moments that the seed chooses.
      if (luck.next() < 0.3) await new Promise((resolve) => setImmediate(resolve));
    }
    proxy.weather = calm;
    // Whoever sits on a line that only looks open would find out by itself, after half a minute.
    proxy.cut();
    for (const { provider } of clients) provider.connect();
    const [first, ...others] = clients.map(({ doc }) => doc) as [Y.Doc, ...Y.Doc[]];
    await until(
      () => isWhole(first) && others.every((doc) => areEqual(first, doc, mood)),
      `seed ${seed} (${mood}): everyone holds the same`,
      patienceMs,
    );
    await packing;
    const replay = await replayed(room);
    expect(areEqual(first, replay, mood), `seed ${seed} (${mood}): the raw rows say the same`).toBe(true);
    const newcomer = await told(room);
    expect(areEqual(first, newcomer, mood), `seed ${seed} (${mood}): so does the log`).toBe(true);
  } finally {
    for (const client of clients) client.leave();
    await proxy.stop();
  }
}

describe('Clients that edit, drop and return on bad lines (R6, R8, L7)', () => {
  it.each(
    moods.flatMap((mood) =>
      Array.from(
        { length: grown(mood === 'plain' ? 6 : 3) },
        (_, index) => [mood, firstSeed + index] as const,
      ),
    ),
  )('end equal, and equal to the log: %s, seed %i', (mood, seed) =>
    round(seed, mood, 2 + (seed % 5), grown(120)),
  );

  it(`end equal when they are fifty, with seed ${firstSeed}`, () =>
    round(firstSeed + 500_000, 'plain', 50, grown(600)));

  /** Seeds that once failed, with what was wrong. */
  it.each<[Mood, number, string]>([])('%s, seed %i: %s', (mood, seed) =>
    round(seed, mood, 2 + (seed % 5), 120),
  );
});
