/** Cases in SQL. No statement here changes or removes an event. */
import { refOf } from '#domain/cases/case.ts';
import type { CaseEvent, CaseEventType, CaseRecord } from '#domain/cases/case.ts';
import type { CaseId, CommandId, DocumentId, PersonId, WorkspaceId } from '#domain/ids.ts';
import type { Instant } from '#domain/time.ts';
import type { ReadHandle, Tx } from '../storage/database.ts';
import { fromJson, toJson } from '../storage/json.ts';
import type { CaseTables } from '../storage/tables/cases.ts';
import { factsVersion } from './chain.ts';

type CaseRow = CaseTables['cases'];
type EventRow = CaseTables['case_events'];

export interface HeldCase {
  record: CaseRecord;
  lastPosition: number;
  lastHash: string;
}

const recordOf = (row: CaseRow): CaseRecord => ({
  id: row.id as CaseId,
  workspaceId: row.workspace_id as WorkspaceId,
  ref: refOf(row.number),
  track: row.track,
  title: row.title,
  narrative: row.narrative,
  severity: row.severity,
  state: row.state,
  ownerId: row.owner_id as PersonId | null,
  about: row.about_document_id
    ? {
        documentId: row.about_document_id as DocumentId,
        clause: row.about_clause_id ? { id: row.about_clause_id, title: row.about_clause_title ?? '' } : null,
      }
    : null,
  openedBy: row.opened_by as PersonId | null,
  openedAt: row.opened_at,
  changedAt: row.changed_at,
  settledAt: row.settled_at,
});

const eventOf = (row: EventRow): CaseEvent => ({
  id: row.id,
  caseId: row.case_id as CaseId,
  type: row.type,
  facts: fromJson<CaseEvent['facts']>(row.facts),
  actorId: row.actor_id as PersonId | null,
  actorName: row.actor_name,
  occurredAt: row.occurred_at,
  recordedAt: row.recorded_at,
  position: row.position,
  prevHash: row.prev_hash,
  hash: row.hash,
});

/** The next number of the workspace; a decision that is taken back gives it back. */
export async function takeNumber(tx: Tx, workspaceId: WorkspaceId): Promise<number> {
  const { last_number } = await tx
    .insertInto('case_counters')
    .values({ workspace_id: workspaceId, last_number: 1 })
    .onConflict((conflict) =>
      conflict
        .column('workspace_id')
        .doUpdateSet((eb) => ({ last_number: eb('case_counters.last_number', '+', 1) })),
    )
    .returning('last_number')
    .executeTakeFirstOrThrow();
  return last_number;
}

/** A case with the end of its timeline. The workspace's lock keeps both until the transaction ends. */
export async function loadForChange(
  tx: Tx,
  workspaceId: WorkspaceId,
  caseId: CaseId,
): Promise<HeldCase | undefined> {
  const row = await rowOf(tx, workspaceId, caseId);
  return row && { record: recordOf(row), lastPosition: row.last_position, lastHash: row.last_hash };
}

/** Writes the event, and the case as the event leaves it. `number` is given for a case that is new. */
export async function appendEvent(
  tx: Tx,
  record: CaseRecord,
  event: CaseEvent & { position: number; hash: string; prevHash: string; recordedAt: Instant },
  made: { commandId: CommandId; seq: number; number: number | null },
): Promise<void> {
  const row = {
    title: record.title,
    severity: record.severity,
    state: record.state,
    owner_id: record.ownerId,
    changed_at: record.changedAt,
    settled_at: record.settledAt,
    last_position: event.position,
    last_hash: event.hash,
  };
  if (made.number === null)
    await tx
      .updateTable('cases')
      .set(row)
      .where('workspace_id', '=', record.workspaceId)
      .where('id', '=', record.id)
      .execute();
  else
    await tx
      .insertInto('cases')
      .values({
        ...row,
        workspace_id: record.workspaceId,
        id: record.id,
        number: made.number,
        track: record.track,
        narrative: record.narrative,
        about_document_id: record.about?.documentId ?? null,
        about_clause_id: record.about?.clause?.id ?? null,
        about_clause_title: record.about?.clause?.title ?? null,
        opened_by: record.openedBy,
        opened_at: record.openedAt,
      })
      .execute();
  await tx
    .insertInto('case_events')
    .values({
      workspace_id: record.workspaceId,
      id: event.id,
      case_id: event.caseId,
      position: event.position,
      seq: made.seq,
      command_id: made.commandId,
      type: event.type,
      facts: toJson(event.facts),
      facts_version: factsVersion,
      actor_id: event.actorId,
      actor_name: event.actorName,
      occurred_at: event.occurredAt,
      recorded_at: event.recordedAt,
      prev_hash: event.prevHash,
      hash: event.hash,
    })
    .execute();
}

