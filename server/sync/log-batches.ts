/**
 * Group commit: one batch is in flight, the next leaves when it returns, with everything that gathered
 * meanwhile, but not sooner than `commitEveryMs` after the last one left. Whoever types alone never waits.
 */
import { batchBytesLimit, batchEntriesLimit } from './log.ts';
import type { CommitListener } from './log-upkeep.ts';
import type { LogEntry } from './log.ts';

/**
 * Commits begin at least this far apart: one that comes alone leaves at once, under load more travel together.
 * Each costs a change of threads, a transaction and a flush, whatever it holds.
 */
export const commitEveryMs = 3;

interface Waiting {
  entries: readonly LogEntry[];
  resolve: (seqs: number[]) => void;
  reject: (error: Error) => void;
}

export interface Batches {
  append(entries: readonly LogEntry[]): Promise<number[]>;
  /** Resolves when nothing is in flight or waiting; refuses what comes later. */
  close(): Promise<void>;
}

type Commit = (entries: readonly LogEntry[]) => Promise<number[]>;

/** What a database answers: the numbers, and how long the transaction took to end, flush included. */
export interface Committed {
  numbers: number[];
  flushMs: number;
}

/** The same commit, heard of by whoever counts. */
export const observed =
  (
    commit: (entries: readonly LogEntry[]) => Promise<Committed>,
    onCommit: CommitListener | undefined,
  ): Commit =>
  async (entries) => {
    const startedAtMs = performance.now();
    const tell = (flushMs: number | null) =>
      onCommit?.({
        rows: entries.length,
        bytes: entries.reduce((sum, { bytes }) => sum + bytes.length, 0),
        tookMs: performance.now() - startedAtMs,
        flushMs,
      });
    try {
      const { numbers, flushMs } = await commit(entries);
      tell(flushMs);
      return numbers;
    } catch (error) {
      tell(null);
      throw error;
    }
  };

export function createBatches(commit: Commit): Batches {
  let waiting: Waiting[] = [];
  let running: Promise<void> | null = null;
  let closed = false;
  let startedAtMs = -Infinity;

  /** From the head of the queue, as much as one commit takes; always at least one. */
  const takeBatch = (): Waiting[] => {
    let entries = 0;
    let bytes = 0;
    let count = 0;
    for (const { entries: list } of waiting) {
      entries += list.length;
      bytes += list.reduce((sum, entry) => sum + entry.bytes.length, 0);
      if (count > 0 && (entries > batchEntriesLimit || bytes > batchBytesLimit)) break;
      count += 1;
    }
    const batch = waiting.slice(0, count);
    waiting = waiting.slice(count);
    return batch;
  };

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      const restMs = startedAtMs + commitEveryMs - performance.now();
      if (restMs > 0)
        await new Promise((resolve) => {
          setTimeout(resolve, restMs);
        });
      startedAtMs = performance.now();
      const batch = takeBatch();
      try {
        const seqs = await commit(batch.flatMap(({ entries }) => entries));
        let from = 0;
        for (const { entries, resolve } of batch) {
          resolve(seqs.slice(from, from + entries.length));
          from += entries.length;
        }
      } catch (error) {
        // What waited was judged on top of what was lost; its rooms must be read again first.
        const lost = [...batch, ...waiting];
        waiting = [];
        const reason = error instanceof Error ? error : new Error(String(error));
        for (const { reject } of lost) reject(reason);
      }
    }
    running = null;
  }

  return {
    append(entries) {
      if (closed) return Promise.reject(new Error('the log is closed'));
      if (entries.length === 0) return Promise.resolve([]);
      return new Promise((resolve, reject) => {
        waiting.push({ entries, resolve, reject });
        running ??= Promise.resolve().then(run);
      });
    },
    async close() {
      closed = true;
      while (running !== null) await running;
    },
  };
}
