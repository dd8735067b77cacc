/**
 * Fifty rooms that hold a real editing trace, on a server that has just started: how long the first who comes
 * waits for the whole text, what an open room costs, and whether everyone was told everything.
 */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as decoding from 'lib0/decoding';
import * as Y from 'yjs';
import { documentRoom, messageTypes, syncTypes } from '#domain/sync/wire.ts';
import { step1Frame } from '#server/sync/frames.ts';
import { openSqliteLog } from '#server/sync/log-sqlite.ts';
import { wholeKeptMs } from '#server/sync/whole-texts.ts';
import { storyOf } from '../../chaos/traces.ts';
import { documentId, workspaceId } from '../../fuzz/sync-harness.ts';
import type { Figure } from '../sync.ts';
import { openClient } from './client.ts';
import type { Client } from './client.ts';
import { median, startServer, wait } from './house.ts';

const rooms = 50;
const handedInTogether = 500;
const KiB = 1024;

/** Its edits one by one in the first room; the others begin with the text they came to, and all are compacted. */
async function fillLog(folder: string, updates: readonly Uint8Array[]): Promise<void> {
  const log = await openSqliteLog(join(folder, 'log.db'));
  const write = (room: number, some: readonly Uint8Array[]) =>
    log.append(
      some.map((bytes) => ({
        workspaceId,
        room: documentRoom(documentId(room)),
        user: 'ana',
        bytes,
        claims: [],
      })),
    );
  const compact = async (room: number) => {
    for (let upTo = -1; ;) {
      const done = await log.upkeep.compact(documentRoom(documentId(room)));
      if (done.upTo === upTo || done.outcome === 'nothing') return;
      ({ upTo } = done);
    }
  };
  for (let from = 0; from < updates.length; from += handedInTogether)
    await write(1, updates.slice(from, from + handedInTogether));
  await compact(1);
  const whole = (await log.state(documentRoom(documentId(1)), null)).updates;
  for (let room = 2; room <= rooms; room += 1) {
    await write(room, whole);
    await compact(room);
  }
  await log.close();
}

/** The text that those share who come together is let go of meanwhile. */
const settle = () => wait(wholeKeptMs + 2_000);

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
  const data = process.env.TEST_DATA_DIR;
  if (data === undefined)
    return [{ name: 'rooms with a real trace', value: 'skipped: TEST_DATA_DIR is not set', target: '' }];
  const { steps, end } = storyOf('automerge-paper', data);
  const folder = await mkdtemp(join(tmpdir(), 'stoa-bench-'));
  await fillLog(
    folder,
    steps.map(({ update }) => update),
  );
  let server = await startServer('stock', folder);
  const waits: number[] = [];
  const held: number[] = [];
  const resident: number[] = [];
  let complete = 0;
  for (let round = 0; round < 3; round += 1) {
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
      name: `${rooms} rooms with a trace of ${steps.length} edits after a restart: from connecting to the whole text, median`,
      value: `${median(waits).toFixed(1)} ms`,
      target: '8 ms (opening alone: `log`)',
    },
    {
      name: 'resident memory of such a room, its socket included',
      value: `${(median(resident) / KiB).toFixed(0)} KiB`,
      target: '205 KiB',
    },
    { name: 'objects and buffers of it', value: `${(median(held) / KiB).toFixed(0)} KiB`, target: '' },
    { name: 'first answers that were complete', value: `${complete} of ${3 * rooms}`, target: 'all' },
  ];
}
