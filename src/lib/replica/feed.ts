/**
 * Reads the change feed into the device, page by page, each page and its cursor in one transaction. Losing a
 * page, a tab or the power loses nothing: the next read goes on from the stored cursor. When the server says
 * `restart` (a restore, a change of rights), everything is read from zero while the old stays on screen; what
 * that read did not mention goes at its end. Cut short, such a read starts again, since only its end knows
 * what to drop.
 */
import type { WorkspaceId } from '#domain/ids.ts';
import { restoreOf } from '#domain/records.ts';
import type { FeedCursor, FeedPage } from '#domain/records.ts';
import type { Memory } from '../device/memory.ts';
import { changeset } from '../device/rows.ts';
import type { Changeset } from '../device/rows.ts';
import { changesOfPage, keyOf } from './truth.ts';

export interface FeedParts {
  memory: Memory;
  workspaceId: WorkspaceId;
  ask(cursor: FeedCursor | null): Promise<FeedPage>;
  commit(decide: () => Changeset): Promise<void>;
  /** After each page; `more` is still to come. */
  onRead(more: boolean): void;
  /** Everything is read anew: what the person may do has perhaps changed too. */
  onRestart(): void;
  /** The read failed; the error is the transport's or the device's. */
  onFailure(error: unknown): void;
  /** The server was restored from a backup: what it accepted and confirmed lately may be unknown to it. */
  reoffer(): Partial<Changeset>;
}

export interface Feed {
  /** Reads to the end of the feed; a call during a read makes it look once more. Never rejects. */
  read(): Promise<void>;
  /** Notes what other tabs and answers brought during a read from zero. */
  noticed(changes: Changeset): void;
  stop(): void;
}

export function createFeed(parts: FeedParts): Feed {
  const { memory, workspaceId } = parts;
  /** What a read from zero has mentioned so far; null outside of one. */
  let seen: Set<string> | null = null;
  /** What answers brought since the page on its way was asked for: it cannot know of that. */
  let overtaking = new Set<string>();
  let reading: Promise<void> | null = null;
  let again = false;
  let stopped = false;

  async function readPage(): Promise<boolean> {
    // A sweep that another tab began, or that a crash cut short, has lost what it had seen.
    const isResumed = seen === null && memory.cursor?.sweeping === true;
    const cursor = isResumed ? null : (memory.cursor?.cursor ?? null);
    overtaking = new Set();
    const page = await parts.ask(cursor);
    if (stopped) return false;
    if (saysNothing(page)) {
      parts.onRead(false);
      return false;
    }
    const outcome: Outcome = { isOvertaken: false, sweep: null, mentioned: new Set() };
    await parts.commit(() => {
      const before = memory.cursor?.cursor ?? null;
      outcome.isOvertaken = !isResumed && !isSame(before, cursor);
      if (outcome.isOvertaken) return changeset({});
      const sweep = page.restart ? (isEmpty(memory) ? null : new Set(overtaking)) : seen;
      const found = changesOfPage(memory, workspaceId, page, sweep);
      Object.assign(outcome, { sweep, mentioned: found.mentioned });
      const isRestored = before !== null && restoreOf(before) !== restoreOf(page.cursor);
      return changeset({
        ...(isRestored ? parts.reoffer() : {}),
        ...found.changes,
        cursor: {
          workspaceId,
          cursor: page.cursor,
          sweeping: sweep !== null && page.more,
          complete: (memory.cursor?.complete ?? false) || !page.more,
        },
      });
    });
    // Another tab has read meanwhile: this page says nothing about what comes after that.
    if (outcome.isOvertaken) return true;
    if (page.restart && cursor !== null) parts.onRestart();
    seen = page.more ? outcome.sweep : null;
    for (const key of outcome.mentioned) seen?.add(key);
    parts.onRead(page.more);
    return page.more;
  }

  /** The usual answer, nothing new, is not worth a write and a message to every tab. */
  function saysNothing(page: FeedPage): boolean {
    const held = memory.cursor;
    return (
      page.records.length === 0 &&
      !page.more &&
      !page.restart &&
      held !== null &&
      held.complete &&
      !held.sweeping &&
      isSame(held.cursor, page.cursor)
    );
  }

  async function run(): Promise<void> {
    try {
      do {
        again = false;
        while (!stopped && (await readPage()));
      } while (again && !stopped);
    } catch (error) {
      seen = null;
      if (!stopped) parts.onFailure(error);
    }
  }

  return {
    read: () => {
      again = true;
      reading ??= run().finally(() => {
        reading = null;
      });
      return reading;
    },
    noticed: (changes) => {
      for (const { kind, id } of changes.records) {
        overtaking.add(keyOf(kind, id));
        seen?.add(keyOf(kind, id));
      }
    },
    stop: () => {
      stopped = true;
    },
  };
}

interface Outcome {
  isOvertaken: boolean;
  sweep: Set<string> | null;
  mentioned: Set<string>;
}

const isSame = (a: FeedCursor | null, b: FeedCursor | null): boolean =>
  a?.epoch === b?.epoch && a?.seq === b?.seq;

const isEmpty = (memory: Memory): boolean => {
  for (const _row of memory.allRecords()) return false;
  return true;
};
