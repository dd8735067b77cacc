/**
 * The change feed: every committed change of a record has a workspace-wide sequence number of its own. A
 * device asks `since(cursor)` and gets the current form of what changed and may be seen, and tombstones for
 * the rest. A live announcement only says "there is more"; losing it loses nothing.
 *
 * Numbers are taken under a lock on the workspace's row, so that commit order is number order: no reader can
 * see number 8 while 7 is still being written.
 */
import { createHash } from 'node:crypto';
import type { PersonActor } from '#domain/access.ts';
import { DomainError } from '#domain/errors.ts';
import { feedPageLimit } from '#domain/records.ts';
import type {
  FeedCursor,
  FeedPage,
  RecordKind,
  RecordPatch,
  RecordTypes,
  StoredRecord,
} from '#domain/records.ts';
import { second } from '#domain/time.ts';
import { createAnnouncements } from './announcements.ts';
import type { Database, ReadHandle, Tx } from './database.ts';

/** Loads current forms for one kind. A record that is gone, or hidden from the actor, is left out. */
export type RecordLoader<Kind extends RecordKind> = (
  tx: ReadHandle,
  actor: PersonActor,
  ids: readonly string[],
) => Promise<Map<string, RecordTypes[Kind]>>;

export type RecordLoaders = { [Kind in RecordKind]: RecordLoader<Kind> };

export interface Changes {
  /**
   * Takes the workspace's lock until the caller's transaction ends and answers the sequence number that the
   * first record noted in it will get; later ones follow. Throws `not_found` for an unknown workspace.
   */
  lock(tx: Tx, workspaceId: string): Promise<number>;
  /**
   * Takes the next sequence number for each record and notes it, inside the caller's transaction. A record
   * named twice counts once, as named last. `seq` is the newest number of the workspace.
   */
  record(
    tx: Tx,
    workspaceId: string,
    records: readonly RecordPatch[],
  ): Promise<{ seq: number; records: StoredRecord[] }>;
  /**
   * Notes, inside the caller's transaction, that what a person may see has changed as a whole (a role, a
   * grant, a folder moved): that person's devices are then told to read everything anew. Answers the number
   * to announce.
   */
  recordAccessChange(tx: Tx, workspaceId: string, personId: string): Promise<number>;
  /** After the commit: wakes the subscribers of the workspace. */
  announce(workspaceId: string, seq: number): void;
  /**
   * Calls back with the newest sequence number whenever there is more, and once soon after subscribing;
   * also for what another process wrote, a moment later. Returns the way to stop.
   */
  subscribe(workspaceId: string, listener: (seq: number) => void): () => void;
  /**
   * One page after the cursor; `null` reads from the beginning. The cursor's epoch is opaque: it stands for
   * the workspace's feed and for what the actor may see, so that a restore and a change of rights, the end
   * of a grant by time included, both lead to reading anew.
   */
  since(actor: PersonActor, cursor: FeedCursor | null, loaders: RecordLoaders): Promise<FeedPage>;
  close(): void;
}

/** How soon a change by another process (the operator's command line) is announced. */
const defaultPollMs = 1 * second;

/** Rows in one insert: below every database's limit of parameters. */
const rowsPerInsert = 500;

/** Rows of this kind are no records: the id is a person's, the number says when their rights changed. */
export const accessKind = 'access';

