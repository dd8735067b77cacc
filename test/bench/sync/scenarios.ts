/** What connections and rooms cost, how fast a crowd gets in, how fast a writer, how soon a word is safe. */
import { statSync } from 'node:fs';
import { join as pathOf } from 'node:path';
import { messageTypes, syncTypes } from '#domain/sync/wire.ts';
import { step1Frame } from '#server/sync/frames.ts';
import type { Figure } from '../sync.ts';
import { openClient } from './client.ts';
import type { Client } from './client.ts';
import { fillRooms } from './filled.ts';
import { median, startServer, wait } from './house.ts';
import type { Kind, Server } from './house.ts';
import { ageMs, createWriter, Histogram, isUpdate } from './writer.ts';

const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const KiB = 1024;
const MiB = 1024 * KiB;

async function eachRound<Result>(measure: (kind: Kind) => Promise<Result>, kinds: readonly Kind[]) {
  const results = new Map<Kind, Result[]>(kinds.map((kind) => [kind, []]));
  for (let round = 0; round < rounds; round += 1)
    for (const kind of kinds) results.get(kind)?.push(await measure(kind));
  return (kind: Kind, what: (result: Result) => number) => median((results.get(kind) ?? []).map(what));
}

async function withServer<Result>(kind: Kind, measure: (server: Server) => Promise<Result>) {
  const server = await startServer(kind);
  try {
    return await measure(server);
  } finally {
    await server.stop();
  }
}

/** 2,000 connections that say nothing: four to a room, and for the price of a room all in ten. */
export async function idle(): Promise<Figure[]> {
  const connections = 2_000;
  const measure = (kind: Kind) =>
    withServer(kind, async (server) => {
      const crowd = async (rooms: number, size: number) => {
        const clients: Client[] = [];
        for (let number = 0; number < size; number += 1)
          clients.push(await openClient(server.port, server.path(1 + (number % rooms)), () => undefined));
        await wait(500);
        return clients;
      };
      const leave = async (clients: readonly Client[]) => {
        for (const { socket } of clients) socket.destroy();
        await wait(1_500);
      };
      // One has been there: its threads and code are the server's price, not a connection's.
      await leave(await crowd(1, 1));
      const resident = (await server.usage()).rssBytes;
      const first = await crowd(connections / 4, connections);
      const rss = ((await server.usage()).rssBytes - resident) / connections;
      await leave(first);
      // What lives, after a collection: the first crowd has paid for what every later one finds ready.
      const heldBy = async (rooms: number) => {
        const before = await server.memory();
        const clients = await crowd(rooms, connections);
        const after = await server.memory();
        await leave(clients);
        return after.heldBytes - before.heldBytes;
      };
      const many = await heldBy(connections / 4);
      const few = await heldBy(10);
      return { rss, held: many / connections, room: (many - few) / (connections / 4 - 10) };
    });
  const of = await eachRound(measure, ['relay', 'stock']);
  const rss = { relay: of('relay', (one) => one.rss), ours: of('stock', (one) => one.rss) };
  const held = { relay: of('relay', (one) => one.held), ours: of('stock', (one) => one.held) };
  return [
    {
      name: 'resident memory of an idle connection and its part of a room',
      value: `${(rss.ours / KiB).toFixed(1)} KiB, ${(rss.ours / rss.relay).toFixed(2)} times the relay's`,
      target: '1.3',
    },
    {
      name: 'objects and buffers of it after a collection',
      value: `${(held.ours / KiB).toFixed(1)} KiB, ${(held.ours / held.relay).toFixed(2)} times the relay's`,
      target: '',
    },
    {
      name: 'objects and buffers of one more room',
      value: `${(of('stock', ({ room }) => room) / KiB).toFixed(2)} KiB`,
      target: '2 KiB',
    },
  ];
}

/** Writes so many characters one by one, as fast as the server takes them; answers the seconds it took. */
async function fill(server: Server, room: number, characters: number): Promise<number> {
  let durable = 0;
  const client = await openClient(server.port, server.path(room, '&ack=1'), (message) => {
    if (message[0] === messageTypes.acknowledgement) durable = numberIn(message);
  });
  const writer = createWriter(7, 1);
  const startedMs = performance.now();
  for (let made = 0; made < characters;) {
    for (let piece = 0; piece < 500 && made < characters; piece += 1, made += 1) client.send(writer.next());
    if (client.socket.writableLength > MiB)
      await new Promise((resolve) => {
        client.socket.once('drain', resolve);
      });
  }
  while (durable < characters && !client.closed()) await wait(2);
  const seconds = (performance.now() - startedMs) / 1_000;
  client.socket.destroy();
  return seconds;
}

function numberIn(message: Buffer): number {
  let number = 0;
  for (let at = 1, shift = 1; ; at += 1, shift *= 128) {
    const byte = message[at] as number;
    number += (byte & 127) * shift;
    if (byte < 128) return number;
  }
}

