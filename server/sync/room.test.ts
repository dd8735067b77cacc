import { describe, expect, it } from 'vitest';
import { clientsPerRoomLimit, frameBytesLimit, newClientsPerUpdateLimit } from '#domain/sync/wire.ts';
import { runsOf, update } from '../../test/sync-server.ts';
import { asideRowsPerPersonLimit } from './aside.ts';
import { digestOf, walkedInThreadFrom } from './digest.ts';
import { documentSizeLimits } from './document-size.ts';
import { SyncFigures } from './figures.ts';
import { readFrame, step1Frame } from './frames.ts';
import type { Log, LogEntry, RoomKnowledge } from './log.ts';
import { Room } from './room.ts';
import type { Member, RoomParts } from './room.ts';
import { syncTimings } from './timings.ts';
import { walkUpdate } from './walk.ts';
import { Answers } from './answers.ts';
import { KeptAnswers } from './kept-answers.ts';

const nothing: RoomKnowledge = {
  epoch: 'first',
  head: 0,
  clocks: new Map(),
  deletes: new Map(),
  owners: new Map(),
  unconfirmed: [],
  skipped: [],
  blocked: [],
  waiting: [],
  size: { stateBytes: 0, packedBytes: 0 },
  fellBack: false,
};

/** A room on a log whose commits, and a thread whose walks, end when the test says so. */
function roomApart(parts: Partial<RoomParts> = {}, knowledge = nothing) {
  const commits: { entries: readonly LogEntry[]; fail: () => void }[] = [];
  const walks: (() => void)[] = [];
  const room = new Room(
    {
      name: 'r',
      workspaceId: 'w',
      log: {
        append: (entries: readonly LogEntry[]) =>
          new Promise((_, reject) => commits.push({ entries, fail: () => reject(new Error('disk full')) })),
      } as Partial<Log> as Log,
      walker: {
        digest: (bytes) =>
          new Promise((resolve) => walks.push(() => resolve({ digest: digestOf(walkUpdate(bytes)), bytes }))),
        cut: () => Promise.reject(new Error('nothing is cut here')),
        stop: () => Promise.resolve(),
      },
      answers: new Answers(),
      kept: new KeptAnswers(() => 0),
      figures: new SyncFigures(),
      timings: syncTimings,
      nowMs: () => 0,
      recoversUntilMs: -Infinity,
      sizeLimits: documentSizeLimits,
      onLarge: () => undefined,
      onSetAside: () => undefined,
      onFailed: () => undefined,
      ...parts,
    },
    knowledge,
  );
  return { room, commits, walks };
}

const turn = () =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

function memberCalled(personId: string): Member & { canWrite: boolean } {
  const taken = () => Promise.resolve(true);
  const ignore = () => undefined;
  return {
    personId,
    name: personId,
    canWrite: true,
    receives: true,
    wantsEcho: false,
    backlogBytes: 0,
    send: ignore,
    deliver: ignore,
    deliverAndWait: taken,
    sendInPortions: taken,
    close: ignore,
  };
}

const idsFrom = (first: number, count: number) => Array.from({ length: count }, (_, index) => first + index);

