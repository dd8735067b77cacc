/**
 * Looks after the log while a server runs: fresh rows are applied to documents at hand, rooms with a long tail
 * are compacted, and what has been kept long enough is let go. One thing at a time, never on the path of
 * updates. Rules L14-L16 in SPEC.md.
 */
import { day, hour, minute, second } from '#domain/time.ts';
import { retentionMs as defaultRetentionMs } from './log.ts';
import type { Upkeep } from './log.ts';

export interface KeeperTimings {
  /** Rooms that have grown are looked at this long after the first of them has. */
  checkMs: number;
  /** How often rooms worth compacting, and rows that another process has set aside, are looked for. */
  compactMs: number;
  /** How often packed rows are looked through for what has been kept long enough. */
  expireMs: number;
  /** A room that could not be checked or compacted is left alone for this long, and each time for twice as long. */
  retryMs: number;
  /** But not for longer. */
  retryAtMostMs: number;
  /**
   * A room is read anew once in this time for rows set aside. Its people may bring such a row again; as long
   * as the room believes that it has it, it ends there.
   */
  reloadMs: number;
}

export const keeperTimings: KeeperTimings = {
  checkMs: second,
  compactMs: 5 * second,
  expireMs: hour,
  retryMs: 10 * minute,
  retryAtMostMs: day,
  reloadMs: 10 * minute,
};

/**
 * Checking takes at most this share of the time: a row costs about 12 µs of another core, as much as sending it
 * to a few. When that is not enough the compactor, which tries every row too, is there first.
 */
export const checkingShare = 0.1;
/** One room has at most this share of it, whether that is checked or compacted: it may be slow on purpose. */
export const roomShare = 0.1;
/** Rooms remembered for something that is not to happen now; the oldest is forgotten first. */
const rememberedLimit = 1_000;

export type KeeperEvent =
  | 'rows_set_aside'
  | 'look_failed'
  | 'check_failed'
  | 'compaction_failed'
  | 'expiry_failed'
  | 'room_compacted';

export interface KeeperParts {
  upkeep: Upkeep;
  nowMs: () => number;
  /** What work is timed by: it only ever goes on. */
  elapsedMs?: () => number;
  retentionMs?: number | undefined;
  timings?: Partial<KeeperTimings>;
  /** For the operator: what happened to which room, never content. */
  report: (event: KeeperEvent, facts: { room?: string; rows?: number; error?: unknown }) => void;
}

export type Keeper = ReturnType<typeof createKeeper>;

