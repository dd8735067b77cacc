import { describe, expect, it } from 'vitest';
import { update } from '../../test/sync-server.ts';
import { digestOf } from './digest.ts';
import { SyncFigures } from './figures.ts';
import type { Log, LogEntry, RoomKnowledge } from './log.ts';
import { Room } from './room.ts';
import type { Member } from './room.ts';
import { syncTimings } from './timings.ts';
import { walkUpdate } from './walk.ts';
import { WholeTexts } from './whole-texts.ts';

const nothing: RoomKnowledge = {
  epoch: 'first',
  head: 0,
  clocks: new Map(),
  deletes: new Map(),
  owners: new Map(),
  skipped: [],
  blocked: [],
  fellBack: false,
};

/** A room on a log whose commits, and a thread whose walks, end when the test says so. */
function roomApart() {
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
        digest: (bytes) => new Promise((resolve) => walks.push(() => resolve(digestOf(walkUpdate(bytes))))),
        cut: () => Promise.reject(new Error('nothing is cut here')),
        stop: () => Promise.resolve(),
      },
      wholes: new WholeTexts(() => 0),
      figures: new SyncFigures(),
      timings: syncTimings,
      nowMs: () => 0,
      recoversUntilMs: -Infinity,
      onSetAside: () => undefined,
      onFailed: () => undefined,
    },
    nothing,
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
    backlogBytes: 0,
    send: ignore,
    deliver: ignore,
    deliverAndWait: taken,
    sendAnswer: taken,
    close: ignore,
  };
}

describe('A room', () => {
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
