import { describe, expect, it } from 'vitest';
import { commitEveryMs, createBatches } from './log-batches.ts';
import type { LogEntry } from './log.ts';

const entry = (number: number): LogEntry => ({
  workspaceId: 'w',
  room: 'r',
  user: 'ana',
  bytes: new Uint8Array([number]),
  claims: [],
});

describe('Group commit (L3)', () => {
  it('lets one that comes alone leave at once, and those that follow travel together', async () => {
    const counts: number[] = [];
    const startedMs = performance.now();
    let seq = 0;
    const batches = createBatches((entries) => {
      counts.push(entries.length);
      return Promise.resolve(entries.map(() => (seq += 1)));
    });
    const first = batches.append([entry(0)]);
    expect(await first).toEqual([1]);
    expect(counts).toHaveLength(1);
    // One after the other as soon as each turn allows, for some times the pause.
    const rest: Promise<number[]>[] = [];
    const untilMs = performance.now() + 10 * commitEveryMs;
    while (performance.now() < untilMs) {
      rest.push(batches.append([entry(rest.length)]));
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
    expect((await Promise.all(rest)).flat()).toEqual(rest.map((_, index) => index + 2));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(rest.length + 1);
    // Timers of the event loop may be up to a millisecond early.
    const passedMs = performance.now() - startedMs;
    expect(counts.length).toBeLessThan(passedMs / (commitEveryMs / 2) + 2);
    await batches.close();
  });
});
