/**
 * Which of the server's words are newer than what the device holds. Two streams bring the same records, the
 * answers to commands and the change feed, and they overtake each other.
 *
 * - A record is newer if its sequence number is not lower than the one held.
 * - Everything up to the feed's cursor has been told: an answer from before it says nothing new. Without this
 *   rule a late answer would bring back a record whose deletion the feed has already told.
 * - A deletion known from an answer is remembered until the feed's cursor has passed it.
 * - While everything is read anew (`seen` is then the set of what that read mentioned) the numbers held may
 *   come from another epoch and are not compared; at the end, what was not mentioned goes.
 */
import type { WorkspaceId } from '#domain/ids.ts';
import type { FeedPage, RecordKind, StoredRecord } from '#domain/records.ts';
import type { Memory } from '../device/memory.ts';
import type { Changeset, RecordRow } from '../device/rows.ts';

export const keyOf = (kind: RecordKind, id: string): string => `${kind}/${id}`;

type RecordChanges = Pick<Changeset, 'records' | 'recordsGone'>;

const rowOf = (workspaceId: WorkspaceId, { kind, id, seq, value }: StoredRecord): RecordRow => ({
  workspaceId,
  kind,
  id,
  seq,
  value,
});

/** What the answer to a command changes. */
export function changesOfAnswer(
  memory: Memory,
  workspaceId: WorkspaceId,
  records: readonly StoredRecord[],
): RecordChanges {
  const told = memory.cursor?.cursor?.seq ?? -1;
  return {
    recordsGone: [],
    records: records
      .filter(({ kind, id, seq }) => seq > told && seq >= (memory.record(kind, id)?.seq ?? -1))
      .map((record) => rowOf(workspaceId, record)),
  };
}

/** What a page of the feed changes, and what it mentioned; the caller adds that to `seen` once it is stored. */
export function changesOfPage(
  memory: Memory,
  workspaceId: WorkspaceId,
  page: FeedPage,
  seen: ReadonlySet<string> | null,
): { changes: RecordChanges; mentioned: Set<string> } {
  const changes: RecordChanges = { records: [], recordsGone: [] };
  const mentioned = new Set<string>();
  for (const record of page.records) {
    const { kind, id, seq, value } = record;
    const key = keyOf(kind, id);
    mentioned.add(key);
    const held = memory.record(kind, id);
    const isCompared = seen === null || seen.has(key);
    if (held && isCompared && held.seq > seq) continue;
    if (value !== null) changes.records.push(rowOf(workspaceId, record));
    else if (held) changes.recordsGone.push({ kind, id });
  }
  const isSweepEnd = seen !== null && !page.more;
  for (const row of isSweepEnd ? memory.allRecords() : memory.deletions()) {
    const key = keyOf(row.kind, row.id);
    const isForgotten = isSweepEnd ? !seen.has(key) : row.seq <= page.cursor.seq;
    if (isForgotten && !mentioned.has(key)) changes.recordsGone.push({ kind: row.kind, id: row.id });
  }
  return { changes, mentioned };
}
