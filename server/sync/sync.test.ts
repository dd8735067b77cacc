import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import * as Y from 'yjs';
import { documentVersion, protocolVersion } from '#domain/sync/versions.ts';
import {
  closeCodes,
  documentRoom,
  frameBytesLimit,
  gapBytesLimit,
  socketsPerRoomLimit,
} from '#domain/sync/wire.ts';
import {
  documentId,
  rawClient,
  startHarness,
  stockClient,
  until,
  workspaceId,
} from '../../test/fuzz/sync-harness.ts';
import type { Harness, HarnessOptions, Raw, Stock, StockOptions } from '../../test/fuzz/sync-harness.ts';
import { uncommittedMessagesLimit } from './connection.ts';
import { readFrame, step1Frame, step2Frame, updateFrame } from './frames.ts';
import { gapsLimit, liveBacklogLimit } from './room.ts';

let folder: string;
/** The server of this test: the shared one, unless the test starts one with options of its own. */
let harness: Harness;
let shared: Harness;
let leaving: (() => void)[] = [];
/** A room of its own for each test. */
let room = documentId(0);
let rooms = 0;

const start = async (options: Partial<HarnessOptions> = {}) => {
  harness = await startHarness({ file: join(folder, `${room}.db`), ...options });
};
const stock = (token: string, options: StockOptions = {}): Stock => {
  const client = stockClient(harness.port, room, { token, ...options });
  leaving.push(client.leave);
  return client;
};
const raw = async (path: string, headers: Record<string, string> = {}): Promise<Raw> => {
  const client = await rawClient(harness.port, path, headers);
  leaving.push(() => client.socket.terminate());
  return client;
};
const rawIn = (token: string, query = '') => raw(`/sync/document/${room}?token=${token}${query}`);
const codeOf = async (client: Raw): Promise<number> => {
  await until(() => client.closed() !== null, 'the server closes the socket');
  return client.closed() as number;
};
const synced = (...clients: Stock[]) =>
  until(() => clients.every(({ provider }) => provider.synced), 'clients are in sync');
const type = (client: Stock, text: string) => client.doc.getText('text').insert(client.text().length, text);
const update = (text: string, clientId: number): Uint8Array => {
  const doc = new Y.Doc();
  doc.clientID = clientId;
  doc.getText('text').insert(0, text);
  return Y.encodeStateAsUpdate(doc);
};
const logText = async (): Promise<string> => {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, (await harness.log.state(documentRoom(room), null)).update);
  return doc.getText('text').toJSON();
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stoa-sync-'));
  shared = await startHarness({ file: join(folder, 'log.db'), timings: { gapPatienceMs: 200, tickMs: 20 } });
});
beforeEach(() => {
  harness = shared;
  rooms += 1;
  room = documentId(rooms);
});
afterEach(async () => {
  for (const leave of leaving) leave();
  leaving = [];
  if (harness !== shared) await harness.stop();
});
afterAll(async () => {
  await shared.stop();
  await rm(folder, { recursive: true });
});

describe('An unmodified y-websocket client', () => {
  it('writes and reads with a token and with a cookie', async () => {
    const ana = stock('ana');
    const bia = stockClient(harness.port, room, { cookie: 'bia' });
    leaving.push(bia.leave);
    await synced(ana, bia);
    type(ana, 'hello');
    await until(() => bia.text() === 'hello', 'Bia sees what Ana wrote');
    type(bia, ' world');
    await until(() => ana.text() === 'hello world', 'Ana sees what Bia wrote');
    expect(await logText()).toBe('hello world');
  });

  it('finds everything again after a restart of the server, and brings what it wrote meanwhile', async () => {
    await start();
    const ana = stock('ana');
    await synced(ana);
    type(ana, 'before');
    await until(async () => (await logText()) === 'before', 'it is stored');
    const { port } = harness;
    await harness.stop();
    type(ana, ', meanwhile');
    await start({ port });
    const bia = stock('bia');
    await until(() => bia.text() === 'before, meanwhile', 'a newcomer has both');
  });

  it('stays connected alone and in silence, because it hears an empty presence (C6)', async () => {
    await start({ timings: { quietSocketMs: 100, tickMs: 20 } });
    const client = await rawIn('ana');
    await until(() => client.frames.filter(isQuiet).length >= 3, 'three signs of life');
    const ana = stock('ana');
    await synced(ana);
    expect(ana.provider.awareness.getStates().size).toBe(1);
    expect(ana.closes).toEqual([]);
  });

  it('is let go when it no longer answers pings (C7)', async () => {
    await start({ timings: { pingMs: 60, tickMs: 20 } });
    const client = await rawIn('ana');
    client.socket.pong = () => undefined;
    expect(await codeOf(client)).toBe(1006);
  });
});

