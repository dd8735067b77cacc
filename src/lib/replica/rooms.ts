/**
 * Which documents hold text that the server has not acknowledged. A mark is written, and on disk, before the
 * first unsent row of a document is; so whatever kills the tab, the next start knows that something waits.
 */
import type { WorkspaceId } from '#domain/ids.ts';
import type { Instant } from '#domain/time.ts';
import type { Tabs } from '../device/tabs.ts';
import { changeset } from '../device/rows.ts';
import type { RoomRow } from '../device/rows.ts';
import type { RoomMarks, Rooms, RoomState } from './contract.ts';

export interface RoomsParts {
  tabs: Pick<Tabs, 'memory' | 'commit'>;
  workspaceId: WorkspaceId;
  /** This tab's own name. */
  tabName: string;
  /** Names of the tabs that are still open. */
  openTabs: () => Promise<ReadonlySet<string>>;
  now: () => Instant;
}

/** The mark of a text that a restored server may have lost. No tab bears this name. */
export const restoredMark = 'restored';

/** Every text that was ever confirmed here counts as unsent again: the server has been restored. */
export const marksAfterRestore = (rows: Iterable<RoomRow>, now: Instant): RoomRow[] =>
  [...rows].map((row) => ({ ...row, marks: { [restoredMark]: now, ...row.marks } }));

const unrefused = ({ refusedAt: _refusedAt, ...row }: RoomRow): RoomRow => row;

/** The earliest mark of a room. */
export function waitingSince(row: RoomRow): Instant | null {
  const marks = Object.values(row.marks).sort();
  return marks[0] ?? null;
}

export function createRooms({ tabs, workspaceId, tabName, openTabs, now }: RoomsParts): Rooms {
  const { memory } = tabs;
  /** Documents that this tab has marked, each with the write that made the mark durable. */
  const marked = new Map<string, Promise<void>>();
  /** Counts the calls of markWaiting, to see one that came while an acknowledgement was on its way to disk. */
  let calls = 0;
  const lastCall = new Map<string, number>();

  const rowOf = (documentId: string): RoomRow =>
    memory.rooms.get(documentId) ?? { documentId, workspaceId, marks: {}, acknowledgedAt: null };

  return {
    markWaiting: (documentId) => {
      calls += 1;
      lastCall.set(documentId, calls);
      const before = marked.get(documentId);
      if (before) return before;
      const since = now();
      const durable = tabs.commit(() => {
        const row = rowOf(documentId);
        const marks = { ...row.marks, [tabName]: row.marks[tabName] ?? since };
        return changeset({ rooms: [{ ...row, marks }] });
      });
      marked.set(documentId, durable);
      durable.catch(() => marked.delete(documentId));
      return durable;
    },

    marksOf: async (documentId) => {
      await marked.get(documentId);
      return { ...rowOf(documentId).marks };
    },

    acknowledge: async (documentId, covered: RoomMarks, epoch) => {
      const asOf = lastCall.get(documentId) ?? 0;
      const open = await openTabs();
      await tabs.commit(() => {
        const row = rowOf(documentId);
        const isStillClean = (lastCall.get(documentId) ?? 0) === asOf;
        // From here on a new edit must write a new mark, even before this transaction has ended.
        if (isStillClean) marked.delete(documentId);
        const marks = Object.fromEntries(
          Object.entries(row.marks).filter(([name, since]) =>
            name === tabName ? !isStillClean : open.has(name) || covered[name] !== since,
          ),
        );
        const said = epoch === null ? {} : { epoch };
        return changeset({ rooms: [{ ...unrefused(row), marks, acknowledgedAt: now(), ...said }] });
      });
    },

    delivered: async (documentId, covered, epoch) => {
      const open = await openTabs();
      await tabs.commit(() => {
        const row = rowOf(documentId);
        const marks = Object.fromEntries(
          Object.entries(row.marks).filter(
            ([name, since]) => name === tabName || open.has(name) || covered[name] !== since,
          ),
        );
        return changeset({ rooms: [{ ...unrefused(row), marks, acknowledgedAt: now(), epoch }] });
      });
    },

    letGoOfRestore: (documentId) =>
      tabs.commit(() => {
        const { [restoredMark]: _restored, ...marks } = rowOf(documentId).marks;
        return changeset({ rooms: [{ ...rowOf(documentId), marks }] });
      }),

    refuse: async (documentId) => {
      await marked.get(documentId);
      await tabs.commit(() => {
        const row = rowOf(documentId);
        if (row.refusedAt !== undefined || waitingSince(row) === null) return changeset({});
        return changeset({ rooms: [{ ...row, refusedAt: now() }] });
      });
    },

    letGo: async (documentId) => {
      marked.delete(documentId);
      await tabs.commit(() => changeset({ rooms: [{ ...unrefused(rowOf(documentId)), marks: {} }] }));
    },

    stateOf: (documentId): RoomState | null => {
      const row = memory.rooms.get(documentId);
      if (!row) return null;
      const { acknowledgedAt, epoch = null } = row;
      return { waitingSince: waitingSince(row), acknowledgedAt, epoch };
    },
  };
}
