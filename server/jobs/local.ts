/**
 * The queue of one server on the jobs table. A job's row stays until its handler has succeeded, so a crash
 * loses none. What is running is known in memory only: one server works on a database at a time.
 *
 * Taking a job already moves its next try into the future. If the process dies in the middle, the job is
 * found again after that pause, and a job that kills the process cannot do so in a tight loop.
 */
import { errorCodeOf } from '#domain/errors.ts';
import { hour, instant, second } from '#domain/time.ts';
import type { Database, Tx } from '../storage/database.ts';
import { fromJson, toJson } from '../storage/json.ts';
import type { JobHandler, NewJob, Queue } from './queue.ts';

export interface LocalQueueParts {
  db: Database;
  nowMs: () => number;
  newId: () => string;
  /** Jobs running at the same time. */
  concurrency?: number;
  /** How often jobs added by another process are looked for. */
  pollMs?: number;
  /** Hears of every failed try, for the log: the kind and the error, never the payload. */
  onFailure?: (kind: string, error: unknown) => void;
}

const defaultConcurrency = 4;
const defaultPollMs = 5 * second;
const firstPauseMs = 2 * second;
const longestPauseMs = 1 * hour;

/** The pause after the nth try: doubling, up to an hour. */
export const pauseMs = (attempts: number): number =>
  Math.min(firstPauseMs * 2 ** Math.min(attempts - 1, 30), longestPauseMs);

interface Job {
  id: string;
  workspace_id: string;
  kind: string;
  key: string;
  payload: string;
  run_after: string;
  attempts: number;
}

/** Two jobs with the same slot never run at the same time. */
const slotOf = (job: { workspace_id: string; kind: string; key: string }): string =>
  JSON.stringify([job.workspace_id, job.kind, job.key]);

export function createLocalQueue(parts: LocalQueueParts): Queue {
  const { db, nowMs, newId, concurrency = defaultConcurrency, pollMs = defaultPollMs, onFailure } = parts;
  const handlers = new Map<string, JobHandler>();
  const running = new Map<string, Promise<void>>();
  const waitingForIdle: (() => void)[] = [];
  let started = false;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let lookAgain = false;

  async function add(tx: Tx, jobs: readonly NewJob[]): Promise<void> {
    const now = nowMs();
    const rows = jobs.map((job) => ({
      id: newId(),
      workspace_id: job.workspaceId,
      kind: job.kind,
      key: job.key,
      payload: toJson(job.payload),
      run_after: instant(now + (job.delayMs ?? 0)),
      attempts: 0,
      last_error: null,
      created_at: instant(now),
    }));
    // PostgreSQL refuses to touch one row twice in a statement.
    const once = [...new Map(rows.map((row) => [slotOf(row), row])).values()];
    if (once.length === 0) return;
    await tx
      .insertInto('jobs')
      .values(once)
      .onConflict((conflict) =>
        conflict.columns(['workspace_id', 'kind', 'key']).doUpdateSet((column) => ({
          // A new id: if the old job is running now, its end must not remove this one.
          id: column.ref('excluded.id'),
          payload: column.ref('excluded.payload'),
          // The earlier of the two, else work that is asked for again and again would never begin.
          run_after: column
            .case()
            .when('jobs.run_after', '<', column.ref('excluded.run_after'))
            .then(column.ref('jobs.run_after'))
            .else(column.ref('excluded.run_after'))
            .end(),
          attempts: 0,
          last_error: null,
        })),
      )
      .execute();
  }

  async function take(candidates: readonly Job[]): Promise<Job[]> {
    const now = nowMs();
    return db.write(async (tx) => {
      const taken: Job[] = [];
      for (const job of candidates) {
        const attempts = job.attempts + 1;
        const { numUpdatedRows } = await tx
          .updateTable('jobs')
          .set({ attempts, run_after: instant(now + pauseMs(attempts)) })
          .where('id', '=', job.id)
          .executeTakeFirstOrThrow();
        if (numUpdatedRows > 0n) taken.push({ ...job, attempts });
      }
      return taken;
    });
  }

  async function run(job: Job, handler: JobHandler): Promise<void> {
    try {
      await handler(fromJson<NewJob['payload']>(job.payload), job.workspace_id);
      await db.write((tx) => tx.deleteFrom('jobs').where('id', '=', job.id).execute());
    } catch (error) {
      onFailure?.(job.kind, error);
      const code = errorCodeOf(error) ?? `unexpected ${error instanceof Error ? error.name : typeof error}`;
      await db
        .write((tx) => tx.updateTable('jobs').set({ last_error: code }).where('id', '=', job.id).execute())
        // The row still says when to try again; only the reason is missing.
        .catch((failure: unknown) => onFailure?.(job.kind, failure));
    }
  }

  /** Starts what is due and may start; answers the pause until it is worth looking again. */
  async function look(): Promise<number> {
    const kinds = [...handlers.keys()];
    if (kinds.length === 0) return pollMs;
    // Only they are answered: whoever asks while this look reads may know of a job that it has not seen.
    const asked = waitingForIdle.length;
    const jobs = await db.read
      .selectFrom('jobs')
      .select(['id', 'workspace_id', 'kind', 'key', 'payload', 'run_after', 'attempts'])
      .where('kind', 'in', kinds)
      .orderBy('run_after')
      .limit(concurrency + running.size + 1)
      .execute();
    const now = instant(nowMs());
    const free = jobs.filter((job) => !running.has(slotOf(job)));
    const due = free.filter((job) => job.run_after <= now).slice(0, concurrency - running.size);
    for (const job of due.length > 0 && started ? await take(due) : []) {
      const slot = slotOf(job);
      const work = run(job, handlers.get(job.kind) as JobHandler).finally(() => {
        running.delete(slot);
        wake();
      });
      running.set(slot, work);
    }
    if (due.length === 0 && running.size === 0)
      for (const resolve of waitingForIdle.splice(0, asked)) resolve();
    const next = free.find((job) => job.run_after > now);
    return next ? Math.min(Math.max(Date.parse(next.run_after) - nowMs(), 1), pollMs) : pollMs;
  }

  function wake(): void {
    if (!started) return;
    if (looking) {
      lookAgain = true;
      return;
    }
    clearTimeout(timer);
    looking = (async () => {
      let pause: number;
      do {
        lookAgain = false;
        pause = await look().catch((error: unknown) => {
          onFailure?.('queue', error);
          return pollMs;
        });
      } while (lookAgain && started);
      looking = undefined;
      if (!started) return;
      timer = setTimeout(wake, pause);
      timer.unref();
    })();
  }

  return {
    add,
    wake,
    handle: (kind, handler) => {
      if (handlers.has(kind)) throw new Error(`two handlers for jobs of kind ${kind}`);
      handlers.set(kind, handler);
    },
    start: () => {
      started = true;
      wake();
    },
    stop: async () => {
      started = false;
      clearTimeout(timer);
      await looking;
      await Promise.all(running.values());
      for (const resolve of waitingForIdle.splice(0)) resolve();
    },
    idle: () =>
      new Promise((resolve) => {
        if (!started) {
          resolve();
          return;
        }
        waitingForIdle.push(resolve);
        wake();
      }),
  };
}
