/**
 * A noun's service on an in-memory database, as main.ts would join it: real receipts, change feed and queue,
 * a clock that stands still until told, counted ids, and commands as the door hands them on.
 */
import type { Actor, HeldGrant, PersonActor, Role } from '#domain/access.ts';
import { uuidv7 } from '#domain/ids.ts';
import type { CommandId, PersonId, WorkspaceId } from '#domain/ids.ts';
import type { CommandSpec, FeedCursor, FeedPage } from '#domain/records.ts';
import { instant, minute } from '#domain/time.ts';
import type { Instant } from '#domain/time.ts';
import { createLocalQueue } from '#server/jobs/local.ts';
import type { Queue } from '#server/jobs/queue.ts';
import { createChanges } from '#server/storage/changes.ts';
import type { Changes, RecordLoaders } from '#server/storage/changes.ts';
import type { Database } from '#server/storage/database.ts';
import { openDatabase } from '#server/storage/open.ts';
import { createCommands } from '#server/storage/receipts.ts';
import type { Commands, ReceivedCommand } from '#server/storage/receipts.ts';

export const testWorkspace = '018f0000-0000-7000-8000-000000000001' as WorkspaceId;

/** A member with a role in the workspace, or with the grants given. */
export const testPerson = (name: string, role: Role | HeldGrant[] = 'editor'): PersonActor => ({
  kind: 'person',
  workspaceId: testWorkspace,
  personId: name.toLowerCase() as PersonId,
  name,
  grants: typeof role === 'string' ? [{ scope: { kind: 'workspace' }, role, endsAt: null }] : role,
  via: 'session',
});

export interface Sent {
  by?: Actor;
  commandId?: CommandId;
  baseSeq?: number | null;
}

export interface NounHouse {
  db: Database;
  changes: Changes;
  queue: Queue;
  commands: Commands;
  now: () => Instant;
  pass: (ms: number) => void;
  newId: <Id extends string>() => Id;
  received: <Input>(spec: CommandSpec<string, Input>, input: Input, sent?: Sent) => ReceivedCommand<Input>;
  /** The feed of one actor with the loaders of one noun; no other kind is in the feed of such a test. */
  feed: (
    actor: PersonActor,
    loaders: Partial<RecordLoaders>,
    cursor?: FeedCursor | null,
  ) => Promise<FeedPage>;
  /** Gives people an account, so that their names can be found. */
  name: (...people: PersonActor[]) => Promise<void>;
  close: () => Promise<void>;
}

export async function openNounHouse(): Promise<NounHouse> {
  let nowMs = Date.parse('2026-03-02T12:00:00.000Z');
  let made = 0;
  const now = () => instant(nowMs);
  const newId = <Id extends string>() => {
    made += 1;
    return uuidv7(nowMs, new Uint8Array([0, 0, 0, 0, 0, 0, 0, made >> 16, made >> 8, made])) as Id;
  };
  const db = await openDatabase({ memory: true });
  const workspace = { id: testWorkspace, name: 'Praça', created_at: now(), feed_seq: 0, feed_epoch: 'e' };
  await db.write((tx) => tx.insertInto('workspaces').values(workspace).execute());
  const changes = createChanges({ db });
  const queue = createLocalQueue({ db, nowMs: () => nowMs, newId });
  return {
    db,
    changes,
    queue,
    commands: createCommands({ db, changes, queue }),
    now,
    pass: (ms) => void (nowMs += ms),
    newId,
    received: (spec, input, { by = testPerson('Ana'), commandId, baseSeq = null } = {}) => ({
      commandId: commandId ?? newId(),
      workspaceId: testWorkspace,
      baseSeq,
      occurredAt: instant(nowMs - minute),
      name: spec.name,
      aggregate: spec.aggregate(input),
      input: spec.input.parse(input),
      actor: by,
      now: now(),
    }),
    feed: (actor, loaders, cursor = null) => changes.since(actor, cursor, loaders as RecordLoaders),
    name: async (...people) => {
      const at = now();
      for (const { personId: id, name } of people)
        await db.write((tx) =>
          tx
            .insertInto('users')
            .values({
              id,
              name,
              email: `${id}@example.org`,
              email_verified: 1,
              image: null,
              created_at: at,
              updated_at: at,
            })
            .execute(),
        );
    },
    close: async () => {
      changes.close();
      await db.close();
    },
  };
}