const isQuiet = (frame: Uint8Array) => [...frame].join() === '1,1,0';

describe('The door (A1-A6)', () => {
  it('answers a wrong room, no session, no right and no document with codes of their own, all final', async () => {
    await start({ missing: [documentId(404)] });
    const paths: [string, number][] = [
      [`/sync/document/${room}`, 4401],
      [`/sync/document/${room}?token=nobody`, 4401],
      [`/sync/document/${room}?token=estranho`, 4403],
      [`/sync/document/${documentId(404)}?token=ana`, 4404],
      [`/sync/document/../../etc/passwd?token=ana`, 4400],
      [`/sync/document/..%2f..%2fetc%2fpasswd?token=ana`, 4400],
      [`/sync/document/${room.toUpperCase().replace('0', 'A')}?token=ana`, 4400],
      [`/sync/document/${'a'.repeat(3_000)}?token=ana`, 4400],
      [`/sync/document/?token=ana`, 4400],
      [`/sync/elsewhere/${room}?token=ana`, 4400],
      [`/sync/document/${room}?token=ana&v=x`, 4400],
      [`/sync/document/${room}?token=ana&v=${protocolVersion + 1}.${documentVersion}`, 4426],
      [`/sync/document/${room}?token=ana&v=${protocolVersion}.${documentVersion + 1}`, 4426],
      [`/sync/changes/${workspaceId}`, 4401],
      [`/sync/changes/${workspaceId}?token=estranho`, 4403],
    ];
    for (const [path, code] of paths) expect([path, await codeOf(await raw(path))]).toEqual([path, code]);
    expect(await harness.log.head(documentRoom(room))).toBe(0);
  });

  it('does not make the provider knock again', async () => {
    const stranger = stock('estranho');
    await until(() => stranger.closes.length > 0, 'the server closes');
    expect(stranger.closes).toEqual([4403]);
    expect(stranger.provider.shouldConnect).toBe(false);
  });

  it('takes only so many sockets in one room, and says that it is full', async () => {
    const sockets: WebSocket[] = [];
    for (let count = 0; count < socketsPerRoomLimit; count += 1) sockets.push((await rawIn('ana')).socket);
    expect(await codeOf(await rawIn('bia'))).toBe(closeCodes.full.code);
    sockets[0]?.terminate();
    await until(async () => {
      const client = await rawIn('bia');
      await until(() => client.closed() !== null || client.frames.length > 0, 'an answer');
      return client.closed() === null;
    }, 'a seat is free again');
  });

  it('takes a right away from an open socket, or a role, when asked again and when a grant ends', async () => {
    let now = Date.parse('2026-01-01T00:00:00Z');
    await start({ nowMs: () => now, timings: { tickMs: 10 } });
    harness.people.set('bia', { name: 'Bia', role: 'editor', endsAt: '2026-01-01T01:00:00.000Z' });
    const [ana, bia, caio] = [await rawIn('ana'), await rawIn('bia'), await rawIn('caio')];
    harness.people.set('ana', { name: 'Ana', role: 'viewer' });
    await harness.sync.recheck('ana');
    ana.send(updateFrame(update('no', 1)));
    await until(() => ana.frames.some(isDenied), 'Ana may no longer write');
    harness.people.delete('caio');
    await harness.sync.recheck('caio');
    expect(await codeOf(caio)).toBe(4401);
    now = Date.parse('2026-01-01T01:00:00Z');
    expect(await codeOf(bia)).toBe(4403);
    expect(ana.closed()).toBeNull();
  });

  it('finds by itself, after a while, that a right has gone', async () => {
    await start({ timings: { tickMs: 10, recheckMs: 50 } });
    const ana = await rawIn('ana');
    harness.people.delete('ana');
    expect(await codeOf(ana)).toBe(4401);
  });

  it('an app too old for the documents delivers what it wrote and is sent nothing', async () => {
    const old = await rawIn('ana', `&ack=1&v=${protocolVersion}.${documentVersion - 1}`);
    old.send(step1Frame(new Map()));
    old.send(step2Frame(update('from long ago', 1)));
    await until(() => old.frames.some((frame) => frame[0] === 120), 'it is acknowledged');
    expect(old.frames.some((frame) => frame[0] === 0 && frame[1] !== 0)).toBe(false);
    expect(await logText()).toBe('from long ago');
  });
});

