/** Ten rooms of ten who all write, at a rising rate: how far it goes, and what a delivery costs. */
import { step1Frame } from '#server/sync/frames.ts';
import { openClient } from './client.ts';
import type { Client } from './client.ts';
import type { Server } from './house.ts';
import { wait } from './house.ts';
import { ageMs, createWriter, Histogram, isUpdate } from './writer.ts';
import type { Writer } from './writer.ts';

const rooms = 10;
const clientsPerRoom = 10;
export const charactersPerUpdate = 10;
const paceMs = 4;
const warmMs = 300;
const measuredMs = Number(process.env.BENCH_STEP_MS ?? 1_000);

export interface Step {
  deliveriesPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** Microseconds of the server's processor for each delivery, all its threads together. */
  cpuMicros: number;
}

export interface Crowd {
  /** Everyone together writes so many updates a second that this many deliveries come of it. */
  run(deliveriesPerSecond: number): Promise<Step>;
  leave(): void;
}

export async function gather(server: Server, firstClientId: number): Promise<Crowd> {
  const members: { client: Client; writer: Writer }[] = [];
  let seen = new Histogram();
  let delivered = 0;
  for (let room = 1; room <= rooms; room += 1)
    for (let number = 0; number < clientsPerRoom; number += 1) {
      const client = await openClient(server.port, server.path(room), (message) => {
        if (!isUpdate(message)) return;
        delivered += 1;
        seen.add(ageMs(message, charactersPerUpdate));
      });
      if (server.kind !== 'relay') client.send(step1Frame(new Map()));
      members.push({ client, writer: createWriter(firstClientId + members.length, charactersPerUpdate) });
    }
  await wait(300);
  return {
    async run(deliveriesPerSecond) {
      const perMs = deliveriesPerSecond / (clientsPerRoom - 1) / 1_000;
      const startedMs = performance.now();
      let made = 0;
      const write = () => {
        const due = (performance.now() - startedMs) * perMs;
        for (; made < due; made += 1) {
          const { client, writer } = members[made % members.length] as (typeof members)[number];
          client.send(writer.next());
        }
      };
      const writing = setInterval(write, paceMs);
      await wait(warmMs);
      const before = await server.usage();
      seen = new Histogram();
      delivered = 0;
      const fromMs = performance.now();
      await wait(measuredMs);
      const seconds = (performance.now() - fromMs) / 1_000;
      const count = delivered;
      const step = {
        deliveriesPerSecond: count / seconds,
        p50Ms: seen.quantile(0.5),
        p99Ms: seen.quantile(0.99),
      };
      const after = await server.usage();
      clearInterval(writing);
      await settle(() => delivered);
      return { ...step, cpuMicros: ((after.cpuMs - before.cpuMs) * 1_000) / count };
    },
    leave() {
      for (const { client } of members) client.socket.destroy();
    },
  };
}

/** Until nothing has come for a moment. */
async function settle(count: () => number): Promise<void> {
  for (let last = -1; last !== count();) {
    last = count();
    await wait(250);
  }
}
