/** Those who come back: everybody at once after a restart, and one after months. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { documentRoom, socketsPerRoomLimit } from '#domain/sync/wire.ts';
import { documentId, startHarness, stockClient, until } from '../fuzz/sync-harness.ts';
import type { Harness, Stock } from '../fuzz/sync-harness.ts';
import { grown, rounds } from '../rounds.ts';
import { chance, contentOf, firstSeed, handOn, isWhole, sameVector } from './chance.ts';
import { tell } from './figures.ts';

const patienceMs = 120_000;

let folder: string;
let file: string;
let harness: Harness;
let clients: Stock[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stoa-chaos-'));
  file = join(folder, 'log.db');
  harness = await startHarness({ file });
  clients = [];
});
afterEach(async () => {
  for (const client of clients) client.leave();
  await harness.stop();
  await rm(folder, { recursive: true });
});

const enter = (id: string, token: string, doc = new Y.Doc()): Stock => {
  const client = stockClient(harness.port, id, { token, doc, params: { ack: '1' } });
  clients.push(client);
  return client;
};
const restart = async () => {
  const { port } = harness;
  await harness.stop();
  harness = await startHarness({ file, port });
};

describe('Everybody at once', () => {
  const crowd = Math.min(rounds(100), 1_000);
  const inOneRoom = Math.min(50, socketsPerRoomLimit);
  const rooms = Array.from({ length: Math.ceil(crowd / inOneRoom) }, (_, index) => documentId(index + 1));

  it(`adds not one byte to the log: ${crowd} clients, after a restart and after they all dropped`, async () => {
    for (const id of rooms) {
      const hand = handOn(enter(id, 'ana').doc, chance(firstSeed), 'plain');
      for (let edit = 0; edit < 200; edit += 1) hand.edit();
    }
    for (let index = rooms.length; index < crowd; index += 1)
      enter(rooms[index % rooms.length] as string, index % 2 === 0 ? 'bia' : 'caio');
    const areIn = () =>
      clients.every(
        ({ provider, doc, durable }, index) =>
          provider.synced && durable() > 0 && sameVector(doc, (clients[index % rooms.length] as Stock).doc),
      );
    await until(areIn, 'all are in', patienceMs);
    const stored = async () =>
      (await harness.log.upkeep.rooms()).map(({ room, head, bytes }) => [room, head, bytes]);
    const before = await stored();
    expect(before).toHaveLength(rooms.length);
    const waited: number[] = [];
    for (const drop of [restart, async () => clients.forEach(({ provider }) => provider.ws?.close())]) {
      await drop();
      await until(() => clients.some(({ provider }) => !provider.synced), 'they notice', patienceMs);
      const sinceMs = performance.now();
      await until(areIn, 'all are in again', patienceMs);
      waited.push(Math.round(performance.now() - sinceMs));
      expect(await stored()).toEqual(before);
    }
    tell(`${crowd} clients back after ${waited.join(' and ')} ms, 0 bytes added`);
  });
});

describe('One who was away for months', () => {
  it.each(Array.from({ length: grown(2) }, (_, index) => firstSeed + index))(
    'finds a text that was rewritten, packed and thinned out meanwhile, and adds its own, with seed %i',
    async (seed) => {
      const luck = chance(seed);
      const id = documentId(seed + 1);
      const room = documentRoom(id);
      const [ana, bia, away] = [enter(id, 'ana'), enter(id, 'bia'), enter(id, 'caio')];
      const hands = [ana, bia].map(({ doc }) => handOn(doc, luck, 'plain'));
      for (let edit = 0; edit < grown(100); edit += 1) luck.pick(hands).edit();
      const areEqual = (...docs: Y.Doc[]) =>
        docs.every(
          (doc) => isWhole(doc) && sameVector(ana.doc, doc) && contentOf(doc) === contentOf(ana.doc),
        );
      await until(() => areEqual(bia.doc, away.doc), `seed ${seed}: all begin with the same`);
      away.leave();
      const awayText = away.doc.getText('text');
      for (let month = 0; month < 4; month += 1) {
        for (let edit = 0; edit < grown(60); edit += 1) luck.pick(hands).edit();
        // The others leave nothing of the text as it was.
        if (month === 1) ana.doc.getText('text').delete(0, ana.doc.getText('text').length);
        awayText.insert(luck.pick([0, awayText.length]), `[away ${month}]`);
        await until(() => areEqual(bia.doc), `seed ${seed}: the others agree`);
        await harness.log.upkeep.compact(room, { retainMs: 0 });
        await restart();
        await until(() => [ana, bia].every(({ provider }) => provider.synced), 'they are back', patienceMs);
      }
      const back = enter(id, 'caio', away.doc);
      await until(() => areEqual(bia.doc, back.doc), `seed ${seed}: all hold the same`, patienceMs);
      const newcomer = enter(id, 'leitor');
      await until(() => areEqual(newcomer.doc), `seed ${seed}: so does a newcomer`, patienceMs);
      for (let month = 0; month < 4; month += 1)
        expect(newcomer.text().split(`[away ${month}]`).length, `seed ${seed}`).toBe(2);
      await harness.log.upkeep.compact(room, { retainMs: 0 });
      const later = enter(id, 'bia');
      await until(() => areEqual(later.doc), `seed ${seed}: also after packing`, patienceMs);
    },
  );
});
