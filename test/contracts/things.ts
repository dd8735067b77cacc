/**
 * A noun of the tests' own, so that receipts, feed and queue are judged without any feature: things with a
 * name, which may be hidden from everyone. They travel as records of kind `workspace`, the smallest form.
 */
import type { Kysely } from 'kysely';
import type { HeldGrant, PersonActor } from '#domain/access.ts';
import { DomainError } from '#domain/errors.ts';
import type { CommandId, PersonId, WorkspaceId } from '#domain/ids.ts';
import type { RecordPatch, StoredRecord } from '#domain/records.ts';
import type { RecordLoaders } from '#server/storage/changes.ts';
import type { Database, ReadHandle, Tx } from '#server/storage/database.ts';
import type { Decide, ReceivedCommand } from '#server/storage/receipts.ts';

// A type, not an interface: Kysely asks for an index signature.
type ThingTables = { things: { id: string; name: string; hidden: number } };
const things = (tx: ReadHandle | Tx) => tx as unknown as Kysely<ThingTables>;

export const at = '2030-01-01T00:00:00.000Z';
export const home = 'home' as WorkspaceId;

export async function addWorkspace(db: Database, id: string): Promise<void> {
  const row = { id, name: id, created_at: at, feed_seq: 0, feed_epoch: 'first' };
  await db.write((tx) => tx.insertInto('workspaces').values(row).execute());
}

export async function prepareThings(db: Database): Promise<void> {
  await db.raw.schema
    .createTable('things')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('hidden', 'integer', (column) => column.notNull())
    .execute();
  await addWorkspace(db, home);
}

export const patchOf = (id: string, name: string | null): RecordPatch => ({
  kind: 'workspace',
  id,
  value: name === null ? null : { id: id as WorkspaceId, name },
});

/** Saves a thing and answers the patch; `hidden` things exist but nobody may see them. */
export async function saveThing(tx: Tx, id: string, name: string, hidden = false): Promise<RecordPatch> {
  const row = { id, name, hidden: hidden ? 1 : 0 };
  await things(tx)
    .insertInto('things')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ name: row.name, hidden: row.hidden }))
    .execute();
  return patchOf(id, name);
}

export async function removeThing(tx: Tx, id: string): Promise<RecordPatch> {
  await things(tx).deleteFrom('things').where('id', '=', id).execute();
  return patchOf(id, null);
}

export const thingNames = async (db: Database): Promise<string[]> =>
  (await things(db.read).selectFrom('things').select('name').orderBy('id').execute()).map((row) => row.name);

export const loaders = {
  workspace: async (tx: ReadHandle, _actor: PersonActor, ids: readonly string[]) => {
    const rows = await things(tx)
      .selectFrom('things')
      .selectAll()
      .where('id', 'in', ids)
      .where('hidden', '=', 0)
      .execute();
    return new Map(rows.map((row) => [row.id, { id: row.id as WorkspaceId, name: row.name }]));
  },
} as unknown as RecordLoaders;

export const person = (personId: string, grants: readonly HeldGrant[] = everywhere): PersonActor => ({
  kind: 'person',
  workspaceId: home,
  personId: personId as PersonId,
  name: personId,
  grants,
  via: 'session',
});

export const everywhere: readonly HeldGrant[] = [
  { scope: { kind: 'workspace' }, role: 'editor', endsAt: null },
];

export interface NameThing {
  id: string;
  name: string;
}

export const commandOf = (
  commandId: string,
  input: NameThing,
  change: Partial<ReceivedCommand<NameThing>> = {},
): ReceivedCommand<NameThing> => ({
  commandId: commandId as CommandId,
  workspaceId: home,
  baseSeq: null,
  occurredAt: at,
  name: 'things.name',
  aggregate: `thing/${input.id}`,
  input,
  actor: person('ana'),
  now: at,
  ...change,
});

/** Adds the input's letters to the name, so that a second effect would show. Refuses the name `no`. */
export const appendName: Decide<NameThing> = async (tx, { input, workspaceId }) => {
  const found = await things(tx)
    .selectFrom('things')
    .select('name')
    .where('id', '=', input.id)
    .executeTakeFirst();
  const patch = await saveThing(tx, input.id, (found?.name ?? '') + input.name);
  if (input.name === 'no') throw new DomainError('not_allowed', { thing: input.id });
  return {
    records: [patch],
    jobs: [{ workspaceId, kind: 'things.tell', key: input.id, payload: { name: input.name } }],
  };
};

export const namesOf = (records: readonly StoredRecord[]): (string | null)[] =>
  records.map((record) => (record.value && 'name' in record.value ? record.value.name : null));
