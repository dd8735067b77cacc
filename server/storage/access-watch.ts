/**
 * Tells whose rights another process has changed (the operator's command line beside the server), so that open
 * sockets are closed or demoted within a second. What this process changes rings its own bell at once. Every
 * change of rights takes a number of the feed, so one small question for all workspaces finds them.
 */
import { second } from '#domain/time.ts';
import { accessKind } from './changes.ts';
import type { Database } from './database.ts';

/** Half of the second within which it has to be known. */
export const accessPollMs = second / 2;

export interface AccessWatchParts {
  db: Database;
  /** Nobody is asked for while nobody would be told. */
  isNeeded: () => boolean;
  onChange: (personId: string) => void;
  pollMs?: number;
}

export interface AccessWatch {
  /** What has changed since the last look; the first only notes where the feeds stand. */
  look(): Promise<void>;
  stop(): void;
}

export function watchAccess({
  db,
  isNeeded,
  onChange,
  pollMs = accessPollMs,
}: AccessWatchParts): AccessWatch {
  const seen = new Map<string, number>();
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  let isFirst = true;

  async function look(): Promise<void> {
    const workspaces = await db.read.selectFrom('workspaces').select(['id', 'feed_seq']).execute();
    for (const { id, feed_seq: newest } of workspaces) {
      const before = seen.get(id) ?? (isFirst ? newest : 0);
      seen.set(id, newest);
      if (newest === before) continue;
      const changed = await db.read
        .selectFrom('changes')
        .select('record_id')
        .where('workspace_id', '=', id)
        .where('kind', '=', accessKind)
        .where('seq', '>', before)
        .execute();
      if (!isStopped) for (const { record_id: personId } of changed) onChange(personId);
    }
    isFirst = false;
  }

  function schedule(): void {
    timer = setTimeout(() => {
      const looking = isNeeded() ? look() : Promise.resolve();
      // A question that failed is asked again; other parts report what is wrong with the database.
      void looking.catch(() => undefined).finally(() => isStopped || schedule());
    }, pollMs);
    timer.unref();
  }

  // While nobody needs it, numbers pass by unseen: the first look after that tells of rights that were asked
  // for since, which costs a question and changes nothing.
  void look().catch(() => undefined);
  schedule();

  return {
    look,
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
