import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import * as Y from 'yjs';
import { closeCodes, documentRoom } from '#domain/sync/wire.ts';
import { until } from '../../test/fuzz/sync-harness.ts';
import { nestedTypes, slowToTakeIn, unprovable } from '../../test/poison.ts';
import { codeOf, isDenied, synced, type, useSyncServer } from '../../test/sync-server.ts';
import { step2Frame, updateFrame } from './frames.ts';
import { checkingShare, createKeeper, roomShare } from './log-keeper.ts';
import type { Keeper } from './log-keeper.ts';
import { openSqliteLog } from './log-sqlite.ts';
import { tailRowsLimit } from './log.ts';

const server = useSyncServer();
const { stock, rawIn, logText } = server;

let keeper: Keeper | null = null;
afterEach(() => {
  keeper?.stop();
  vi.restoreAllMocks();
});

/** A keeper of the harness' log, in a hurry. */
function keep(nowMs: () => number = Date.now) {
  const events: string[] = [];
  const { log, sync } = server.harness;
  keeper = createKeeper({
    upkeep: log.upkeep,
    nowMs,
    timings: { checkMs: 10, compactMs: 20 },
    report: (event) => events.push(event),
  });
  keeper.onSetAside((room) => sync.rooms.reload(room));
  keeper.start();
  const grown = () => keeper?.grown(documentRoom(server.room));
  return { events, grown };
}

