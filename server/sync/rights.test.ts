import { describe, expect, it } from 'vitest';
import { closeCodes, documentRoom } from '#domain/sync/wire.ts';
import { chance, firstSeed } from '../../test/chaos/chance.ts';
import { documentId, until } from '../../test/fuzz/sync-harness.ts';
import { rounds } from '../../test/rounds.ts';
import { codeOf, synced, type, update, useSyncServer } from '../../test/sync-server.ts';
import { updateFrame } from './frames.ts';

const server = useSyncServer();
const { start, stock, raw, rawIn, logText } = server;

describe('Rights that change while somebody is on the way (A5, A7)', () => {
  it('A7: reach those who were being let in at that moment', async () => {
    await start();
    const ana = { name: 'Ana', role: 'editor' } as const;
    for (let turns = 0; turns < 12; turns += 1) {
      server.harness.people.set('ana', ana);
      const joining = raw(`/sync/document/${documentId(7_000 + turns)}?token=ana`);
      for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      server.harness.people.delete('ana');
      await server.harness.sync.recheck('ana');
      expect([turns, await codeOf(await joining)]).toEqual([turns, closeCodes.notSignedIn.code]);
    }
  });

  it('A7: an answer that was overtaken by a later one does not count', async () => {
    let isSlow = false;
    let answer = () => {};
    const slowly = new Promise<void>((resolve) => (answer = resolve));
    await start({ beforeAnswer: () => (isSlow ? slowly : Promise.resolve()) });
    const client = await rawIn('ana');
    const { sync, people } = server.harness;
    isSlow = true;
    const first = sync.recheck('ana');
    isSlow = false;
    people.set('ana', { name: 'Ana', role: 'viewer' });
    await sync.recheck('ana');
    answer();
    await first;
    client.send(updateFrame(update('no', 1)));
    await until(() => client.frames.some((frame) => frame[0] === 2), 'Ana may no longer write');
  });
});

describe('Somebody who is demoted in the middle of writing (A5, R2)', () => {
  it.each(Array.from({ length: rounds(3) }, (_, index) => firstSeed + index))(
    'adds nothing from then on, loses nothing that was said to be safe, and brings the rest when promoted, with seed %i',
    async (seed) => {
      await start();
      const luck = chance(seed);
      const ana = stock('ana', { params: { ack: '1' } });
      const bia = stock('bia');
      await synced(ana, bia);
      const typing = setInterval(() => type(ana, 'x'), 1);
      try {
        await until(() => ana.durable() > 5 + luck.below(50), 'Ana writes');
        server.harness.people.set('ana', { name: 'Ana', role: 'viewer' });
        await server.harness.sync.recheck('ana');
        const room = documentRoom(server.room);
        // What was on its way to disk at that moment still arrives there.
        for (const live of server.harness.sync.rooms.live()) if (live.name === room) await live.settled();
        const stored = (await logText()).length;
        const written = ana.text().length;
        await until(() => ana.text().length > written + 20, 'she goes on');
        expect((await logText()).length).toBe(stored);
        // The first message was the answer to the server's question, with nothing in it.
        expect(stored).toBeGreaterThanOrEqual(ana.durable() - 1);
      } finally {
        clearInterval(typing);
      }
      server.harness.people.set('ana', { name: 'Ana', role: 'editor' });
      await server.harness.sync.recheck('ana');
      ana.provider.disconnect();
      ana.provider.connect();
      await until(() => bia.text() === ana.text(), `seed ${seed}: all of it is there in the end`);
    },
  );
});

describe('A clock that is put right (A8)', () => {
  it.each([
    ['back by a day', -86_400_000],
    ['forward by a day', 86_400_000],
  ])('%s, parts nobody and stops nothing', async (_name, leapMs) => {
    let leaptMs = 0;
    await start({
      nowMs: () => Date.now() + leaptMs,
      timings: { tickMs: 10, quietSocketMs: 100, pingMs: 200 },
    });
    const [ana, bia] = [stock('ana'), stock('bia')];
    const quiet = await rawIn('caio');
    await synced(ana, bia);
    const cursors = () =>
      [...bia.provider.awareness.getStates().values()].flatMap((state) => state.cursor as number[]);
    ana.provider.awareness.setLocalStateField('cursor', 1);
    await until(() => cursors().includes(1), 'Bia sees where Ana is');
    leaptMs = leapMs;
    type(ana, 'written after');
    ana.provider.awareness.setLocalStateField('cursor', 2);
    await until(() => bia.text() === 'written after', 'Bia sees what Ana writes');
    await until(() => cursors().includes(2), 'and where she is');
    const heard = quiet.frames.length;
    await until(() => quiet.frames.length >= heard + 3, 'the quiet hear a sign of life');
    expect([ana.closes, bia.closes, quiet.closed()]).toEqual([[], [], null]);
  });
});