describe('A room', () => {
  it('R14: takes so many new client ids with one update, and so many in all', () => {
    const { room } = roomApart();
    const ana = memberCalled('ana');
    room.enter(ana);
    const submit = (clients: readonly number[]) => room.submit(runsOf(clients), 'ana', ana, true);
    const tooMany = { verdict: 'refused', reason: 'tooManyClients' };
    expect(submit(idsFrom(1, newClientsPerUpdateLimit + 1))).toEqual(tooMany);
    for (let first = 1; first < clientsPerRoomLimit; first += newClientsPerUpdateLimit)
      expect(submit(idsFrom(first, newClientsPerUpdateLimit)).verdict).toBe('stored');
    expect(submit([clientsPerRoomLimit + 1])).toEqual(tooMany);
    // Whoever has written goes on.
    expect(room.submit(runsOf([7], 1), 'ana', ana).verdict).toBe('stored');
  });

  it('R14, C5: takes after a restore as many client ids as there may be, and listens to whoever lists them', () => {
    const { room } = roomApart({ recoversUntilMs: Infinity });
    const bringer = memberCalled('ana');
    const all = idsFrom(1, clientsPerRoomLimit);
    expect(room.stateVectorEntriesLimit).toBeGreaterThanOrEqual(all.length);
    expect(room.submit(runsOf(all), 'ana', bringer, true).verdict).toBe('stored');
    expect(room.submit(runsOf([all.length + 1]), 'ana', bringer, true)).toEqual({
      verdict: 'refused',
      reason: 'tooManyClients',
    });
    const { length } = room.stateVector;
    expect(length).toBeLessThan(frameBytesLimit);
    const listed = readFrame(step1Frame(new Map(all.map((client) => [client, 1]))), all.length);
    expect(listed.kind).toBe('step1');
    expect(() => readFrame(step1Frame(new Map(all.map((client) => [client, 1]))), all.length - 1)).toThrow(
      'too many clients',
    );
  });

  it('R6: sets aside only so many rows for one person, however many wait already', async () => {
    let setAside = 0;
    const { room } = roomApart({ onSetAside: () => (setAside += 1) });
    const closed: string[] = [];
    const ana = { ...memberCalled('ana'), close: (reason: string) => closed.push(reason) };
    room.enter(ana);
    const startedAtMs = performance.now();
    for (let index = 0; index < 20 * asideRowsPerPersonLimit; index += 1)
      expect(room.submit(runsOf([1], 1_000 + index), 'ana', ana).verdict).toBe('held');
    await turn();
    expect(setAside).toBe(asideRowsPerPersonLimit);
    expect(new Set(closed)).toEqual(new Set(['gap']));
    // And they cost those nothing who write what fits.
    for (let index = 0; index < 1_000; index += 1) {
      expect(room.submit(runsOf([2], index), 'bia', null).verdict).toBe('stored');
      if (index % 10 === 0) await turn();
    }
    expect(performance.now() - startedAtMs).toBeLessThan(10_000);
  });

  it('C13: walks nothing of a large update that is set aside, only in the thread', async () => {
    const large = runsOf(idsFrom(1, walkedInThreadFrom / 4), 5);
    const walked = digestOf(walkUpdate(large));
    const rest = { bytes: new Uint8Array([255]), digest: digestOf(walkUpdate(runsOf([1], 5))) };
    const { room, commits } = roomApart({
      walker: {
        digest: (bytes) => Promise.resolve({ digest: walked, bytes }),
        cut: () => Promise.resolve({ fits: null, rest }),
        stop: () => Promise.resolve(),
      },
    });
    const ana = memberCalled('ana');
    room.enter(ana);
    expect((await room.submitLarge(large, 'ana', ana)).verdict).toBe('held');
    room.tick(syncTimings.gapPatienceMs);
    await turn();
    await turn();
    // No update at all: it would be malformed.
    expect(commits[0]?.entries[0]?.bytes).toBe(rest.bytes);
  });

  it('R6: knows what waits in the log, and lets it come true', async () => {
    const waits = runsOf([1], 1);
    const row = { user: 'ana', bytes: waits, size: waits.length, digest: digestOf(walkUpdate(waits)) };
    const { room, commits } = roomApart({}, { ...nothing, owners: new Map([[1, 'ana']]), waiting: [row] });
    const ana = memberCalled('ana');
    room.enter(ana);
    expect(room.submit(waits, 'ana', ana, true).verdict).toBe('known');
    expect(room.submit(runsOf([1], 0), 'ana', ana).verdict).toBe('stored');
    await turn();
    expect(commits.flatMap(({ entries }) => entries.map(({ bytes }) => bytes))).toEqual([
      runsOf([1], 0),
      waits,
    ]);
  });

  it('R10: that was given up hands nothing more to the log', async () => {
    const { room, commits } = roomApart();
    room.submit(update('lost', 1), 'ana', null);
    await turn();
    expect(commits).toHaveLength(1);
    const later = room.submit(update('on top of it', 2), 'ana', null);
    commits[0]?.fail();
    await turn();
    await turn();
    expect(commits).toHaveLength(1);
    await expect('durable' in later && later.durable).rejects.toThrow('given up');
  });

  it.each(['leaves', 'may no longer write'])(
    'C13: takes nothing of a large update whose sender %s while it is walked',
    async (what) => {
      const { room, commits, walks } = roomApart();
      const ana = memberCalled('ana');
      room.enter(ana);
      const verdict = room.submitLarge(update('large', 1), 'ana', ana);
      if (what === 'leaves') room.leave(ana);
      else ana.canWrite = false;
      walks[0]?.();
      expect(await verdict).toEqual({ verdict: 'denied' });
      await turn();
      expect(commits).toHaveLength(0);
    },
  );
});
