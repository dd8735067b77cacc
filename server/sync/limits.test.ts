import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { closeCodes, gapBytesLimit, newClientsPerUpdateLimit } from '#domain/sync/wire.ts';
import { until } from '../../test/fuzz/sync-harness.ts';
import { acknowledged, codeOf, runsOf, synced, update, useSyncServer } from '../../test/sync-server.ts';
import { readFrame, step1Frame, updateFrame } from './frames.ts';
import { uncommittedMessagesLimit } from './intake.ts';
import { gapsLimit } from './gaps.ts';
import { liveBacklogLimit } from './room.ts';
import { portionBytes } from './line.ts';

const server = useSyncServer();
const { start, stock, rawIn, logText } = server;

describe('Limits, gone past', () => {
  it.each([
    ['bytes', 4, gapBytesLimit / 2],
    ['number', gapsLimit + 1, 1],
  ])(
    'R6: what waits for what it builds on is bounded in %s, and nothing is lost',
    async (_name, count, bytes) => {
      await start();
      const client = await rawIn('ana', '&ack=1');
      const doc = new Y.Doc();
      const updates: Uint8Array[] = [];
      doc.on('update', (made: Uint8Array) => updates.push(made));
      doc.getText('text').insert(0, 'kept back');
      for (let index = 0; index < count; index += 1) doc.getText('text').insert(0, 'x'.repeat(bytes));
      const [first, ...orphans] = updates as [Uint8Array, ...Uint8Array[]];
      for (const orphan of orphans) client.send(updateFrame(orphan));
      // So many are not waited for: they wait in the log, where they are safe, and nobody is shown them.
      await until(() => acknowledged(client) >= count, 'all is safe');
      expect(await logText()).toBe('');
      expect(client.closed()).toBeNull();
      client.send(updateFrame(first));
      await until(
        async () => (await logText()) === doc.getText('text').toJSON(),
        'what they waited for has come',
      );
    },
  );

  it('C5: a room that thousands of sessions have written in lets an unmodified client come back', async () => {
    const client = await rawIn('ana', '&ack=1');
    const updates = 25;
    const many = (from: number, count: number) => runsOf(Array.from({ length: count }, (_, at) => from + at));
    for (let index = 0; index < updates; index += 1)
      client.send(updateFrame(many(1 + index * newClientsPerUpdateLimit, newClientsPerUpdateLimit)));
    await until(() => acknowledged(client) === updates, 'all is stored');
    const bia = stock('bia');
    await synced(bia);
    expect(bia.doc.store.clients.size).toBe(updates * newClientsPerUpdateLimit);
    bia.provider.disconnect();
    bia.provider.connect();
    await synced(bia);
    expect(bia.closes.filter((code) => code >= 4000)).toEqual([]);
    // One more than it may bring, and it is told for good.
    client.send(updateFrame(many(1e6, newClientsPerUpdateLimit + 1)));
    expect(await codeOf(client)).toBe(closeCodes.tooManyClients.code);
  });

  it('C4: reading pauses while too much is on its way to disk, and nothing is lost', async () => {
    let handedIn = 0;
    let letGo = () => {};
    const held = new Promise<void>((resolve) => (letGo = resolve));
    await start({
      wrapLog: (log) => ({
        ...log,
        append: async (entries) => {
          handedIn += entries.length;
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
    await until(() => handedIn >= uncommittedMessagesLimit, 'the limit is reached');
    // A second socket's message, sent later, is through: the first one's rest has been left in the network.
    const other = await rawIn('bia');
    other.send(updateFrame(update('y', 1)));
    await until(() => handedIn > uncommittedMessagesLimit, 'somebody else is heard');
    expect(handedIn).toBe(uncommittedMessagesLimit + 1);
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
      ...[...server.harness.sync.rooms.live()].flatMap(({ members }) =>
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

  it('R9: one who is behind a large update is not let go while it goes on taking it', async () => {
    await start({ timings: { lagPatienceMs: 2_000, tickMs: 20 } });
    const slow = await rawIn('ana');
    slow.send(step1Frame(new Map()));
    await until(() => slow.frames.some((frame) => frame[1] === 1), 'it has joined');
    slow.socket.pause();
    const writer = await rawIn('bia', '&ack=1');
    const doc = new Y.Doc();
    doc.on('update', (made: Uint8Array) => writer.send(updateFrame(made)));
    doc.getText('text').insert(0, 'x'.repeat(15 * 1024 * 1024));
    await until(() => acknowledged(writer) === 1, 'the large one is stored');
    for (const letter of 'typed') doc.getText('text').insert(0, letter);
    await until(() => acknowledged(writer) === 6, 'all is stored');
    expect(serverBacklog()).toBeLessThan(liveBacklogLimit);
    slow.socket.resume();
    const got = new Y.Doc();
    await until(() => {
      for (const frame of slow.frames.splice(0)) {
        const message = readFrame(frame);
        if (message.kind === 'data') Y.applyUpdate(got, message.update);
      }
      return got.getText('text').length === doc.getText('text').length;
    }, 'it has everything');
    expect(slow.closed()).toBeNull();
  });

  it('C14: who asks and takes nothing of the answer holds a portion of it, and is let go, whatever it says', async () => {
    await start({ timings: { lagPatienceMs: 500, tickMs: 20 } });
    await writeMuch(18);
    const deaf = await Promise.all(['ana', 'bia', 'caio'].map((token) => rawIn(token)));
    const saying = setInterval(() => {
      for (const { socket } of deaf) socket.pong();
    }, 20);
    deaf.forEach(({ send, socket }, index) => {
      send(step1Frame(new Map([[4, 1 + index]])));
      socket.pause();
    });
    let worst = 0;
    await until(() => {
      worst = Math.max(worst, serverBacklog());
      return [...server.harness.sync.rooms.live()].every(({ size }) => size === 1);
    }, 'they are let go');
    clearInterval(saying);
    expect(worst).toBeGreaterThan(0);
    expect(worst).toBeLessThan(4 * portionBytes);
  });

  it('R9: one who goes on reading nothing is let go', async () => {
    await start({ timings: { lagPatienceMs: 300, tickMs: 20 } });
    const slow = await rawIn('ana');
    slow.send(step1Frame(new Map()));
    await until(() => slow.frames.some((frame) => frame[1] === 1), 'it has joined');
    slow.socket.pause();
    await writeMuch(12);
    await until(
      () => [...server.harness.sync.rooms.live()].every(({ size }) => size === 1),
      'only the writer is left',
    );
  });
});
