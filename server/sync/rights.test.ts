import { describe, expect, it } from 'vitest';
import { closeCodes } from '#domain/sync/wire.ts';
import { documentId, until } from '../../test/fuzz/sync-harness.ts';
import { codeOf, synced, type, update, useSyncServer } from '../../test/sync-server.ts';
import { updateFrame } from './frames.ts';

const server = useSyncServer();
const { start, stock, raw, rawIn } = server;

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
