/** What a bad client may do, each for as long as it is told to: they run in `attacker-program.ts`. */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import * as Y from 'yjs';
import { frameBytesLimit } from '#domain/sync/wire.ts';
import { presenceFrame, step1Frame, step2Frame, updateFrame } from '#server/sync/frames.ts';
import { documentId, rawClient } from '../fuzz/sync-harness.ts';
import type { Raw } from '../fuzz/sync-harness.ts';
import { nestedAny, nestedJson, nestedTypes, ofManyClients, slowToTakeIn, unprovable } from '../poison.ts';
import { chance } from './chance.ts';
import type { Chance } from './chance.ts';
import { drained } from './proxy.ts';

export interface Target {
  port: number;
  /** The room under attack is `documentId(room)`. */
  room: number;
  forMs: number;
  seed: number;
}

interface Scene {
  port: number;
  luck: Chance;
  isOver: () => boolean;
  join: (token: string, query?: string) => Promise<Raw>;
  /** A line that has shaken hands and then says what it likes. */
  line: (token: string) => Promise<Socket>;
}

const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });
const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/** A masked client frame of any kind, right or wrong. */
function frame(
  first: number,
  payload: Uint8Array,
  { isMasked = true, length = payload.length } = {},
): Buffer {
  const mask = isMasked ? 0x80 : 0;
  const head =
    length < 126
      ? Buffer.from([first, mask | length])
      : Buffer.concat([Buffer.from([first, mask | 127]), bigLength(length)]);
  // A mask of zeros changes nothing.
  return Buffer.concat([head, isMasked ? Buffer.alloc(4) : Buffer.alloc(0), payload]);
}
const bigLength = (length: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(length));
  return bytes;
};

const brokenFrames = (luck: Chance): Buffer =>
  luck.pick([
    () => frame(0xc2, randomBytes(10)),
    () => frame(0x83, randomBytes(10)),
    () => frame(0x82, randomBytes(10), { isMasked: false }),
    () => frame(0x89, randomBytes(200)),
    () => frame(0x09, randomBytes(10)),
    () => frame(0x80, randomBytes(10)),
    () => frame(0x81, Buffer.from([0xff, 0xfe, 0xfd])),
    () => frame(0x88, Buffer.from([0, 1])),
    () => frame(0x88, Buffer.from([0x03])),
    () => frame(0x82, randomBytes(10), { length: 2 ** 52 }),
    () => Buffer.concat([Buffer.from([0x82, 0xff]), Buffer.alloc(8, 0xff)]),
    () => randomBytes(1 + luck.below(500)),
  ])();

/** An update of somebody who writes, deletes and formats. */
function genuine(luck: Chance): Uint8Array {
  const doc = new Y.Doc();
  const text = doc.getText('attack');
  for (let step = 0; step < 4; step += 1) text.insert(luck.below(text.length + 1), 'poison');
  text.delete(2, 3);
  text.format(0, 4, { bold: true });
  return Y.encodeStateAsUpdate(doc);
}

function poisoned(luck: Chance): Uint8Array {
  const bytes = new Uint8Array(genuine(luck));
  return luck.pick([
    () => {
      for (let flips = 1 + luck.below(4); flips > 0; flips -= 1) {
        const at = luck.below(bytes.length);
        bytes[at] = (bytes[at] as number) ^ (1 << luck.below(8));
      }
      return bytes;
    },
    () => bytes.slice(0, luck.below(bytes.length)),
    () => new Uint8Array([...bytes, luck.below(256)]),
    () => Y.convertUpdateFormatV1ToV2(bytes),
    () => new Uint8Array(randomBytes(1 + luck.below(100))),
    // An item whose origin is itself; two that wait for each other; runs and deletions of impossible length.
    () => new Uint8Array([1, 1, 5, 0, 0x84, 5, 0, 1, 97, 0]),
    () => new Uint8Array([2, 1, 6, 0, 0x84, 5, 0, 1, 97, 1, 5, 0, 0x84, 6, 0, 1, 97, 0]),
    () => new Uint8Array([1, 1, 5, 0, 0, 255, 255, 255, 255, 15, 0]),
    () => new Uint8Array([0, 1, 77, 1, 0, 255, 255, 255, 255, 7]),
    () => nestedJson(someClient(luck), luck.pick(['json', 'embed', 'format']), 5_000),
    () => nestedAny(someClient(luck), 5_000),
    () => nestedTypes(someClient(luck)).nested,
    () => unprovable(someClient(luck)),
    () => slowToTakeIn(someClient(luck), 300),
  ])();
}

const someClient = (luck: Chance): number => 1_000 + 2 * luck.below(2 ** 29);

const state = (size: number) => JSON.stringify({ cursor: 'x'.repeat(size) });

