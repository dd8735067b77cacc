/**
 * The change feed: every committed change of a record has a workspace-wide sequence number. A device asks
 * `since(cursor)` and gets the current form of what changed and may be seen, and tombstones for the rest. A
 * live announcement only says "there is more"; losing it loses nothing.
 */
import type { PersonActor } from '#domain/access.ts';
import type {
  FeedCursor,
  FeedPage,
  RecordKind,
  RecordPatch,
  RecordTypes,
  StoredRecord,
} from '#domain/records.ts';
import type { ReadHandle, Tx } from './database.ts';

/** Loads current forms for one kind. A record that is gone, or hidden from the actor, is left out. */
export type RecordLoader<Kind extends RecordKind> = (
  tx: ReadHandle,
  actor: PersonActor,
  ids: readonly string[],
) => Promise<Map<string, RecordTypes[Kind]>>;

export type RecordLoaders = { [Kind in RecordKind]: RecordLoader<Kind> };

export interface Changes {
  /** Takes the next sequence number and notes it for each record, inside the caller's transaction. */
  record(
    tx: Tx,
    workspaceId: string,
    records: readonly RecordPatch[],
  ): Promise<{ seq: number; records: StoredRecord[] }>;
  /**
   * Notes, inside the caller's transaction, that what a person may see has changed as a whole (a role, a
   * grant): that person's devices are then told to read everything anew.
   */
  recordAccessChange(tx: Tx, workspaceId: string, personId: string): Promise<void>;
  /** After the commit: wakes the subscribers of the workspace. */
  announce(workspaceId: string, seq: number): void;
  /** Calls back with the newest sequence number whenever there is more. Returns the way to stop. */
  subscribe(workspaceId: string, listener: (seq: number) => void): () => void;
  /** One page after the cursor; `null` reads from the beginning. */
  since(actor: PersonActor, cursor: FeedCursor | null, loaders: RecordLoaders): Promise<FeedPage>;
  close(): void;
}