/** Name of whoever last did each kind of thing to the case. */
export async function lastActors(
  tx: ReadHandle,
  workspaceId: WorkspaceId,
  caseId: CaseId,
): Promise<Map<CaseEventType, string>> {
  const rows = await tx
    .selectFrom('case_events')
    .select(['type', 'actor_name'])
    .where('workspace_id', '=', workspaceId)
    .where('case_id', '=', caseId)
    .where('type', '!=', 'noted')
    .orderBy('position')
    .execute();
  return new Map(rows.map((row) => [row.type, row.actor_name]));
}

/** Who wrote the newest event of one type, and the workspace's number at which it was committed. */
export async function lastWriter(
  tx: ReadHandle,
  workspaceId: WorkspaceId,
  caseId: CaseId,
  type: CaseEventType,
): Promise<{ seq: number; actorId: string | null } | undefined> {
  const row = await tx
    .selectFrom('case_events')
    .select(['seq', 'actor_id'])
    .where('workspace_id', '=', workspaceId)
    .where('case_id', '=', caseId)
    .where('type', '=', type)
    .orderBy('position', 'desc')
    .executeTakeFirst();
  return row && { seq: row.seq, actorId: row.actor_id };
}

export async function eventsOf(
  tx: ReadHandle,
  workspaceId: WorkspaceId,
  caseId: CaseId,
): Promise<CaseEvent[]> {
  const rows = await tx
    .selectFrom('case_events')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('case_id', '=', caseId)
    .orderBy('position')
    .execute();
  return rows.map(eventOf);
}

export async function caseOf(
  tx: ReadHandle,
  workspaceId: WorkspaceId,
  caseId: CaseId,
): Promise<CaseRecord | undefined> {
  const row = await rowOf(tx, workspaceId, caseId);
  return row && recordOf(row);
}

const rowOf = (tx: ReadHandle, workspaceId: WorkspaceId, caseId: CaseId): Promise<CaseRow | undefined> =>
  tx
    .selectFrom('cases')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', caseId)
    .executeTakeFirst();

/** Newest number first, from below `before`. `settledUntil` keeps only cases settled by then. */
export async function pageOfCases(
  tx: ReadHandle,
  workspaceId: WorkspaceId,
  page: { before: number | null; settledUntil: Instant | null; limit: number },
): Promise<{ number: number; record: CaseRecord }[]> {
  let rows = tx
    .selectFrom('cases')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .orderBy('number', 'desc')
    .limit(page.limit);
  if (page.before !== null) rows = rows.where('number', '<', page.before);
  if (page.settledUntil !== null) rows = rows.where('settled_at', '<=', page.settledUntil);
  return (await rows.execute()).map((row) => ({ number: row.number, record: recordOf(row) }));
}

/** Those of the ids that belong on devices: not settled, or settled after `settledAfter`. */
export async function casesOnDevices(
  tx: ReadHandle,
  workspaceId: WorkspaceId,
  ids: readonly string[],
  settledAfter: Instant,
): Promise<Map<string, CaseRecord>> {
  const rows = await tx
    .selectFrom('cases')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('id', 'in', ids)
    .where((eb) => eb.or([eb('settled_at', 'is', null), eb('settled_at', '>', settledAfter)]))
    .execute();
  return new Map(rows.map((row) => [row.id, recordOf(row)]));
}

/** Those of the events whose case belongs on devices. */
export async function eventsOnDevices(
  tx: ReadHandle,
  workspaceId: WorkspaceId,
  ids: readonly string[],
  settledAfter: Instant,
): Promise<Map<string, CaseEvent>> {
  const rows = await tx
    .selectFrom('case_events')
    .innerJoin('cases', (join) =>
      join
        .onRef('cases.workspace_id', '=', 'case_events.workspace_id')
        .onRef('cases.id', '=', 'case_events.case_id'),
    )
    .selectAll('case_events')
    .where('case_events.workspace_id', '=', workspaceId)
    .where('case_events.id', 'in', ids)
    .where((eb) => eb.or([eb('cases.settled_at', 'is', null), eb('cases.settled_at', '>', settledAfter)]))
    .execute();
  return new Map(rows.map((row) => [row.id, eventOf(row)]));
}
