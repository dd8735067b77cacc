import { describe, expect, it } from 'vitest';
import { documentRoom, presencesPerPersonLimit } from '#domain/sync/wire.ts';
import { until } from '../../test/fuzz/sync-harness.ts';
import type { Stock } from '../../test/fuzz/sync-harness.ts';
import { codeOf, runsOf, synced, type, update, useSyncServer } from '../../test/sync-server.ts';
import { presenceFrame, updateFrame } from './frames.ts';

const server = useSyncServer();
const { stock, rawIn, logText } = server;

/** Whom the log has as the owner of a client id. */
const ownerOf = async (client: number) =>
  (await server.harness.log.knowledge(documentRoom(server.room))).owners.get(client);

/** Says under somebody's client id what leaves no room for what they write. */
async function steal(client: number, clock = 0): Promise<number> {
  const ana = await rawIn('ana');
  ana.send(updateFrame(runsOf([client], clock)));
  return codeOf(ana);
}

const sees = (one: Stock, client: number) =>
  until(() => one.provider.awareness.getStates().has(client), 'it is shown');

/** An unmodified client is shown to others from its second state on. */
async function show(who: Stock, to: Stock): Promise<number> {
  who.provider.awareness.setLocalStateField('cursor', 1);
  await sees(to, who.doc.clientID);
  return who.doc.clientID;
}

describe('A client id that somebody has shown (R5, L6)', () => {
  it('is theirs before they write, and what they wrote offline is not lost', async () => {
    const caio = stock('caio');
    const bia = stock('bia', { params: { ack: '1' } });
    await synced(bia, caio);
    const clientID = await show(bia, caio);
    bia.provider.disconnect();
    type(bia, 'written offline');
    expect(await steal(clientID)).toBe(4423);
    bia.provider.connect();
    await until(() => caio.text() === 'written offline', 'it arrives');
    expect(bia.closes.filter((code) => code >= 4000)).toEqual([]);
  });

  it('is theirs also for what would wait for something missing', async () => {
    const caio = stock('caio');
    const bia = stock('bia');
    await synced(bia, caio);
    expect(await steal(await show(bia, caio), 5)).toBe(4423);
  });

  it('stays theirs when they have left, the room is freed and the server starts anew', async () => {
    await server.start();
    const bia = stock('bia');
    await synced(bia);
    const { clientID } = bia.doc;
    const { sync } = server.harness;
    await until(() => [...sync.rooms.live()].length === 1, 'the room is open');
    bia.provider.disconnect();
    await until(() => [...sync.rooms.live()].length === 0, 'the room is freed');
    expect(await steal(clientID)).toBe(4423);
    await server.harness.stop();
    const { port } = server.harness;
    await server.start({ port });
    expect(await steal(clientID)).toBe(4423);
    type(bia, 'still mine');
    bia.provider.connect();
    await until(async () => (await logText()) === 'still mine', 'it is stored');
  });

  it('is in the log a moment after it was shown, once, and is no row', async () => {
    const bia = stock('bia');
    await until(async () => (await ownerOf(bia.doc.clientID)) === 'bia', 'it is there');
    expect(await server.harness.log.head(documentRoom(server.room))).toBe(0);
    const again = stock(null, { cookie: 'bia', doc: bia.doc });
    await synced(again);
    type(again, 'by another session');
    await until(async () => (await logText()) === 'by another session', 'it is stored');
    expect([...bia.closes, ...again.closes].filter((code) => code >= 4000)).toEqual([]);
  });

  it('is nobody’s when a reader shows it, and becomes theirs when they may write', async () => {
    const reader = await rawIn('leitor');
    reader.send(presenceFrame([{ client: 5, clock: 1, state: '{}' }]));
    const caio = stock('caio');
    await sees(caio, 5);
    // As long as it is shown nobody else may write under it.
    expect(await steal(5)).toBe(4423);
    await until(async () => (await ownerOf(caio.doc.clientID)) === 'caio', 'a moment has passed');
    expect(await ownerOf(5)).toBeUndefined();
    server.harness.people.set('leitor', { name: 'Leitor', role: 'editor' });
    await server.harness.sync.recheck('leitor');
    reader.send(presenceFrame([{ client: 5, clock: 2, state: '{}' }]));
    await until(async () => (await ownerOf(5)) === 'leitor', 'it is theirs');
    server.harness.people.set('leitor', { name: 'Leitor', role: 'viewer' });
    await server.harness.sync.recheck('leitor');
  });

  it('is one of few that a socket may make its person’s by showing them', async () => {
    const ana = await rawIn('ana');
    const count = presencesPerPersonLimit + 3;
    for (let client = 1; client <= count; client += 1) {
      const shown = ana.frames.length;
      ana.send(presenceFrame([{ client, clock: 1, state: '{}' }]));
      await until(() => ana.frames.length > shown, 'it was heard');
      ana.send(presenceFrame([{ client, clock: 2, state: 'null' }]));
      await until(() => ana.frames.length > shown + 1, 'it has gone');
    }
    ana.socket.terminate();
    const { log } = server.harness;
    await until(async () => (await ownerOf(1)) === 'ana', 'it is in the log');
    const { owners } = await log.knowledge(documentRoom(server.room));
    expect(owners.size).toBe(presencesPerPersonLimit);
  });

  it('of somebody who has written under it is not changed by showing it', async () => {
    const ana = await rawIn('ana');
    ana.send(updateFrame(update('mine', 5)));
    await until(async () => (await logText()) === 'mine', 'it is stored');
    const bia = await rawIn('bia');
    bia.send(presenceFrame([{ client: 5, clock: 1, state: '{}' }]));
    bia.socket.terminate();
    ana.send(updateFrame(runsOf([5], 4)));
    await until(async () => (await server.harness.log.head(documentRoom(server.room))) === 2, 'Ana goes on');
    expect(await ownerOf(5)).toBe('ana');
  });
});