export function createChanges(parts: { db: Database; pollMs?: number; pageLimit?: number }): Changes {
  const { db, pollMs = defaultPollMs, pageLimit = feedPageLimit } = parts;
  const announcements = createAnnouncements({ db, pollMs });

  async function takeNumbers(tx: Tx, workspaceId: string, count: number): Promise<number> {
    const workspace = await tx
      .updateTable('workspaces')
      .set((column) => ({ feed_seq: column('feed_seq', '+', count) }))
      .where('id', '=', workspaceId)
      .returning('feed_seq')
      .executeTakeFirst();
    if (!workspace) throw new DomainError('not_found', { kind: 'workspace' });
    return workspace.feed_seq;
  }

  async function note(
    tx: Tx,
    rows: { workspace_id: string; kind: string; record_id: string; seq: number }[],
  ) {
    for (let from = 0; from < rows.length; from += rowsPerInsert)
      await tx
        .insertInto('changes')
        .values(rows.slice(from, from + rowsPerInsert))
        .onConflict((conflict) =>
          conflict
            .columns(['workspace_id', 'kind', 'record_id'])
            .doUpdateSet((column) => ({ seq: column.ref('excluded.seq') })),
        )
        .execute();
  }

  return {
    lock: async (tx, workspaceId) => {
      const workspace = await tx
        .selectFrom('workspaces')
        .select('feed_seq')
        .where('id', '=', workspaceId)
        // SQLite's write transaction is the lock already.
        .$if(db.dialect === 'postgres', (query) => query.forUpdate())
        .executeTakeFirst();
      if (!workspace) throw new DomainError('not_found', { kind: 'workspace' });
      return workspace.feed_seq + 1;
    },

    record: async (tx, workspaceId, records) => {
      const once = [...new Map(records.map((record) => [`${record.kind}/${record.id}`, record])).values()];
      const seq = await takeNumbers(tx, workspaceId, once.length);
      const stored = once.map((record, index): StoredRecord => ({
        ...record,
        seq: seq - once.length + 1 + index,
      }));
      await note(
        tx,
        stored.map((record) => ({
          workspace_id: workspaceId,
          kind: record.kind,
          record_id: record.id,
          seq: record.seq,
        })),
      );
      return { seq, records: stored };
    },

    recordAccessChange: async (tx, workspaceId, personId) => {
      const seq = await takeNumbers(tx, workspaceId, 1);
      await note(tx, [{ workspace_id: workspaceId, kind: accessKind, record_id: personId, seq }]);
      return seq;
    },

    announce: announcements.announce,
    subscribe: announcements.subscribe,
    close: announcements.close,

    since: (actor, cursor, loaders) =>
      db.snapshot(async (tx) => {
        const { epoch, newest } = await feedOf(tx, actor);
        const restart = cursor === null || cursor.epoch !== epoch || cursor.seq > newest;
        const rows = await tx
          .selectFrom('changes')
          .select(['kind', 'record_id', 'seq'])
          .where('workspace_id', '=', actor.workspaceId)
          .where('seq', '>', restart ? 0 : cursor.seq)
          .where('kind', '!=', accessKind)
          .orderBy('seq')
          .limit(pageLimit + 1)
          .execute();
        const more = rows.length > pageLimit;
        const page = rows.slice(0, pageLimit);
        const records = await loadCurrent(tx, actor, page, loaders);
        return {
          cursor: { epoch, seq: more ? (page.at(-1)?.seq ?? newest) : newest },
          // Who reads from the beginning holds nothing that a tombstone could remove.
          records: restart ? records.filter((record) => record.value !== null) : records,
          more,
          restart,
        };
      }),
  };
}

async function feedOf(tx: ReadHandle, actor: PersonActor): Promise<{ epoch: string; newest: number }> {
  const workspace = await tx
    .selectFrom('workspaces')
    .select(['feed_seq', 'feed_epoch'])
    .where('id', '=', actor.workspaceId)
    .executeTakeFirst();
  if (!workspace) throw new DomainError('not_found', { kind: 'workspace' });
  const access = await tx
    .selectFrom('changes')
    .select('seq')
    .where('workspace_id', '=', actor.workspaceId)
    .where('kind', '=', accessKind)
    .where('record_id', '=', actor.personId)
    .executeTakeFirst();
  return {
    epoch: `${workspace.feed_epoch}.${access?.seq ?? 0}.${printOfGrants(actor)}`,
    newest: workspace.feed_seq,
  };
}

/** Eight characters that change with what the actor holds: a grant that ran out leaves no row behind. */
function printOfGrants(actor: PersonActor): string {
  const held = actor.grants
    .map(({ scope, role }) => `${scope.kind}/${scope.kind === 'workspace' ? '' : scope.id}=${role}`)
    .sort();
  return createHash('sha256').update(held.join('\n')).digest('hex').slice(0, 8);
}

async function loadCurrent(
  tx: ReadHandle,
  actor: PersonActor,
  page: readonly { kind: string; record_id: string; seq: number }[],
  loaders: RecordLoaders,
): Promise<StoredRecord[]> {
  const idsByKind = new Map<RecordKind, string[]>();
  for (const { kind, record_id } of page) {
    if (!Object.hasOwn(loaders, kind)) throw new Error(`no loader for records of kind ${kind}`);
    const ids = idsByKind.get(kind as RecordKind);
    if (ids) ids.push(record_id);
    else idsByKind.set(kind as RecordKind, [record_id]);
  }
  const current = new Map<string, unknown>();
  for (const [kind, ids] of idsByKind)
    for (const [id, value] of await loaders[kind](tx, actor, ids)) current.set(`${kind}/${id}`, value);
  return page.map(
    ({ kind, record_id, seq }) =>
      ({ kind, id: record_id, value: current.get(`${kind}/${record_id}`) ?? null, seq }) as StoredRecord,
  );
}
