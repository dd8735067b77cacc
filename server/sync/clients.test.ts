import { describe, expect, it } from 'vitest';
import { closeCodes, documentRoom } from '#domain/sync/wire.ts';
import type { Raw } from '../../test/fuzz/sync-harness.ts';
import { until } from '../../test/fuzz/sync-harness.ts';
import {
  acknowledged,
  codeOf,
  isDenied,
  synced,
  type,
  update,
  useSyncServer,
} from '../../test/sync-server.ts';
import { step1Frame, step2Frame, updateFrame } from './frames.ts';

const server = useSyncServer();
const { start, stock, rawIn, logText } = server;

describe('An unmodified y-websocket client', () => {
  it('writes and reads with a token and with a cookie', async () => {
    const ana = stock('ana');
    const bia = stock(null, { cookie: 'bia' });
    await synced(ana, bia);
    type(ana, 'hello');
    await until(() => bia.text() === 'hello', 'Bia sees what Ana wrote');
    type(bia, ' world');
    await until(() => ana.text() === 'hello world', 'Ana sees what Bia wrote');
    expect(await logText()).toBe('hello world');
  });

  it('has everything when it says that it is synced, also what came after the text that newcomers share (R8)', async () => {
    const ana = stock('ana');
    await until(() => ana.provider.synced, 'Ana is in');
    for (let count = 1; count <= 20; count += 1) {
      ana.doc.getText('text').insert(0, 'x');
      await until(async () => (await logText()).length === count, 'it is on disk');
      const newcomer = stock('bia');
      await until(() => newcomer.provider.synced, 'the newcomer says so');
      expect(newcomer.doc.getText('text').length).toBe(count);
      newcomer.leave();
    }
  });

  it('finds everything again after a restart of the server, and brings what it wrote meanwhile', async () => {
    await start();
    const ana = stock('ana');
    await synced(ana);
    type(ana, 'before');
    await until(async () => (await logText()) === 'before', 'it is stored');
    const { port } = server.harness;
    await server.harness.stop();
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
    const pong = client.socket.pong.bind(client.socket);
    client.socket.pong = () => undefined;
    // Said unasked, they are no answer.
    const saying = setInterval(() => pong('I am alive'), 10);
    expect(await codeOf(client)).toBe(1006);
    clearInterval(saying);
  });
});

describe('A client that asks for its echo (C15)', () => {
  it('is sent what it wrote once it is on disk, before the acknowledgement; others are not', async () => {
    const clients = await Promise.all(['&ack=1&echo=1', '&ack=1'].map((query) => rawIn('ana', query)));
    const isAnswer = (frame: Uint8Array) => frame[0] === 0 && frame[1] === 1;
    for (const client of clients) {
      client.send(step1Frame(new Map()));
      await until(() => client.frames.some(isAnswer), 'it has joined');
    }
    const [echoed, other] = clients as [Raw, Raw];
    const heard = ({ frames }: Raw, made: Uint8Array) =>
      frames.findIndex((frame) => frame.join() === updateFrame(made).join());
    const [one, two] = [update('one', 1), update('two', 2)];
    echoed.send(updateFrame(one));
    await until(() => acknowledged(echoed) === 1, 'it is stored');
    expect(heard(echoed, one)).toBeGreaterThan(-1);
    expect(heard(echoed, one)).toBeLessThan(echoed.frames.findIndex((frame) => frame[0] === 120));
    other.send(updateFrame(two));
    await until(() => acknowledged(other) === 1, 'the other is too');
    expect(heard(other, two)).toBe(-1);
  });
});

const isQuiet = (frame: Uint8Array) => [...frame].join() === '1,1,0';

describe('A reader (R2)', () => {
  it('may send every message; what is new is discarded and answered, and the socket stays', async () => {
    const ana = stock('ana');
    await synced(ana);
    type(ana, 'text');
    await until(async () => (await logText()) === 'text', 'it is stored');
    const reader = await rawIn('leitor', '&ack=1');
    const { updates } = await server.harness.log.state(documentRoom(server.room), null);
    reader.send(step1Frame(new Map()));
    for (const known of updates) reader.send(step2Frame(known));
    reader.send(updateFrame(new Uint8Array([0, 0])));
    const acknowledgement = `120,${updates.length + 1}`;
    await until(
      () => reader.frames.some((frame) => frame.join() === acknowledgement),
      'nothing new is acknowledged',
    );
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
