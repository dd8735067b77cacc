/**
 * What durability costs: acknowledgement latency of the sync server, and its relay throughput beside a bare
 * relay that only forwards frames. Both run in this process by turns, so that a noisy machine hits both; the
 * ratio is the number to watch, the rest depends on the machine. `node test/bench/sync.ts`
 */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocketServer } from 'ws';
import * as Y from 'yjs';
import { messageTypes, syncTypes } from '#domain/sync/wire.ts';
import { step1Frame, updateFrame } from '#server/sync/frames.ts';
import { documentId, rawClient, startHarness, until } from '../fuzz/sync-harness.ts';
import type { Raw } from '../fuzz/sync-harness.ts';

const rounds = 5;
const readers = 10;
const updatesPerRound = 2_000;
const typedOneByOne = 300;

const quantile = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;

/** Frames of one writer, one character each. */
function typing(count: number): Uint8Array[] {
  const doc = new Y.Doc();
  const frames: Uint8Array[] = [];
  doc.on('update', (update: Uint8Array) => frames.push(updateFrame(update)));
  for (let index = 0; index < count; index += 1) doc.getText('text').insert(index, 'x');
  return frames;
}

const isUpdate = (frame: Uint8Array): boolean =>
  frame[0] === messageTypes.sync && frame[1] === syncTypes.update;

async function bareRelay() {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  server.on('connection', (socket) => {
    socket.on('message', (data) => {
      for (const other of server.clients) if (other !== socket) other.send(data as Buffer);
    });
  });
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, stop: () => server.close() };
}

/** Deliveries a second from one writer to all readers. */
async function deliveries(port: number, path: (who: string) => string): Promise<number> {
  const writer = await rawClient(port, path('ana'));
  const others: Raw[] = [];
  for (let index = 0; index < readers; index += 1) others.push(await rawClient(port, path('bia')));
  for (const { send } of others) send(step1Frame(new Map()));
  if (path('ana').includes('/sync/'))
    await until(
      () => others.every(({ frames }) => frames.some((frame) => frame[1] === syncTypes.step2)),
      'all joined',
    );
  const frames = typing(updatesPerRound);
  const startedMs = performance.now();
  for (const frame of frames) writer.send(frame);
  await until(
    () => others.every((other) => other.frames.filter(isUpdate).length >= updatesPerRound),
    'everyone has everything',
    60_000,
  );
  const seconds = (performance.now() - startedMs) / 1_000;
  for (const { socket } of [writer, ...others]) socket.terminate();
  return (updatesPerRound * readers) / seconds;
}

async function acknowledgementsMs(port: number, path: string): Promise<number[]> {
  const client = await rawClient(port, path);
  const taken: number[] = [];
  for (const frame of typing(typedOneByOne)) {
    const startedMs = performance.now();
    const acknowledged = new Promise<void>((resolve) => {
      const look = (data: unknown) => {
        if ((data as Buffer)[0] !== messageTypes.acknowledgement) return;
        client.socket.off('message', look);
        resolve();
      };
      client.socket.on('message', look);
    });
    client.send(frame);
    await acknowledged;
    taken.push(performance.now() - startedMs);
  }
  client.socket.terminate();
  return taken.sort((a, b) => a - b);
}

const folder = await mkdtemp(join(tmpdir(), 'stoa-bench-'));
const harness = await startHarness({ file: join(folder, 'log.db') });
const relay = await bareRelay();
const ours: number[] = [];
const bare: number[] = [];
for (let round = 0; round < rounds; round += 1) {
  const id = documentId(round + 1);
  ours.push(await deliveries(harness.port, (who) => `/sync/document/${id}?token=${who}`));
  bare.push(await deliveries(relay.port, () => '/'));
}
const waits = await acknowledgementsMs(harness.port, `/sync/document/${documentId(99)}?token=ana&ack=1`);
const median = (list: number[]) =>
  quantile(
    [...list].sort((a, b) => a - b),
    0.5,
  );
const ratio = median(ours.map((value, round) => value / (bare[round] as number)));
console.log(
  [
    `sync: ${Math.round(median(ours))} deliveries/s durable, ${Math.round(median(bare))} bare, ratio ${ratio.toFixed(2)}`,
    `sync: acknowledgement p50 ${quantile(waits, 0.5).toFixed(2)} ms, p99 ${quantile(waits, 0.99).toFixed(2)} ms`,
  ].join('\n'),
);
relay.stop();
await harness.stop();
await rm(folder, { recursive: true });
process.exit(0);