const isDenied = (frame: Uint8Array) => frame[0] === 2 && frame[1] === 0;

describe('A reader (R2)', () => {
  it('may send every message; what is new is discarded and answered, and the socket stays', async () => {
    const ana = stock('ana');
    await synced(ana);
    type(ana, 'text');
    await until(async () => (await logText()) === 'text', 'it is stored');
    const reader = await rawIn('leitor', '&ack=1');
    const everything = (await harness.log.state(documentRoom(room), null)).update;
    reader.send(step1Frame(new Map()));
    reader.send(step2Frame(everything));
    reader.send(updateFrame(new Uint8Array([0, 0])));
    await until(() => reader.frames.some((frame) => frame.join() === '120,2'), 'nothing new is acknowledged');
    expect(reader.frames.some(isDenied)).toBe(false);
    reader.send(step2Frame(update('x', 5)));
    reader.send(updateFrame(update('y', 6)));
    await until(() => reader.frames.filter(isDenied).length === 2, 'twice refused');
    reader.send([3]);
    reader.send([2, 0, 0]);
    reader.send([1, 7, 1, 9, 1, 2, 123, 125, 0].slice(0, 2));
    expect(await codeOf(reader)).toBe(closeCodes.malformed.code);
    expect(await logText()).toBe('text');
  });

  it('sees the stock client of a reader stay connected without complaint', async () => {
    const ana = stock('ana');
    const reader = stock('leitor');
    await synced(ana, reader);
    type(ana, 'read me');
    await until(() => reader.text() === 'read me', 'the reader reads');
    expect(reader.closes).toEqual([]);
  });
});

