/**
 * One script on two servers: ours, and a small one that its protocol's authors would recognise. People with
 * fixed client ids write apart from each other and meet, again and again: whoever carries the updates, every
 * meeting ends with the same document.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as Y from 'yjs';
import { documentRoom } from '#domain/sync/wire.ts';
import { documentId, startHarness, stockClient, until } from '../fuzz/sync-harness.ts';
import type { Harness } from '../fuzz/sync-harness.ts';
import { grown } from '../rounds.ts';
import { chance, contentOf, firstSeed, handOn, isWhole, sameDeletions, sameVector } from './chance.ts';
import type { Mood } from './chance.ts';
import { startReference } from './reference.ts';
import type { Reference } from './reference.ts';

/** Without formats: where they are, Yjs tidies up in each document for itself. */
const moods = ['plain', 'deletes', 'undo'] as const satisfies readonly Mood[];
const people = ['ana', 'bia', 'caio'];
const meetings = 4;

let folder: string;
let ours: Harness;
let reference: Reference;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stoa-chaos-'));
  ours = await startHarness({ file: join(folder, 'log.db') });
  reference = await startReference();
});
afterAll(async () => {
  await ours.stop();
  reference.stop();
  await rm(folder, { recursive: true });
});

/** What everyone holds after each meeting, and the last document. */
async function play(port: number, id: string, seed: number, mood: Mood) {
  const clients = people.map((token, index) => {
    const doc = new Y.Doc();
    doc.clientID = 1_000 + index;
    return stockClient(port, id, { token, doc });
  });
  const hands = clients.map(({ doc }, index) => handOn(doc, chance(seed * people.length + index), mood));
  const docs = clients.map(({ doc }) => doc) as [Y.Doc, ...Y.Doc[]];
  const ends: string[] = [];
  try {
    for (let meeting = 0; meeting < meetings; meeting += 1) {
      for (const { provider } of clients) provider.disconnect();
      for (const hand of hands) for (let edit = 0; edit < grown(20); edit += 1) hand.edit();
      for (const { provider } of clients) provider.connect();
      await until(
        () =>
          docs.every(
            (doc) => isWhole(doc) && sameVector(docs[0], doc) && contentOf(doc) === contentOf(docs[0]),
          ),
        `seed ${seed} (${mood}): they meet`,
        60_000,
      );
      ends.push(contentOf(docs[0]));
    }
  } finally {
    for (const client of clients) client.leave();
  }
  return { ends, doc: docs[0] };
}

it.each(
  moods.flatMap((mood) => Array.from({ length: grown(2) }, (_, index) => [mood, firstSeed + index] as const)),
)('ends as on the reference server: %s, seed %i', async (mood, seed) => {
  const id = documentId(seed * moods.length + moods.indexOf(mood) + 1);
  const [here, there] = [await play(ours.port, id, seed, mood), await play(reference.port, id, seed, mood)];
  expect(here.ends).toEqual(there.ends);
  const stored = new Y.Doc();
  for (const update of (await ours.log.state(documentRoom(id), null)).updates) Y.applyUpdate(stored, update);
  const kept = reference.docOf(`/sync/document/${id}`);
  expect([sameVector(stored, kept), sameDeletions(stored, kept), contentOf(stored)]).toEqual([
    true,
    true,
    contentOf(kept),
  ]);
});
