/**
 * "There is more in the feed", to whoever listens in this process. What this process commits is announced at
 * once; what another process commits to the same database is found by asking, one cheap query for all
 * workspaces that somebody listens to, and none while nobody does.
 */
import type { Database } from './database.ts';

type Listener = (seq: number) => void;

export interface Announcements {
  announce: (workspaceId: string, seq: number) => void;
  subscribe: (workspaceId: string, listener: Listener) => () => void;
  close: () => void;
}

export function createAnnouncements(parts: { db: Database; pollMs: number }): Announcements {
  const { db, pollMs } = parts;
  /** `told` is the newest number the listeners know; 0 makes the first answer reach a new listener. */
  const workspaces = new Map<string, { listeners: Set<Listener>; told: number }>();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  function announce(workspaceId: string, seq: number): void {
    const workspace = workspaces.get(workspaceId);
    if (!workspace || seq <= workspace.told) return;
    workspace.told = seq;
    for (const listener of [...workspace.listeners]) listener(seq);
  }

  async function poll(): Promise<void> {
    // A failed question is asked again a moment later; other parts report what is wrong with the database.
    const rows = await db.read
      .selectFrom('workspaces')
      .select(['id', 'feed_seq'])
      .where('id', 'in', [...workspaces.keys()])
      .execute()
      .catch(() => []);
    for (const row of rows) announce(row.id, row.feed_seq);
    timer = undefined;
    schedule();
  }

  function schedule(): void {
    if (timer || closed || workspaces.size === 0) return;
    timer = setTimeout(() => void poll(), pollMs);
    timer.unref();
  }

  return {
    announce,
    subscribe: (workspaceId, listener) => {
      const workspace = workspaces.get(workspaceId) ?? { listeners: new Set(), told: 0 };
      workspaces.set(workspaceId, workspace);
      workspace.listeners.add(listener);
      workspace.told = 0;
      schedule();
      return () => {
        workspace.listeners.delete(listener);
        if (workspace.listeners.size === 0 && workspaces.get(workspaceId) === workspace)
          workspaces.delete(workspaceId);
      };
    },
    close: () => {
      closed = true;
      clearTimeout(timer);
      workspaces.clear();
    },
  };
}
