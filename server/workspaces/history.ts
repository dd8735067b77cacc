/** The record of who did what to people and access, derived from receipts: nothing is written twice. */
import { can } from '#domain/access.ts';
import type { PersonActor } from '#domain/access.ts';
import { DomainError } from '#domain/errors.ts';
import { instant } from '#domain/time.ts';
import { recordPageLimit, recordedCommands } from '#domain/workspaces/history.ts';
import type { RecordedAct, RecordedCommand } from '#domain/workspaces/history.ts';
import type { Database } from '../storage/database.ts';

export interface RecordPage {
  acts: RecordedAct[];
  /** Ask again with this to read on, in milliseconds since 1970; null at the end. */
  before: number | null;
}

export function createHistory({ db }: { db: Database }) {
  /** Newest first, before a moment: those of one millisecond are never torn apart by the end of a page. */
  async function page(actor: PersonActor, before: number | null): Promise<RecordPage> {
    if (!can(actor, 'record.read', { kind: 'workspace', workspaceId: actor.workspaceId }))
      throw new DomainError('not_allowed');
    let query = db.read
      .selectFrom('receipts')
      .leftJoin('users', 'users.id', 'receipts.actor_id')
      .select([
        'receipts.command_id',
        'receipts.name',
        'receipts.actor_id',
        'receipts.aggregate',
        'receipts.input',
        'receipts.recorded_at',
        'users.name as by_name',
      ])
      .where('receipts.workspace_id', '=', actor.workspaceId)
      .where('receipts.outcome', '=', 'accepted')
      .where('receipts.name', 'in', [...recordedCommands]);
    if (before !== null) query = query.where('receipts.recorded_at', '<', instant(before));
    const found = await query
      .orderBy('receipts.recorded_at', 'desc')
      .orderBy('receipts.seq', 'desc')
      .orderBy('receipts.command_id', 'desc')
      .limit(recordPageLimit + 1)
      .execute();
    const beyond = found[recordPageLimit]?.recorded_at;
    const whole = found.filter(({ recorded_at }) => recorded_at !== beyond);
    const rows = whole.length > 0 ? whole : found.slice(0, recordPageLimit);

    const inputs = rows.map((row) => JSON.parse(row.input) as Record<string, unknown>);
    const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
    const names = await namesOf(inputs.map((input) => textOf(input.personId)).filter((id) => id !== null));
    const acts = rows.map((row, index): RecordedAct => {
      const input = inputs[index] ?? {};
      const personId = textOf(input.personId);
      return {
        commandId: row.command_id,
        name: row.name as RecordedCommand,
        by: row.actor_id,
        byName: row.by_name,
        at: row.recorded_at,
        aggregate: row.aggregate,
        personId,
        personName: personId === null ? null : (names.get(personId) ?? null),
        role: textOf(input.role),
        email: textOf(input.email),
      };
    });
    const last = rows.at(-1);
    return { acts, before: beyond === undefined || !last ? null : Date.parse(last.recorded_at) };
  }

  async function namesOf(ids: readonly string[]): Promise<Map<string, string>> {
    if (ids.length === 0) return new Map();
    const rows = await db.read
      .selectFrom('users')
      .select(['id', 'name'])
      .where('id', 'in', [...new Set(ids)])
      .execute();
    return new Map(rows.map((row) => [row.id, row.name]));
  }

  return { page };
}

export type History = ReturnType<typeof createHistory>;
