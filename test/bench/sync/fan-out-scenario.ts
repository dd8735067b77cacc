/** How many deliveries a second each side carries at p99 < 100 ms, and what one costs. */
import type { Figure } from '../sync.ts';
import { gather } from './fan-out.ts';
import type { Step } from './fan-out.ts';
import { median, startServer } from './house.ts';
import type { Kind } from './house.ts';

const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const kinds: readonly Kind[] = ['relay', 'stock', 'bundles'];
const lowRate = 9_000;
const firstRate = 40_000;
const growth = 1.3;
const lastRate = 1_000_000;
const p99LimitMs = 100;
/** A step counts when this part of what was offered has arrived. */
const arrivedPart = 0.93;

interface Reached {
  best: number;
  low: Step;
  /** At the highest rate the relay carried in the same round. */
  atRelays: Step | null;
}

export async function fanOut(): Promise<Figure[]> {
  const results: Record<Kind, Reached[]> = { relay: [], stock: [], bundles: [] };
  for (let round = 0; round < rounds; round += 1) {
    let relays = 0;
    for (const kind of kinds) {
      const server = await startServer(kind);
      const crowd = await gather(server, 1_000);
      const low = await crowd.run(lowRate);
      let best = low.deliveriesPerSecond;
      for (let rate = firstRate; rate < lastRate; rate *= growth) {
        const step = await crowd.run(rate);
        console.log(kind, Math.round(rate), round2(step));
        if (step.p99Ms >= p99LimitMs || step.deliveriesPerSecond < rate * arrivedPart) break;
        best = step.deliveriesPerSecond;
      }
      if (kind === 'relay') relays = best;
      const atRelays = await crowd.run(relays);
      console.log(kind, 'low', round2(low), "at the relay's", round2(atRelays));
      results[kind].push({ best, low, atRelays });
      crowd.leave();
      await server.stop();
    }
  }
  const of = (kind: Kind, what: (reached: Reached) => number) => median(results[kind].map(what));
  const ratio = (kind: Kind, what: (reached: Reached) => number) =>
    median(results[kind].map((reached, round) => what(reached) / what(results.relay[round] as Reached)));
  const best = ({ best: value }: Reached) => value;
  const lowCost = ({ low }: Reached) => low.cpuMicros;
  const cost = ({ atRelays }: Reached) => atRelays?.cpuMicros ?? Number.NaN;
  const p99 = ({ atRelays }: Reached) => atRelays?.p99Ms ?? Number.NaN;
  const rate = (kind: Kind) => `${Math.round(of(kind, best))}/s`;
  const times = (value: number) => `${value.toFixed(2)} times the relay's`;
  return [
    { name: 'deliveries, relay', value: rate('relay'), target: '' },
    {
      name: 'deliveries, stock clients',
      value: `${rate('stock')}, ${times(ratio('stock', best))}`,
      target: '0.8',
    },
    {
      name: 'deliveries, with bundles',
      value: `${rate('bundles')}, ${times(ratio('bundles', best))}`,
      target: '2',
    },
    ...(['stock', 'bundles'] as const).flatMap((kind) => [
      {
        name: `processor a delivery at 9,000/s, ${kind}`,
        value: `${of(kind, lowCost).toFixed(1)} µs, ${times(ratio(kind, lowCost))}`,
        target: '1.2',
      },
      {
        name: `processor a delivery at the relay's highest rate, ${kind}`,
        value: `${of(kind, cost).toFixed(1)} µs, ${times(ratio(kind, cost))} (p99 ${of(kind, p99)} ms)`,
        target: kind === 'bundles' ? '0.6' : '',
      },
    ]),
  ];
}

const round2 = (step: Step): string =>
  Object.entries(step)
    .map(([name, value]) => `${name} ${(value as number).toFixed(1)}`)
    .join(', ');