describe('Poison (W1-W8, R3-R6)', () => {
  const foreign = () => update('mine', 77);
  const poison: [string, () => Uint8Array, number][] = [
    ['a V2 update', () => v2(), closeCodes.malformed.code],
    ['a truncated update', () => updateFrame(update('x', 3).slice(0, -3)), closeCodes.malformed.code],
    ['a truncated frame', () => updateFrame(update('x', 3)).slice(0, -3), closeCodes.malformed.code],
    ['trailing bytes', () => updateFrame(new Uint8Array([...update('x', 3), 0])), closeCodes.malformed.code],
    ['two messages in one frame', () => join2(updateFrame(update('x', 3)), [3]), closeCodes.malformed.code],
    ['zero structs', () => updateFrame(new Uint8Array([1, 0, 5, 0, 0])), closeCodes.malformed.code],
    [
      'a forged run of another client',
      () => updateFrame(new Uint8Array([1, 1, 77, 4, 0, 100, 0])),
      closeCodes.foreignClient.code,
    ],
    [
      'a run of impossible length',
      () => updateFrame(new Uint8Array([1, 1, 5, 0, 0, 255, 255, 255, 255, 15, 0])),
      closeCodes.malformed.code,
    ],
    [
      'bad JSON in an embed',
      () => updateFrame(new Uint8Array([1, 1, 5, 0, 5, 1, 1, 116, 1, 123, 0])),
      closeCodes.malformed.code,
    ],
    [
      'a circle of origins',
      () => updateFrame(new Uint8Array([2, 1, 6, 0, 0x84, 5, 0, 1, 97, 1, 5, 0, 0x84, 6, 0, 1, 97, 0])),
      closeCodes.malformed.code,
    ],
    ['an unknown message', () => new Uint8Array([99]), closeCodes.malformed.code],
    [
      'a state vector of too many clients',
      () => new Uint8Array([0, 0, 4, 255, 255, 255, 127]),
      closeCodes.malformed.code,
    ],
    ['a frame one byte too large', () => new Uint8Array(frameBytesLimit + 1), closeCodes.tooLarge.code],
    [
      'a huge delete range',
      () => updateFrame(new Uint8Array([0, 1, 77, 1, 0, 255, 255, 255, 255, 7])),
      closeCodes.gap.code,
    ],
  ];
  const v2 = () => {
    const doc = new Y.Doc();
    doc.getText('text').insert(0, 'v2');
    return updateFrame(Y.encodeStateAsUpdateV2(doc));
  };
  const join2 = (a: Uint8Array, b: number[]) => new Uint8Array([...a, ...b]);

  it.each(poison)(
    '%s: the sender is refused, the room is unharmed, a newcomer has everything',
    async (_name, bytes, code) => {
      await start({ timings: { gapPatienceMs: 50, tickMs: 10 } });
      const victim = await rawIn('bia', '&ack=1');
      victim.send(updateFrame(foreign()));
      await until(() => victim.frames.some((frame) => frame[0] === 120), 'the victim has written');
      const attacker = await rawIn('ana');
      attacker.send(bytes());
      expect(await codeOf(attacker)).toBe(code);
      const doc = new Y.Doc();
      Y.applyUpdate(doc, foreign());
      doc.clientID = 77;
      doc.getText('text').insert(4, ' later');
      victim.send(updateFrame(Y.encodeStateAsUpdate(doc)));
      const newcomer = stock('caio');
      await until(() => newcomer.text() === 'mine later', 'a newcomer has everything');
      expect(victim.closed()).toBeNull();
      expect(await harness.log.head(documentRoom(room))).toBe(2);
    },
  );

  it('takes offline edits of the same person under an older client id, from any device', async () => {
    const first = await rawIn('ana');
    first.send(updateFrame(update('a', 9)));
    first.socket.close();
    const doc = new Y.Doc();
    doc.clientID = 9;
    doc.getText('text').insert(0, 'a');
    doc.getText('text').insert(1, 'b');
    const second = await rawIn('ana', '&ack=1');
    second.send(step2Frame(Y.encodeStateAsUpdate(doc)));
    await until(() => second.frames.some((frame) => frame[0] === 120), 'it is stored');
    expect(await logText()).toBe('ab');
  });
});

