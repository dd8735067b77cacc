import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { closeCodes, documentRoom } from '#domain/sync/wire.ts';
import { until } from '../../test/fuzz/sync-harness.ts';
import { synced, type, update, useSyncServer } from '../../test/sync-server.ts';
import { step2Frame, updateFrame } from './frames.ts';
import { editBytesLimit } from './rooms.ts';

const server = useSyncServer();
const { start, stock, rawIn, logText } = server;

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
    const head = await server.harness.log.head(documentRoom(server.room));
    for (let time = 0; time < 5; time += 1) {
      ana.provider.disconnect();
      ana.provider.connect();
      await until(() => ana.provider.synced, 'in sync again');
    }
    const acknowledged = stock('ana', { doc: ana.doc, params: { ack: '1' } });
    await until(() => acknowledged.durable() === 1, 'its answer is acknowledged');
    expect(await server.harness.log.head(documentRoom(server.room))).toBe(head);
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
    expect(server.harness.reports).toContain('room_failed');
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
    expect(await server.harness.log.head(documentRoom(server.room))).toBe(1);
  });

  it("lets the server edit by the same door, in somebody's name", async () => {
    const ana = stock('ana');
    await synced(ana);
    type(ana, 'typed');
    await until(async () => (await logText()) === 'typed', 'it is stored');
    await server.harness.sync.rooms.edit(server.room, 'bia', (doc) =>
      doc.getText('text').insert(0, 'server '),
    );
    await until(() => ana.text() === 'server typed', 'Ana sees the edit');
    const { rows } = await server.harness.log.read(documentRoom(server.room), 0);
    expect(rows.map(({ user }) => user)).toEqual(['ana', 'bia']);
  });

  it('R12: does not edit a document that would keep everyone else waiting', async () => {
    const ana = stock('ana');
    await synced(ana);
    type(ana, 'x'.repeat(editBytesLimit));
    await until(async () => (await logText()).length === editBytesLimit, 'it is stored');
    const edit = server.harness.sync.rooms.edit(server.room, 'bia', (doc) =>
      doc.getText('text').insert(0, 'y'),
    );
    await expect(edit).rejects.toMatchObject({ code: 'too_large' });
    type(ana, 'still here');
    await until(async () => (await logText()).endsWith('still here'), 'the room goes on');
  });

  it('forgets a room with its last connection', async () => {
    const ana = await rawIn('ana');
    const isLive = () =>
      [...server.harness.sync.rooms.live()].some(({ name }) => name === documentRoom(server.room));
    expect(isLive()).toBe(true);
    ana.send(updateFrame(update('x', 1)));
    ana.socket.close();
    await until(() => !isLive(), 'the room is free');
    expect(await logText()).toBe('x');
  });
});