const attacks = {
  nothing: ({ isOver }) => waitUntil(isOver),

  'broken websocket frames': async ({ isOver, line, luck }) => {
    while (!isOver()) {
      const socket = await line('caio');
      socket.write(brokenFrames(luck));
      await waitUntil(() => isOver() || socket.closed);
      socket.destroy();
    }
  },

  'frames of 100 MB': async ({ isOver, line, luck }) => {
    const piece = Buffer.alloc(1024 * 1024);
    while (!isOver()) {
      const socket = await line('caio');
      const isWhole = luck.next() < 0.5;
      if (isWhole) socket.write(frame(0x82, Buffer.alloc(0), { length: 100 * piece.length }));
      else socket.write(frame(0x02, Buffer.alloc(0)));
      for (let sent = 0; sent < 100 && !socket.destroyed && !isOver(); sent += 1) {
        if (!socket.write(isWhole ? piece : frame(0x00, piece))) await drained(socket);
      }
      socket.destroy();
    }
  },

  'as large as allowed': async ({ isOver, join }) => {
    // Just below the limit and nonsense: the costliest refusal there is.
    const nonsense = updateFrame(new Uint8Array(frameBytesLimit - 16).fill(1));
    while (!isOver()) {
      const client = await join('caio');
      client.send(nonsense);
      await waitUntil(() => isOver() || client.closed() !== null);
      client.socket.terminate();
    }
  },

  'poisoned updates': async ({ isOver, join, luck }) => {
    while (!isOver()) {
      const client = await join('caio');
      for (let count = 0; count < 5; count += 1)
        client.send(luck.pick([updateFrame, step2Frame])(poisoned(luck)));
      await pause(2);
      client.socket.terminate();
    }
  },

  'an update of 5,000 clients': async ({ isOver, join }) => {
    while (!isOver()) {
      const client = await join('caio');
      client.send(updateFrame(ofManyClients(5_000)));
      await pause(20);
      client.socket.terminate();
    }
  },

  'readers that never read': async ({ isOver, join }) => {
    const readers = await Promise.all(Array.from({ length: 10 }, () => join('bia')));
    for (const { send, socket } of readers) {
      send(step1Frame(new Map()));
      socket.pause();
    }
    const writer = await join('caio', '&ack=1');
    const doc = new Y.Doc();
    let written = 0;
    doc.on('update', (update: Uint8Array) => {
      written += 1;
      writer.send(updateFrame(update));
    });
    const text = doc.getText('attack');
    while (!isOver()) {
      text.insert(0, 'x'.repeat(200 * 1024));
      text.delete(0, text.length);
      await waitUntil(() => isOver() || written - acknowledged(writer) < 20);
    }
  },

  'questions without reading the answers': async ({ isOver, join }) => {
    const clients = await Promise.all(Array.from({ length: 10 }, () => join('caio')));
    for (const { socket } of clients) socket.pause();
    while (!isOver()) {
      for (const { send, socket } of clients)
        if (socket.bufferedAmount < 64 * 1024)
          for (let count = 0; count < 100; count += 1) send(step1Frame(new Map()));
      await turn();
    }
  },

  'a reader who says everything': async ({ isOver, join, luck }) => {
    let client = await join('leitor');
    while (!isOver()) {
      if (client.closed() !== null) client = await join('leitor');
      for (let count = 0; count < 50; count += 1)
        client.send(
          luck.pick([
            () => step1Frame(new Map([[luck.below(1_000), luck.below(1_000)]])),
            () => step2Frame(genuine(luck)),
            () => updateFrame(genuine(luck)),
            () => updateFrame(new Uint8Array([0, 0])),
            () => presenceFrame([{ client: luck.below(20), clock: luck.below(1_000), state: state(100) }]),
            () => new Uint8Array([3]),
            () => new Uint8Array([2, 0, 0]),
          ])(),
        );
      await waitUntil(() => isOver() || client.socket.bufferedAmount < 64 * 1024);
      await turn();
    }
  },

  'presence, 10,000 a second': async ({ isOver, join, luck }) => {
    const clients = await Promise.all(Array.from({ length: 10 }, () => join('caio')));
    const startedMs = performance.now();
    for (let sent = 0; !isOver();) {
      const due = (performance.now() - startedMs) * 10;
      for (; sent < due; sent += 1) {
        const { send } = luck.pick(clients);
        send(presenceFrame([{ client: luck.below(5_000), clock: sent, state: state(luck.below(3_000)) }]));
      }
      await pause(1);
    }
  },

  'knocking without a key': async ({ isOver, port }) => {
    while (!isOver()) {
      const lines = Array.from({ length: 50 }, (_, index) => {
        const socket = connect(port, '127.0.0.1');
        socket.on('error', () => undefined);
        // Some stop in the middle of the question.
        socket.write(
          index % 5 === 0 ? 'GET /sync/doc' : greeting(1, index % 2 === 0 ? 'nobody' : 'estranho'),
        );
        return socket;
      });
      await pause(20);
      for (const socket of lines) socket.destroy();
    }
  },
} satisfies Record<string, (scene: Scene) => Promise<void>>;

export type Attack = keyof typeof attacks;
export const attackNames = Object.keys(attacks) as Attack[];

const waitUntil = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await pause(5);
};

/** What the last acknowledgement among the frames says. */
function acknowledged({ frames }: Raw): number {
  const last = frames.findLast((one) => one[0] === 120);
  frames.length = 0;
  if (last !== undefined) frames.push(last);
  return last === undefined
    ? 0
    : last.subarray(1).reduce((sum, byte, index) => sum + (byte & 127) * 2 ** (7 * index), 0);
}

const greeting = (room: number, token: string): string =>
  [
    `GET /sync/document/${documentId(room)}?token=${token} HTTP/1.1`,
    'Host: localhost',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    '\r\n',
  ].join('\r\n');

export async function attack(name: Attack, { port, room, forMs, seed }: Target): Promise<void> {
  const untilMs = performance.now() + forMs;
  const open: { terminate(): void }[] = [];
  const scene: Scene = {
    port,
    luck: chance(seed),
    isOver: () => performance.now() >= untilMs,
    async join(token, query = '') {
      const client = await rawClient(port, `/sync/document/${documentId(room)}?token=${token}${query}`);
      open.push(client.socket);
      return client;
    },
    async line(token) {
      const socket = connect(port, '127.0.0.1');
      open.push({ terminate: () => socket.destroy() });
      socket.on('error', () => undefined);
      socket.write(greeting(room, token));
      let isAnswered = false;
      socket.on('data', () => (isAnswered = true));
      await waitUntil(() => isAnswered || socket.closed);
      return socket;
    },
  };
  try {
    await attacks[name](scene);
  } finally {
    for (const socket of open) socket.terminate();
  }
}