const sizeOf = (folder: string): number =>
  ['log.db', 'log.db-wal'].reduce((sum, name) => {
    try {
      return sum + statSync(pathOf(folder, name)).size;
    } catch {
      return sum;
    }
  }, 0);

export async function intake(): Promise<Figure[]> {
  const characters = 200_000;
  const of = await eachRound(
    (kind) =>
      withServer(kind, async (server) => {
        const seconds = await fill(server, 1, characters);
        return { rate: characters / seconds, bytes: sizeOf(server.folder) };
      }),
    ['stock'],
  );
  return [
    {
      name: 'one-character updates of one writer, each acknowledged',
      value: `${Math.round(of('stock', ({ rate }) => rate))}/s`,
      target: '25,000/s',
    },
    {
      name: 'on disk before anything is compacted',
      value: `${(of('stock', ({ bytes }) => bytes) / MiB).toFixed(1)} MiB`,
      target: '',
    },
  ];
}

/** 500 clients at once, with nothing, on a large room that nobody has open. */
export async function join(): Promise<Figure[]> {
  const clients = 500;
  const { folder, what } = await fillRooms(1);
  let server = await startServer('stock', folder);
  const measure = async () => {
    server = await server.restart();
    const before = await server.memory();
    const startedMs = performance.now();
    let answers = 0;
    const crowd = await Promise.all(
      Array.from({ length: clients }, async () => {
        const client = await openClient(server.port, server.path(1), (message) => {
          if (message[0] === messageTypes.sync && message[1] === syncTypes.step2) answers += 1;
        });
        client.send(step1Frame(new Map()));
        return client;
      }),
    );
    while (answers < clients) await wait(2);
    const ms = performance.now() - startedMs;
    const after = await server.usage();
    for (const { socket } of crowd) socket.destroy();
    return { ms, growth: after.peakRssBytes - before.rssBytes };
  };
  const of = await eachRound(measure, ['stock']);
  await server.stop();
  return [
    {
      name: `500 clients on one cold room with ${what}`,
      value: `${of('stock', ({ ms }) => ms).toFixed(0)} ms`,
      target: '1,200 ms',
    },
    {
      name: 'memory meanwhile, at its highest',
      value: `${(of('stock', ({ growth }) => growth) / MiB).toFixed(0)} MiB`,
      target: '60 MiB',
    },
  ];
}

/** Fifty writers in ten rooms, 5,000 updates a second, while commands and an import run beside it. */
export async function acknowledgement(): Promise<Figure[]> {
  const perSecond = 5_000;
  const seconds = 6;
  const of = await eachRound(
    (kind) =>
      withServer(kind, async (server) => {
        const waits = new Histogram();
        const relayed = new Histogram();
        const members = await Promise.all(
          Array.from({ length: 50 }, async (_, number) => {
            const sentAtMs: number[] = [];
            let durable = 0;
            const path = server.path(1 + (number % 10), '&ack=1');
            const client = await openClient(server.port, path, (message) => {
              if (isUpdate(message)) relayed.add(ageMs(message, 10));
              if (message[0] !== messageTypes.acknowledgement) return;
              const upTo = numberIn(message);
              for (; durable < upTo; durable += 1)
                waits.add(performance.now() - (sentAtMs[durable] as number));
            });
            client.send(step1Frame(new Map()));
            return { client, sentAtMs, writer: createWriter(1_000 + number, 10) };
          }),
        );
        await wait(300);
        const working = server.work();
        const startedMs = performance.now();
        let made = 0;
        await new Promise<void>((resolve) => {
          const writing = setInterval(() => {
            const passedMs = performance.now() - startedMs;
            for (; made < (passedMs / 1_000) * perSecond; made += 1) {
              const { client, sentAtMs, writer } = members[made % members.length] as (typeof members)[number];
              sentAtMs.push(performance.now());
              client.send(writer.next());
            }
            if (passedMs < seconds * 1_000) return;
            clearInterval(writing);
            resolve();
          }, 2);
        });
        await working;
        await wait(500);
        for (const { client } of members) client.socket.destroy();
        return { p50: waits.quantile(0.5), p99: waits.quantile(0.99), relayed: relayed.quantile(0.99) };
      }),
    ['stock'],
  );
  const ms = (what: 'p50' | 'p99' | 'relayed') => `${of('stock', (one) => one[what]).toFixed(1)} ms`;
  return [
    {
      name: 'durable acknowledgement at 5,000/s beside commands and an import, p50',
      value: ms('p50'),
      target: '5 ms',
    },
    { name: 'the same, p99', value: ms('p99'), target: '20 ms' },
    { name: 'delivery to the others meanwhile, p99', value: ms('relayed'), target: '' },
  ];
}
