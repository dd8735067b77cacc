import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Waiting } from './waiting.ts';

describe('Things that wait for clocks', () => {
  it('are taken when that clock has been reached, and by nothing else', () => {
    const client = fc.nat(2);
    const clock = fc.nat(20);
    const step = fc.oneof(
      fc.record({ kind: fc.constant('add' as const), client, clock }),
      fc.record({ kind: fc.constant('take' as const), client, clock }),
      fc.record({ kind: fc.constant('drop' as const), client, clock }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const waiting = new Waiting<number>();
        let plain: { client: number; clock: number; item: number }[] = [];
        const remove = (which: (one: (typeof plain)[number]) => boolean) => {
          const removed = plain.filter(which).map(({ item }) => item);
          plain = plain.filter((one) => !which(one));
          return removed;
        };
        const sorted = (items: Iterable<number>) => [...items].sort((a, b) => a - b);
        steps.forEach(({ kind, ...step }, item) => {
          if (kind === 'add') {
            waiting.add(step, item);
            plain.push({ ...step, item });
          } else if (kind === 'take') {
            const taken = waiting.take(step.client, step.clock);
            const clocks = taken.map((one) => plain.find((other) => other.item === one)?.clock ?? -1);
            expect(clocks).toEqual(sorted(clocks));
            expect(sorted(taken)).toEqual(
              remove((one) => one.client === step.client && one.clock < step.clock),
            );
          } else {
            const isIt = (one: number) => one % 5 === step.clock % 5;
            expect(sorted(waiting.drop(isIt))).toEqual(remove(({ item: one }) => isIt(one)));
          }
          expect(sorted(waiting)).toEqual(plain.map(({ item: one }) => one));
          expect(waiting.size).toBe(plain.length);
        });
      }),
    );
  });
});
