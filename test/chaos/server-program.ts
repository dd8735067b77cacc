/**
 * The sync server as a process of its own, to be killed and to be asked how it is: what `server.ts` starts. It
 * loads what it needs, waits for the word and says on which port it listens.
 */
import { startHarness } from '../fuzz/sync-harness.ts';
import type { Harness, HarnessOptions, InventedPerson } from '../fuzz/sync-harness.ts';

export type ServerOptions = Pick<HarnessOptions, 'file' | 'port' | 'timings'> & {
  /** Packs open rooms one after the other, with this much rest in between: far more often than in life. */
  packsAfterMs?: number;
};

export type Order =
  | { kind: 'go'; options: ServerOptions }
  /** Exchanges a person, or takes one away, and asks for the rights of their sockets. */
  | { kind: 'person'; token: string; person: InventedPerson | null }
  /** Tidied up first, it tells what is kept and not what has not been thrown away yet. */
  | { kind: 'condition'; isTidied: boolean }
  | { kind: 'stop' };

export interface Condition {
  rssBytes: number;
  rooms: number;
  sockets: number;
  /** Of the socket that has most waiting for it. */
  worstBacklogBytes: number;
  /** How often the room was given up, an admission failed and the like. */
  reports: string[];
}

let harness: Harness | null = null;

async function pack({ sync, log, reports }: Harness, restMs: number): Promise<void> {
  for (let isRunning = true; isRunning;) {
    await new Promise((resolve) => {
      setTimeout(resolve, restMs);
    });
    for (const { name } of [...sync.rooms.live()])
      await log.upkeep.compact(name).catch((error: unknown) => {
        isRunning = false;
        reports.push(`packing failed: ${String(error)}`);
      });
  }
}

async function obey(order: Order): Promise<unknown> {
  if (order.kind === 'go') {
    harness = await startHarness(order.options);
    if (order.options.packsAfterMs !== undefined) void pack(harness, order.options.packsAfterMs);
    return harness.port;
  }
  if (harness === null) throw new Error('not started');
  switch (order.kind) {
    case 'person':
      if (order.person === null) harness.people.delete(order.token);
      else harness.people.set(order.token, order.person);
      return harness.sync.recheck(order.token);
    case 'condition': {
      if (order.isTidied) globalThis.gc?.();
      const rooms = [...harness.sync.rooms.live()];
      const members = rooms.flatMap((room) => [...room.members]);
      return {
        rssBytes: process.memoryUsage.rss(),
        rooms: rooms.length,
        sockets: members.length,
        worstBacklogBytes: Math.max(0, ...members.map(({ backlogBytes }) => backlogBytes)),
        reports: harness.reports,
      } satisfies Condition;
    }
    case 'stop':
      await harness.stop();
      setImmediate(() => process.exit(0));
  }
}

process.on('message', ({ id, order }: { id: number; order: Order }) => {
  obey(order).then(
    (answer) => process.send?.({ id, answer }),
    (error: unknown) => process.send?.({ id, error: String(error) }),
  );
});
// Nobody is left to give orders.
process.on('disconnect', () => process.exit(1));
