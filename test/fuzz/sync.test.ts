/**
 * Real servers, unmodified clients, chance with a printed seed. To run one seed again: FUZZ_SEED=<seed>.
 * Whatever happens in between, in the end everyone holds the same text, equal to the replay of the log.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { documentRoom } from '#domain/sync/wire.ts';
import { openSqliteLog } from '#server/sync/log-sqlite.ts';
import { rounds } from '../rounds.ts';
import { documentId, startHarness, stockClient, until } from './sync-harness.ts';
import type { Harness, Stock } from './sync-harness.ts';

const repetitions = rounds(20);
const kills = rounds(3);
const firstSeed = Number(process.env.FUZZ_SEED ?? Date.now() % 1_000_000);

/** Mulberry32: small, and the same everywhere. */
function chance(seed: number) {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return { next, below: (limit: number): number => Math.floor(next() * limit) };
}
type Chance = ReturnType<typeof chance>;

/** Text with formats, a map and nested blocks: what an editor does to a document. */
function editAnything(doc: Y.Doc, { below, next }: Chance): void {
  const text = doc.getText('text');
  const blocks = doc.getXmlFragment('blocks');
  const at = below(text.length + 1);
  switch (below(6)) {
    case 0:
    case 1:
      return text.insert(at, 'abc 😀 def'.slice(0, 1 + below(3)));
    case 2:
      return text.delete(Math.min(at, Math.max(text.length - 2, 0)), Math.min(2, text.length));
    case 3: {
      doc.getMap<number>('map').set(`key${below(3)}`, next());
      return;
    }
    case 4: {
      const block = new Y.XmlElement('paragraph');
      block.setAttribute('clauseId', String(below(1_000)));
      block.insert(0, [new Y.XmlText('new')]);
      return blocks.insert(below(blocks.length + 1), [block]);
    }
    default:
      if (blocks.length > 0) blocks.delete(below(blocks.length), 1);
  }
}

const contentOf = (doc: Y.Doc): string =>
  JSON.stringify([
    doc.getText('text').toDelta(),
    // In order of keys: a map's own order is the order in which its updates came.
    Object.entries(doc.getMap('map').toJSON()).sort(([a], [b]) => (a < b ? -1 : 1)),
    doc.getXmlFragment('blocks').toJSON(),
  ]);

const isWhole = (doc: Y.Doc): boolean => doc.store.pendingStructs === null && doc.store.pendingDs === null;

const sameVector = (a: Y.Doc, b: Y.Doc): boolean => {
  const [one, two] = [a, b].map((doc) => Y.decodeStateVector(Y.encodeStateVector(doc))) as [
    Map<number, number>,
    Map<number, number>,
  ];
  return one.size === two.size && [...one].every(([client, clock]) => two.get(client) === clock);
};

describe('Three clients that edit, drop and return', () => {
  let folder: string;
  let harness: Harness;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stoa-fuzz-'));
    harness = await startHarness({ file: join(folder, 'log.db') });
  });
  afterAll(async () => {
    await harness.stop();
    await rm(folder, { recursive: true });
  });

  it.each(Array.from({ length: repetitions }, (_, index) => firstSeed + index))(
    'end equal, and equal to the log, with seed %i',
    async (seed) => {
      const luck = chance(seed);
      const id = documentId(seed + 1);
      const clients: Stock[] = ['ana', 'bia', 'caio'].map((token) =>
        stockClient(harness.port, id, { token }),
      );
      for (let step = 0; step < 120; step += 1) {
        const client = clients[luck.below(3)] as Stock;
        const { provider, doc } = client;
        const dice = luck.next();
        if (dice < 0.06) provider.disconnect();
        else if (dice < 0.14) provider.connect();
        else if (dice < 0.17) provider.ws?.close();
        else editAnything(doc, luck);
        // Lets the network have its turn, at moments that the seed chooses.
        if (luck.next() < 0.3) await new Promise((resolve) => setImmediate(resolve));
      }
      const docs = clients.map(({ doc }) => doc);
      const [first, ...others] = docs as [Y.Doc, ...Y.Doc[]];
      for (const { provider } of clients) provider.connect();
      await until(
        () =>
          docs.every(isWhole) &&
          others.every((doc) => sameVector(first, doc) && contentOf(doc) === contentOf(first)),
        `seed ${seed}: everyone holds the same`,
      );
      const replay = new Y.Doc();
      for (let seq = 0, upTo = -1; upTo !== seq;) {
        upTo = seq;
        const page = await harness.log.read(documentRoom(id), seq);
        for (const row of page.rows) Y.applyUpdate(replay, row.bytes);
        seq = page.upTo;
      }
      expect(contentOf(replay)).toBe(contentOf(first));
      expect(sameVector(replay, first)).toBe(true);
      for (const client of clients) client.leave();
    },
  );
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

describe('A server that is killed', () => {
  const script = fileURLToPath(new URL('./sync-process.ts', import.meta.url));
  const begin = async (file: string, port: number): Promise<ChildProcess> => {
    const child = spawn(process.execPath, [script, file, String(port)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    return child;
  };

  it(
    'has stored whatever any client was shown or told is safe, time after time',
    async () => {
      const luck = chance(firstSeed);
      const folder = await mkdtemp(join(tmpdir(), 'stoa-kill-'));
      const file = join(folder, 'log.db');
      const port = await freePort();
      const id = documentId(1);
      let child = await begin(file, port);
      const writers = ['ana', 'bia'].map((token) => stockClient(port, id, { token, params: { ack: '1' } }));
      const typing = setInterval(() => {
        for (const { doc } of writers) editAnything(doc, luck);
      }, 2);
      try {
        for (let round = 0; round < kills; round += 1) {
          await until(() => writers.every(({ provider }) => provider.synced), 'both are connected');
          const before = writers.map(({ durable }) => durable());
          await until(
            () =>
              writers.every(
                ({ durable }, index) => durable() > (before[index] as number) + 20 + luck.below(50),
              ),
            'both type',
          );
          child.kill('SIGKILL');
          await once(child, 'exit');
          // What each has received from the other by now, and nothing of what it may still send.
          const seen = writers.map(({ doc }, index) => ({
            other: (writers[1 - index] as Stock).doc.clientID,
            clocks: Y.decodeStateVector(Y.encodeStateVector(doc)),
          }));
          const log = await openSqliteLog(file);
          const { clocks, skipped } = await log.knowledge(documentRoom(id));
          await log.close();
          expect(skipped, `seed ${firstSeed}`).toEqual([]);
          for (const { other, clocks: theirs } of seen)
            expect(clocks.get(other) ?? 0, `seed ${firstSeed}`).toBeGreaterThanOrEqual(
              theirs.get(other) ?? 0,
            );
          child = await begin(file, port);
        }
        clearInterval(typing);
        const fresh = stockClient(port, id, { token: 'caio' });
        const [ana, bia] = writers as [Stock, Stock];
        await until(
          () =>
            [bia, fresh].every(
              ({ doc }) => sameVector(ana.doc, doc) && contentOf(doc) === contentOf(ana.doc),
            ),
          `seed ${firstSeed}: a fresh client has everything`,
        );
        fresh.leave();
      } finally {
        clearInterval(typing);
        for (const writer of writers) writer.leave();
        child.kill('SIGKILL');
        await rm(folder, { recursive: true });
      }
    },
    rounds(60_000),
  );
});