describe('Order and durability (R8-R12)', () => {
  it('acknowledges only what is stored, counting every data message, and only when asked', async () => {
    const ana = stock('ana', { params: { ack: '1' } });
    const bia = stock('bia');
    await synced(ana, bia);
    for (const letter of 'durable') type(ana, letter);
    // The provider's answer to the server's question counts too.
    await until(() => ana.durable() === 8, 'all is acknowledged');
    expect(await logText()).toBe('durable');
    await until(() => bia.text() === 'durable', 'Bia has it');
    expect(bia.durable()).toBe(0);
  });

  it('stores nothing when clients merely come back', async () => {
    const ana = stock('ana');
    await synced(ana);
    type(ana, 'abc');
    ana.doc.getText('text').delete(1, 1);
    await until(async () => (await logText()) === 'ac', 'it is stored');
    const head = await harness.log.head(documentRoom(room));
    for (let time = 0; time < 5; time += 1) {
      ana.provider.disconnect();
      ana.provider.connect();
      await until(() => ana.provider.synced, 'in sync again');
    }
    const acknowledged = stock('ana', { doc: ana.doc, params: { ack: '1' } });
    await until(() => acknowledged.durable() === 1, 'its answer is acknowledged');
    expect(await harness.log.head(documentRoom(room))).toBe(head);
  });

  it('after a failed commit acknowledges nothing, closes the room and reads it again', async () => {
    let fails = false;
    await start({
      wrapLog: (log) => ({
        ...log,
        append: (entries) => (fails ? Promise.reject(new Error('disk full')) : log.append(entries)),
      }),
    });
    const ana = stock('ana', { params: { ack: '1' } });
    const bia = stock('bia');
    await synced(ana, bia);
    type(ana, 'kept');
    await until(() => bia.text() === 'kept', 'Bia has it');
    const before = ana.durable();
    fails = true;
    type(ana, ' lost');
    await until(() => ana.closes.length > 0 && bia.closes.length > 0, 'everyone is sent away');
    expect(ana.closes[0]).toBe(closeCodes.failed.code);
    expect([ana.durable(), bia.text(), await logText()]).toEqual([before, 'kept', 'kept']);
    fails = false;
    await until(() => bia.text() === 'kept lost', 'Ana comes back and brings it again');
    expect(harness.reports).toContain('room_failed');
  });

  it('holds an update that builds on something unknown, asks for it, and stores both in order', async () => {
    const doc = new Y.Doc();
    doc.clientID = 5;
    const updates: Uint8Array[] = [];
    doc.on('update', (bytes: Uint8Array) => updates.push(bytes));
    doc.getText('text').insert(0, 'one');
    doc.getText('text').insert(3, ' two');
    const [first, second] = updates as [Uint8Array, Uint8Array];
    const ana = await rawIn('ana', '&ack=1');
    const bia = stock('bia');
    await synced(bia);
    ana.send(updateFrame(second));
    await until(
      () => ana.frames.filter((frame) => frame[0] === 0 && frame[1] === 0).length === 2,
      'it is asked for more',
    );
    expect(bia.text()).toBe('');
    ana.send(step2Frame(first));
    await until(() => bia.text() === 'one two', 'Bia sees both');
    await until(() => ana.frames.some((frame) => frame.join() === '120,2'), 'both are acknowledged');
  });

  it('brings a newcomer what was written while it was joining, once and in order', async () => {
    const ana = stock('ana');
    await synced(ana);
    const typing = setInterval(() => type(ana, 'x'), 1);
    try {
      for (let round = 0; round < 5; round += 1) {
        const newcomer = stock('bia');
        await synced(newcomer);
        await until(() => newcomer.text().length > round * 5 + 5, 'it follows');
      }
    } finally {
      clearInterval(typing);
    }
    const late = stock('caio');
    await until(() => late.text() === ana.text(), 'equal in the end');
  });

  it('seeds an empty room once, also for two who come at the same moment', async () => {
    await start({ seed: update('seed', 42) });
    const [ana, bia] = [stock('ana'), stock('bia')];
    await until(() => ana.text() === 'seed' && bia.text() === 'seed', 'both see the seed');
    expect(await harness.log.head(documentRoom(room))).toBe(1);
  });

  it("lets the server edit by the same door, in somebody's name", async () => {
    const ana = stock('ana');
    await synced(ana);
    type(ana, 'typed');
    await until(async () => (await logText()) === 'typed', 'it is stored');
    await harness.sync.rooms.edit(room, 'bia', (doc) => doc.getText('text').insert(0, 'server '));
    await until(() => ana.text() === 'server typed', 'Ana sees the edit');
    const { rows } = await harness.log.read(documentRoom(room), 0);
    expect(rows.map(({ user }) => user)).toEqual(['ana', 'bia']);
  });

  it('forgets a room with its last connection', async () => {
    const ana = await rawIn('ana');
    const isLive = () => [...harness.sync.rooms.live()].some(({ name }) => name === documentRoom(room));
    expect(isLive()).toBe(true);
    ana.send(updateFrame(update('x', 1)));
    ana.socket.close();
    await until(() => !isLive(), 'the room is free');
    expect(await logText()).toBe('x');
  });
});

