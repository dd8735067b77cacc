/**
 * The sync server as a process of its own, to be killed and to be asked how it is: what `server.ts` starts. It
 * loads what it needs, waits for the word and says on which port it listens.
 */
import { startHarness } from '../fuzz/sync-harness.ts';
import type { Harness, HarnessOptions, InventedPerson } from '../fuzz/sync-harness.ts';

export type Order =
  | { kind: 'go'; options: Pick<HarnessOptions, 'file' | 'port' | 'timings'> }
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

async function obey(order: Order): Promise<unknown> {
  if (order.kind === 'go') {
    harness = await startHarness(order.options);
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
