/**
 * Fifty rooms that hold a real editing trace, on a server that has just started: how long the first who comes
 * waits for the whole text, what an open room costs, and whether everyone was told everything.
 */
import * as decoding from 'lib0/decoding';
import * as Y from 'yjs';
import { messageTypes, syncTypes } from '#domain/sync/wire.ts';
import { step1Frame } from '#server/sync/frames.ts';
import { answerKeptMs } from '#server/sync/kept-answers.ts';
import type { Figure } from '../sync.ts';
import { openClient } from './client.ts';
import type { Client } from './client.ts';
import { fillRooms } from './filled.ts';
import { median, startServer, wait } from './house.ts';

const rooms = 50;
const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const KiB = 1024;

/** The text that those share who come together is let go of meanwhile. */
const settle = () => wait(answerKeptMs + 2_000);

interface Visit {
  client: Client;
  ms: number;
  updates: Uint8Array[];
}

/** From the first byte of the connection to the message that says "this was all". */
async function visit(port: number, path: string): Promise<Visit> {
  const startedMs = performance.now();
  const updates: Uint8Array[] = [];
  const { promise, resolve } = Promise.withResolvers<number>();
  const client = await openClient(port, path, (message) => {
    const [type, kind] = message;
    if (type !== messageTypes.sync || kind === syncTypes.step1) return;
    updates.push(decoding.readVarUint8Array(decoding.createDecoder(message.subarray(2))).slice());
    if (kind === syncTypes.step2) resolve(performance.now() - startedMs);
  });
  client.send(step1Frame(new Map()));
  return { client, ms: await promise, updates };
}

export async function openRooms(): Promise<Figure[]> {
  const { folder, what, end } = await fillRooms(rooms);
  let server = await startServer('stock', folder);
  const waits: number[] = [];
  const held: number[] = [];
  const resident: number[] = [];
  let complete = 0;
  for (let round = 0; round < rounds; round += 1) {
    server = await server.restart();
    const visits: Visit[] = [];
    for (let room = 1; room <= rooms; room += 1) visits.push(await visit(server.port, server.path(room)));
    waits.push(...visits.map(({ ms }) => ms));
    for (const { client } of visits) client.socket.destroy();
    await settle();
    // The first time has paid for what every later one finds ready: threads, compiled code, arenas.
    const before = await server.memory();
    const again: Client[] = [];
    for (let room = 1; room <= rooms; room += 1)
      again.push((await visit(server.port, server.path(room))).client);
    await settle();
    const after = await server.memory();
    held.push((after.heldBytes - before.heldBytes) / rooms);
    resident.push((after.rssBytes - before.rssBytes) / rooms);
    for (const { socket } of again) socket.destroy();
    for (const { updates } of visits) {
      const doc = new Y.Doc();
      for (const update of updates) Y.applyUpdate(doc, update);
      if (doc.getText('text').toJSON() === end) complete += 1;
      doc.destroy();
    }
  }
  await server.stop();
  return [
    {
      name: `${rooms} rooms with ${what} after a restart: from connecting to the whole text, median`,
      value: `${median(waits).toFixed(1)} ms`,
      target: '8 ms (opening alone: `log`)',
    },
    {
      name: 'resident memory of such a room, its socket included',
      value: `${(median(resident) / KiB).toFixed(0)} KiB`,
      target: '205 KiB',
    },
    { name: 'objects and buffers of it', value: `${(median(held) / KiB).toFixed(0)} KiB`, target: '' },
    { name: 'first answers that were complete', value: `${complete} of ${rounds * rooms}`, target: 'all' },
  ];
}