export function createKeeper({ upkeep, nowMs, report, ...parts }: KeeperParts) {
  const timings = { ...keeperTimings, ...parts.timings };
  const retentionMs = parts.retentionMs ?? defaultRetentionMs;
  const elapsedMs = parts.elapsedMs ?? (() => performance.now());
  const listeners = new Set<(room: string) => void>();
  /** How many rows of each room were set aside, as last seen; null before the first look. */
  let seen: Map<string, number> | null = null;
  const checkRest = new Map<string, Rest>();
  const compactRest = new Map<string, Rest>();
  const reloadNotBefore = new Map<string, number>();
  let grown = new Set<string>();
  let timers: NodeJS.Timeout[] = [];
  let checking: NodeJS.Timeout | null = null;
  let isRunning = false;
  /** The thing under way; the next one waits for it. */
  let last: Promise<void> = Promise.resolve();
  const waiting = new Set<string>();

  /** One at a time, and each kind waits at most once. Never rejects. */
  function enqueue(kind: string, work: () => Promise<void>): void {
    if (waiting.has(kind)) return;
    waiting.add(kind);
    last = last.then(async () => {
      waiting.delete(kind);
      if (isRunning) await work();
    });
  }

  /** Looks in the log itself, since another process may set rows aside too: the command line beside a server. */
  async function look(): Promise<void> {
    const before = seen;
    const found = await upkeep.setAside();
    // Two that look at once must not both tell.
    if (before !== seen) return look();
    seen = new Map(found.map(({ room, rows }) => [room, rows]));
    if (before === null || !isRunning) return;
    for (const { room, rows } of found) {
      const more = rows - (before.get(room) ?? 0);
      if (more > 0) setAside(room, more);
    }
  }

  function setAside(room: string, rows: number): void {
    report('rows_set_aside', { room, rows });
    if ((reloadNotBefore.get(room) ?? 0) > nowMs()) return;
    remember(reloadNotBefore, room, nowMs() + timings.reloadMs);
    for (const listener of listeners) listener(room);
  }

  /** One is planned or under way at most; what grows meanwhile is for the next. */
  function planCheck(restMs = 0): void {
    if (!isRunning || checking !== null) return;
    checking = setTimeout(() => enqueue('check', check), Math.max(timings.checkMs, restMs));
  }

  async function check(): Promise<void> {
    const rooms = grown;
    grown = new Set();
    const startedMs = elapsedMs();
    await checkAll(rooms);
    const restMs = (elapsedMs() - startedMs) * (1 / checkingShare - 1);
    checking = null;
    // Also when nothing has grown yet: the rest is taken first.
    if (rooms.size > 0) planCheck(restMs);
  }

  async function checkAll(rooms: ReadonlySet<string>): Promise<void> {
    for (const room of rooms) {
      if (!isRunning) return;
      if (isResting(checkRest, room)) grown.add(room);
      else
        await takingTurns(checkRest, room, async () => {
          try {
            if ((await upkeep.check(room)).length > 0) await look();
            return 'done';
          } catch (error) {
            if (isRunning) report('check_failed', { room, error });
            return 'failed';
          }
        });
    }
  }

  const isResting = (rests: ReadonlyMap<string, Rest>, room: string): boolean =>
    (rests.get(room)?.untilMs ?? 0) > nowMs();

  /** Afterwards the room rests for some time, so that one that is slow, or fails, leaves room for the others. */
  async function takingTurns(
    rests: Map<string, Rest>,
    room: string,
    work: () => Promise<'done' | 'nothing' | 'failed'>,
  ): Promise<void> {
    const startedMs = elapsedMs();
    const outcome = await work();
    const restMs = (elapsedMs() - startedMs) * (1 / roomShare - 1);
    const failures = outcome === 'failed' ? (rests.get(room)?.failures ?? 0) + 1 : 0;
    const retryMs =
      outcome === 'done'
        ? 0
        : Math.min(timings.retryMs * 2 ** Math.max(failures - 1, 0), timings.retryAtMostMs);
    remember(rests, room, { failures, untilMs: nowMs() + Math.max(restMs, retryMs) });
  }

  async function compact(): Promise<void> {
    const rooms = await upkeep.due(nowMs());
    const failuresOf = (room: string) => compactRest.get(room)?.failures ?? 0;
    // Whichever failed before comes last.
    for (const room of rooms.sort((a, b) => failuresOf(a) - failuresOf(b))) {
      if (!isRunning) return;
      if (isResting(compactRest, room)) continue;
      await takingTurns(compactRest, room, async () => {
        try {
          const { outcome, quarantined } = await upkeep.compact(room);
          if (quarantined.length > 0) await look();
          if (outcome === 'swapped') report('room_compacted', { room });
          return outcome === 'nothing' ? 'nothing' : 'done';
        } catch (error) {
          if (isRunning) report('compaction_failed', { room, error });
          return 'failed';
        }
      });
    }
  }

  const failing = (event: KeeperEvent, work: () => Promise<void>) => () =>
    work().catch((error: unknown) => {
      if (isRunning) report(event, { error });
    });

  return {
    /** A room has new rows on disk. */
    grown(room: string): void {
      if (!isRunning) return;
      grown.add(room);
      planCheck();
    },
    /** Told when rows were set aside: the room must be read anew. */
    onSetAside(listener: (room: string) => void): void {
      listeners.add(listener);
    },
    start(): void {
      isRunning = true;
      const compacting = failing('compaction_failed', compact);
      const expiring = failing('expiry_failed', () => upkeep.expire(retentionMs));
      const looking = failing('look_failed', look);
      // First: what is set aside from here on is told.
      last = looking();
      timers = [
        setInterval(() => void looking(), timings.compactMs),
        setInterval(() => enqueue('compact', compacting), timings.compactMs),
        setInterval(() => enqueue('expire', expiring), timings.expireMs),
      ];
      enqueue('compact', compacting);
      enqueue('expire', expiring);
    },
    /** Starts nothing more; what is under way is ended with the log's own threads. */
    stop(): void {
      isRunning = false;
      for (const timer of timers) clearInterval(timer);
      if (checking !== null) clearTimeout(checking);
    },
  };
}

/** Until when a room is left alone, and how often in a row it failed. */
interface Rest {
  untilMs: number;
  failures: number;
}

function remember<What>(rooms: Map<string, What>, room: string, what: What): void {
  rooms.delete(room);
  rooms.set(room, what);
  for (const oldest of rooms.keys()) {
    if (rooms.size <= rememberedLimit) return;
    rooms.delete(oldest);
  }
}
