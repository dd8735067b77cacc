import { DatabaseSync } from 'node:sqlite';
import * as decoding from 'lib0/decoding';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { messageTypes, recoveryMs } from '#domain/sync/wire.ts';
import { until } from '../../test/fuzz/sync-harness.ts';
import type { Stock } from '../../test/fuzz/sync-harness.ts';
import { runsOf, synced, type, update, useSyncServer } from '../../test/sync-server.ts';
import { step2Frame, updateFrame } from './frames.ts';

const server = useSyncServer();

describe('A room after a restore', () => {
  it('tells its epoch first, to those who ask, and to nobody else (E2)', async () => {
    const first = await server.rawIn('ana');
    first.send(updateFrame(update('a', 1)));
    await until(async () => (await server.logText()) === 'a', 'the room has begun');
    first.socket.terminate();
    await until(() => [...server.harness.sync.rooms.live()].length === 0, 'the room is read anew');
    const asking = await server.rawIn('ana', '&epoch=1');
    const stock = await server.rawIn('ana');
    await until(() => asking.frames.length > 1 && stock.frames.length > 0, 'the first frames');
    const decoder = decoding.createDecoder(asking.frames[0] as Uint8Array);
    expect(decoding.readVarUint(decoder)).toBe(messageTypes.epoch);
    expect(decoding.readVarString(decoder)).toBe(
      (await server.harness.log.knowledge(`document/${server.room}`)).epoch,
    );
    expect(stock.frames.some(([kind]) => kind === messageTypes.epoch)).toBe(false);
  });

  /** Ana wrote something that the backup does not have; Bia has read it. */
  const bothHave = (): { ana: Stock; bia: Stock } => {
    const ana = server.stock('ana', { doc: new Y.Doc() });
    const bia = server.stock('bia', { doc: new Y.Doc() });
    ana.provider.disconnect();
    bia.provider.disconnect();
    type(ana, 'what the backup lacks');
    Y.applyUpdate(bia.doc, Y.encodeStateAsUpdate(ana.doc));
    return { ana, bia };
  };

  it('takes back from one what another wrote, and the author may write on (E4)', async () => {
    await server.start({ restoredAtMs: Date.now() });
    const { ana, bia } = bothHave();
    bia.provider.connect();
    await synced(bia);
    await until(async () => (await server.logText()) === 'what the backup lacks', 'it is back');
    type(bia, ', and more from Bia');
    await until(async () => (await server.logText()).endsWith('from Bia'), 'Bia writes');

    ana.provider.connect();
    await synced(ana);
    type(ana, ', and from Ana');
    await until(() => bia.text() === ana.text() && bia.text().endsWith('from Ana'), 'Ana writes on');
    expect(ana.text()).toBe('what the backup lacks, and more from Bia, and from Ana');
    expect([...ana.closes, ...bia.closes].filter((code) => code >= 4400)).toEqual([]);
    const { owners } = await server.harness.log.knowledge(`document/${server.room}`);
    expect(owners.get(ana.doc.clientID)).toBe('ana');
  });

  /** Ana has written under 77 what the backup has, and then more, which it lacks and she does not bring yet. */
  const restored = async (): Promise<Y.Doc> => {
    await server.start();
    const doc = new Y.Doc();
    doc.clientID = 77;
    const ana = server.stock('ana', { doc });
    await synced(ana);
    type(ana, 'in the backup');
    await until(async () => (await server.logText()) === 'in the backup', 'it is stored');
    ana.leave();
    type(ana, ', and after it');
    const { file } = server;
    await server.harness.stop();
    const db = new DatabaseSync(file);
    db.exec(`UPDATE log_rooms SET epoch = 'after the restore'`);
    db.close();
    await server.start({ restoredAtMs: Date.now() });
    return doc;
  };

  it('takes back more of a client that the backup knew as somebody’s (E4)', async () => {
    const doc = await restored();
    const bia = server.stock('bia', { doc: new Y.Doc() });
    Y.applyUpdate(bia.doc, Y.encodeStateAsUpdate(doc));
    await until(async () => (await server.logText()) === 'in the backup, and after it', 'Bia brings it');
    const { owners } = await server.harness.log.knowledge(`document/${server.room}`);
    expect(owners.get(77)).toBe('ana');
  });

  /** What somebody else brings as if Ana had written it: collected, so that what she writes there is lost. */
  const forged = (clock: number) => step2Frame(runsOf([77], clock));

  it('takes nothing more under a client id whose owner has written on, also after a restart (E4)', async () => {
    const doc = await restored();
    const ana = server.stock('ana', { doc });
    await synced(ana);
    type(ana, ', and later');
    await until(async () => (await server.logText()).endsWith(', and later'), 'Ana writes on');
    const clock = Y.getState(doc.store, 77);
    const bia = await server.rawIn('bia');
    bia.send(forged(clock));
    await until(() => bia.closed() === 4423, 'Bia is refused');
    ana.leave();
    await server.harness.stop();
    await server.start({ restoredAtMs: Date.now() });
    const again = await server.rawIn('bia');
    again.send(forged(clock));
    await until(() => again.closed() === 4423, 'Bia is refused again');
  });

  it('takes nothing more under a client id that was made after it (E4)', async () => {
    await server.start({ restoredAtMs: Date.now() });
    const ana = await server.rawIn('ana');
    ana.send(updateFrame(update('new', 77)));
    await until(async () => (await server.logText()) === 'new', 'it is stored');
    const bia = await server.rawIn('bia');
    bia.send(forged(3));
    await until(() => bia.closed() === 4423, 'Bia is refused');
  });

  it('refuses as ever what is written under a foreign client id as it happens (E4, R5)', async () => {
    await server.start({ restoredAtMs: Date.now() });
    const ana = await server.rawIn('ana');
    ana.send(updateFrame(update('mine', 5)));
    await until(async () => (await server.logText()) === 'mine', 'it is stored');
    const doc = new Y.Doc();
    Y.applyUpdate(doc, update('mine', 5));
    doc.clientID = 5;
    doc.getText('text').insert(4, ' too');
    const bia = await server.rawIn('bia');
    bia.send(updateFrame(Y.encodeStateAsUpdate(doc)));
    await until(() => bia.closed() === 4423, 'Bia is refused');
  });

  it('is as strict as any other when the time of recovery is over (E4)', async () => {
    await server.start({ restoredAtMs: Date.now() - recoveryMs });
    const ana = await server.rawIn('ana');
    ana.send(step2Frame(update('mine', 5)));
    await until(async () => (await server.logText()) === 'mine', 'it is stored');
    const doc = new Y.Doc();
    Y.applyUpdate(doc, update('mine', 5));
    doc.clientID = 5;
    doc.getText('text').insert(4, ' too');
    const bia = await server.rawIn('bia');
    bia.send(step2Frame(Y.encodeStateAsUpdate(doc)));
    await until(() => bia.closed() === 4423, 'Bia is refused');
  });
});