describe('Limits, gone past', () => {
  /** Updates of one writer that all build on a first one, which is kept back. */
  const orphans = (count: number, bytes: number): Uint8Array[] => {
    const doc = new Y.Doc();
    const updates: Uint8Array[] = [];
    doc.getText('text').insert(0, 'kept back');
    doc.on('update', (made: Uint8Array) => updates.push(made));
    for (let index = 0; index < count; index += 1) doc.getText('text').insert(0, 'x'.repeat(bytes));
    return updates;
  };

  it.each([
    ['bytes', 3, gapBytesLimit / 2],
    ['number', gapsLimit + 1, 1],
  ])('R6: what waits for what it builds on is bounded in %s', async (_name, count, bytes) => {
    await start();
    const client = await rawIn('ana');
    for (const orphan of orphans(count, bytes)) client.send(updateFrame(orphan));
    expect(await codeOf(client)).toBe(closeCodes.gap.code);
    expect(await harness.log.head(documentRoom(room))).toBe(0);
  });

  it('C4: reading pauses while too much is on its way to disk, and nothing is lost', async () => {
    let handedIn = 0;
    let letGo = () => {};
    const held = new Promise<void>((resolve) => (letGo = resolve));
    await start({
      wrapLog: (log) => ({
        ...log,
        append: async (entries) => {
          handedIn += 1;
          await held;
          return log.append(entries);
        },
      }),
    });
    const client = await rawIn('ana', '&ack=1');
    const doc = new Y.Doc();
    // Far more than fits into what one read of the network brings: a pause cannot take back what it has read.
    const count = uncommittedMessagesLimit + 6_000;
    doc.on('update', (made: Uint8Array) => client.send(updateFrame(made)));
    for (let index = 0; index < count; index += 1) doc.getText('text').insert(index, 'x');
    await until(() => handedIn > uncommittedMessagesLimit, 'the limit is reached');
    // A second socket's message, sent later, is through: the first one's rest has been left in the network.
    const other = await rawIn('bia');
    other.send(updateFrame(update('y', 1)));
    await until(() => handedIn > uncommittedMessagesLimit + 1, 'somebody else is heard');
    expect(handedIn).toBeLessThan(count);
    letGo();
    await until(
      () => client.frames.some((frame) => frame.join() === `120,${(count & 127) | 128},${count >> 7}`),
      'all is stored',
    );
    expect((await logText()).length).toBe(count + 1);
  });

  const writeMuch = async (megabytes: number): Promise<number> => {
    const writer = await rawIn('bia', '&ack=1');
    const doc = new Y.Doc();
    doc.on('update', (made: Uint8Array) => writer.send(updateFrame(made)));
    for (let index = 0; index < megabytes; index += 1) doc.getText('text').insert(0, 'x'.repeat(1024 * 1024));
    await until(() => writer.frames.some((frame) => frame.join() === `120,${megabytes}`), 'all is stored');
    return doc.getText('text').length;
  };
  const serverBacklog = () =>
    Math.max(
      ...[...harness.sync.rooms.live()].flatMap(({ members }) =>
        [...members].map(({ backlogBytes }) => backlogBytes),
      ),
    );

  it('R9: one who reads nothing holds little memory, and has everything once it reads', async () => {
    await start();
    const slow = await rawIn('ana');
    slow.send(step1Frame(new Map()));
    await until(() => slow.frames.some((frame) => frame[1] === 1), 'it has joined');
    slow.socket.pause();
    const length = await writeMuch(12);
    expect(serverBacklog()).toBeLessThan(liveBacklogLimit + 3 * 1024 * 1024);
    slow.socket.resume();
    const doc = new Y.Doc();
    await until(() => {
      for (const frame of slow.frames.splice(0)) {
        const message = readFrame(frame);
        if (message.kind === 'data') Y.applyUpdate(doc, message.update);
      }
      return doc.getText('text').length === length;
    }, 'it has caught up');
  });

  it('R9: one who goes on reading nothing is let go', async () => {
    await start({ timings: { lagPatienceMs: 300, tickMs: 20 } });
    const slow = await rawIn('ana');
    slow.send(step1Frame(new Map()));
    await until(() => slow.frames.some((frame) => frame[1] === 1), 'it has joined');
    slow.socket.pause();
    await writeMuch(12);
    await until(
      () => [...harness.sync.rooms.live()].every(({ size }) => size === 1),
      'only the writer is left',
    );
  });
});

describe('The change feed socket (F1-F3)', () => {
  it('says where the feed stands, then every announcement, and listens no longer once closed', async () => {
    await start({ timings: { quietSocketMs: 200, tickMs: 20 } });
    const client = await raw(`/sync/changes/${workspaceId}?token=leitor`);
    await until(() => client.texts.length === 1, 'the first frame');
    harness.announce(7);
    await until(() => client.texts.length === 2, 'the second frame');
    expect(client.texts.map((text) => JSON.parse(text) as unknown)).toEqual([
      { epoch: 'e1', seq: 0 },
      { epoch: 'e1', seq: 7 },
    ]);
    await until(() => client.texts.length === 3, 'a sign of life');
    client.socket.send('hello');
    expect(await codeOf(client)).toBe(closeCodes.malformed.code);
    await until(() => harness.listeners.size === 0, 'no listener is left');
  });
});
