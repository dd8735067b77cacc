/**
 * The log's upkeep as the main thread sees it: the compactor's thread reads and proposes, the writer changes.
 * The same on both databases. A compactor that dies or takes too long changes nothing.
 */
import { minute } from '#domain/time.ts';
import type { CompactionAnswer, Plan, Wrong } from './compact.ts';
import type { RowsAt } from './open-rows.ts';
import type { Compaction, Upkeep } from './log.ts';
import { createThread } from './thread.ts';

/** Rows taken out of the table in one step, between two commits. */
export const sweepRowsLimit = 1_000;
/** Segments and snapshots let go of in one step. */
export const expiryRowsLimit = 50;
/** A room may take the compactor this long; the largest takes seconds. */
export const compactionPatienceMs = minute;
/** The compactor may not grow beyond this; V8 ends it, and the room stays as it is. */
const heapMegabytes = 1_024;
/** That of a browser's page: what exhausts theirs must exhaust this one (a thread has four by itself). */
const stackMegabytes = 1;
/** Rows of one room set aside in a row, before it is left for the next time. */
export const wrongRowsLimit = 100;

export interface Expiry {
  beforeMs: number;
  /** Null for all. */
  room: string | null;
}

/** What the writer does for it, each in one short transaction. */
export interface UpkeepWriter {
  swap(plan: Plan): Promise<boolean>;
  setAside(wrong: Wrong): Promise<void>;
  /** True while there may be more. */
  sweep(room: string): Promise<boolean>;
  /** True while there may be more. */
  expire(expiry: Expiry): Promise<boolean>;
  /** Gives space back to the disk. True while there may be more. */
  giveBack(): Promise<boolean>;
}

export type CommitListener = (commit: {
  rows: number;
  bytes: number;
  /** From when it left for the writer until its answer was here. */
  tookMs: number;
  /** Of that, the end of the transaction with its flush; null when it failed. */
  flushMs: number | null;
}) => void;

/** Another thread in the compactor's place, and less patience: tests. */
export interface LogSeams {
  /** Hears of every commit: its rows, their bytes, how long it took, whether it failed. */
  onCommit?: CommitListener | undefined;
  script?: URL;
  patienceMs?: number;
  /** On PostgreSQL. */
  statementPatienceMs?: number;
}

export interface UpkeepParts extends LogSeams {
  at: RowsAt;
  writer: UpkeepWriter;
}

export function createUpkeep(parts: UpkeepParts): Upkeep & { close(): Promise<void> } {
  const { at, writer, patienceMs = compactionPatienceMs } = parts;
  const script = parts.script ?? new URL('./compact-thread.ts', import.meta.url);
  const thread = createThread(script, at, {
    maxOldGenerationSizeMb: heapMegabytes,
    stackSizeMb: stackMegabytes,
    patienceMs,
  });

  const asked = createThread(new URL('./log-asking-thread.ts', import.meta.url), at);

  /** One room has the compactor for about as long as one call may take, however many of its rows are slow. */
  const patience = () => {
    const untilMs = performance.now() + patienceMs;
    return (quarantined: readonly number[]): boolean =>
      quarantined.length <= wrongRowsLimit && performance.now() < untilMs;
  };

  async function setAside(wrong: Wrong): Promise<number[]> {
    await writer.setAside(wrong);
    return wrong.rows.map(({ seq }) => seq);
  }

  async function compactOnce(room: string): Promise<Compaction> {
    const quarantined: number[] = [];
    const isPatient = patience();
    for (;;) {
      const answer = await thread.call<CompactionAnswer>('compact', room);
      if (answer.kind === 'nothing') return { outcome: 'nothing', upTo: answer.upTo, quarantined };
      if (answer.kind === 'plan') {
        const isSwapped = await writer.swap(answer.plan);
        return { outcome: isSwapped ? 'swapped' : 'moved', upTo: answer.plan.snapshot.uptoSeq, quarantined };
      }
      quarantined.push(...(await setAside(answer.wrong)));
      if (!isPatient(quarantined)) return { outcome: 'nothing', upTo: 0, quarantined };
    }
  }

  /** Space is given back where there was something to take away. */
  async function tidy(room: string | null, expiry: Expiry | null): Promise<void> {
    let changed = false;
    if (room !== null) while (await writer.sweep(room)) changed = true;
    if (expiry !== null) while (await writer.expire(expiry)) changed = true;
    if (changed || expiry !== null) while (await writer.giveBack());
  }

  return {
    async check(room) {
      const quarantined: number[] = [];
      const isPatient = patience();
      do {
        const wrong = await thread.call<Wrong | null>('check', room);
        if (wrong === null) break;
        quarantined.push(...(await setAside(wrong)));
      } while (isPatient(quarantined));
      return quarantined;
    },
    async compact(room, options = {}) {
      const compaction = await compactOnce(room);
      const { retainMs } = options;
      await tidy(room, retainMs === undefined ? null : { beforeMs: Date.now() - retainMs, room });
      return compaction;
    },
    due: (nowMs) => thread.call('due', nowMs),
    expire: (olderThanMs) => tidy(null, { beforeMs: Date.now() - olderThanMs, room: null }),
    rooms: () => asked.call('rooms', null),
    setAside: () => asked.call('setAside', null),
    quarantine: () => asked.call('quarantine', null),
    history: (room, afterSeq) => asked.call('history', { room, afterSeq }),
    async close() {
      // A compaction under way is of no use to anybody any more.
      await Promise.all([thread.stop(), asked.stop()]);
    },
  };
}