describe('The keeper of the log (L14, L15)', () => {
  it('sets a poisonous row aside, sends everyone to a room without it, and does not go round in circles', async () => {
    // Stock clients say what they could not apply.
    vi.spyOn(console, 'error').mockReturnValue(undefined);
    const { events, grown } = keep();
    const ana = stock('ana');
    await synced(ana);
    type(ana, 'good');
    await until(async () => (await logText()) === 'good', 'it is stored');
    // What the row does to a document in memory is not what this is about.
    ana.leave();
    const witness = await rawIn('bia');
    const mallory = await rawIn('caio', '&ack=1');
    const { nested, deletion } = nestedTypes(9);
    mallory.send(updateFrame(nested));
    mallory.send(updateFrame(deletion));
    await until(() => mallory.frames.some((frame) => frame.join() === '120,2'), 'it is stored');
    grown();
    expect(await codeOf(mallory)).toBe(closeCodes.reload.code);
    expect(await codeOf(witness)).toBe(closeCodes.reload.code);
    const back = stock('ana');
    await synced(back);
    type(back, ' again');
    await until(async () => (await logText()).includes(' again'), 'she writes on');
    const again = await rawIn('caio', '&ack=1');
    again.send(step2Frame(deletion));
    await until(() => again.frames.some((frame) => frame.join() === '120,1'), 'it is answered');
    grown();
    const isAsideAgain = async () => (await server.harness.log.upkeep.quarantine()).length >= 2;
    // The room rests nine times as long as looking at it took, which a busy machine makes long.
    await until(isAsideAgain, 'set aside again', 45_000);
    const newcomer = stock('bia');
    await synced(newcomer);
    await until(() => newcomer.text() === 'good again', 'a newcomer has everything else');
    expect([back.closes, again.closed()]).toEqual([[], null]);
    expect(new Set(events)).toEqual(new Set(['rows_set_aside']));
  });

  it('sends everyone to a room without what another process has set aside', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'stoa-keeper-')), 'log.db');
    onTestFinished(() => rm(dirname(file), { recursive: true }));
    await server.start({ file });
    const { events } = keep();
    const mallory = await rawIn('caio', '&ack=1');
    mallory.send(updateFrame(unprovable(9)));
    await until(() => mallory.frames.some((frame) => frame.join() === '120,1'), 'it is stored');
    expect(mallory.closed()).toBe(null);
    const beside = await openSqliteLog(file);
    expect((await beside.upkeep.compact(documentRoom(server.room))).quarantined).toEqual([1]);
    await beside.close();
    expect(await codeOf(mallory)).toBe(closeCodes.reload.code);
    expect(events).toEqual(['rows_set_aside']);
    const again = await rawIn('caio');
    again.send(updateFrame(unprovable(9)));
    await until(() => again.frames.some(isDenied), 'it is discarded');
  });

  it('takes nothing more under clocks that were set aside, and lets the socket stay', async () => {
    const { grown } = keep();
    const { nested, deletion } = nestedTypes(9);
    const doc = new Y.Doc();
    doc.clientID = 10;
    doc.getText('text').insert(0, 'x');
    const poison = Y.mergeUpdates([Y.encodeStateAsUpdate(doc), deletion]);
    const mallory = await rawIn('caio');
    for (const bytes of [nested, poison]) mallory.send(updateFrame(bytes));
    await until(async () => (await server.harness.log.head(documentRoom(server.room))) === 2, 'stored');
    grown();
    expect(await codeOf(mallory)).toBe(closeCodes.reload.code);
    const again = await rawIn('caio');
    again.send(updateFrame(poison));
    await until(() => again.frames.some(isDenied), 'it is discarded');
    expect(await server.harness.log.head(documentRoom(server.room))).toBe(2);
    expect(again.closed()).toBe(null);
  });

  it('compacts a room that has fallen quiet while people are in it, and nobody notices', async () => {
    const ana = stock('ana', { params: { ack: '1' } });
    await synced(ana);
    for (let index = 0; index <= tailRowsLimit; index += 1) type(ana, 'x');
    await until(() => ana.durable() === tailRowsLimit + 2, 'all is stored');
    keep(() => Date.now() + 60_000);
    const snapshotSeq = async () => {
      const figures = await server.harness.log.upkeep.rooms();
      return figures.find(({ room }) => room === documentRoom(server.room))?.snapshotSeq ?? 0;
    };
    await until(async () => (await snapshotSeq()) > tailRowsLimit, 'compacted');
    type(ana, 'y');
    await until(async () => (await logText()).endsWith('y'), 'she writes on');
    const bia = stock('bia');
    await synced(bia);
    expect(bia.text()).toBe(ana.text());
    expect(ana.closes).toEqual([]);
  });

  it('sets aside a row that takes many seconds, and answers for its figures meanwhile', async () => {
    const { grown } = keep();
    const mallory = await rawIn('caio', '&ack=1');
    mallory.send(updateFrame(slowToTakeIn(9, 9_000)));
    await until(() => mallory.frames.some((frame) => frame.join() === '120,1'), 'it is stored');
    grown();
    const startedMs = performance.now();
    await server.harness.log.upkeep.rooms();
    expect(performance.now() - startedMs).toBeLessThan(1_000);
    expect(mallory.closed()).toBe(null);
    await until(() => mallory.closed() === closeCodes.reload.code, 'the room is read anew', 30_000);
    const rows = await server.harness.log.upkeep.quarantine();
    const here = rows.filter(({ room }) => room === documentRoom(server.room));
    expect(here.map(({ reason }) => reason)).toEqual(['slow']);
    const bia = stock('bia');
    await synced(bia);
    type(bia, 'well');
    await until(async () => (await logText()) === 'well', 'the room is well');
  }, 40_000);

  it('lets no room starve the others: the slow rest longest, those that fail come last and ever later', async () => {
    const compacted: string[] = [];
    let nowMs = 0;
    let rounds = 0;
    const due = async () => {
      rounds += 1;
      return ['failing', 'slow', 'good'];
    };
    const compact = async (room: string) => {
      compacted.push(room);
      if (room === 'slow') nowMs += 30;
      if (room === 'failing') throw new Error('it takes too long');
      return { outcome: 'swapped' as const, upTo: 1, quarantined: [] };
    };
    keeper = createKeeper({
      upkeep: { ...server.harness.log.upkeep, compact, due },
      nowMs: () => nowMs,
      elapsedMs: () => nowMs,
      timings: { compactMs: 5, retryMs: 1_000, retryAtMostMs: 3_000 },
      report: () => undefined,
    });
    keeper.start();
    const times = (room: string) => compacted.filter((one) => one === room).length;
    const roundsAfter = async (ms: number) => {
      nowMs += ms;
      const before = rounds;
      await until(() => rounds > before + 2, 'it has looked again');
    };
    await roundsAfter(0);
    expect([compacted.slice(0, 3), times('slow'), times('failing')]).toEqual([
      ['failing', 'slow', 'good'],
      1,
      1,
    ]);
    await roundsAfter(30 / roomShare + 500);
    expect(times('slow')).toBe(2);
    compacted.length = 0;
    await roundsAfter(500);
    expect([times('failing'), compacted.indexOf('failing') > compacted.indexOf('good')]).toEqual([1, true]);
    await roundsAfter(1_500);
    expect(times('failing')).toBe(1);
    await roundsAfter(500);
    expect(times('failing')).toBe(2);
    await roundsAfter(3_000);
    expect(times('failing')).toBe(3);
  });

  it('takes only a share of the time for it, however fast a room grows', async () => {
    const checks: { fromMs: number; toMs: number }[] = [];
    const slow = async () => {
      const fromMs = performance.now();
      await new Promise((resolve) => {
        setTimeout(resolve, 20);
      });
      checks.push({ fromMs, toMs: performance.now() });
      return [];
    };
    const { upkeep } = server.harness.log;
    keeper = createKeeper({
      upkeep: { ...upkeep, check: slow },
      nowMs: Date.now,
      timings: { checkMs: 1 },
      report: () => undefined,
    });
    keeper.start();
    await until(() => {
      keeper?.grown('busy');
      return checks.length >= 3;
    }, 'it is checked again and again');
    for (const [index, { fromMs }] of checks.entries()) {
      const before = checks[index - 1];
      if (before === undefined) continue;
      const share = (before.toMs - before.fromMs) / (fromMs - before.fromMs);
      // Timers count whole milliseconds.
      expect(share).toBeLessThan(checkingShare * 1.1);
    }
  });
});
