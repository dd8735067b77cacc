/** SQL of people and what they were granted. */
import type { GrantScope, HeldGrant } from '#domain/access.ts';
import type { PersonId, WorkspaceId } from '#domain/ids.ts';
import type { Instant } from '#domain/time.ts';
import type { Member } from '#domain/workspaces/rules.ts';
import type { GrantRecord } from '#domain/workspaces/workspace.ts';
import type { ReadHandle, Tx } from '../storage/database.ts';
import type { PeopleTables } from '../storage/tables/people.ts';

export interface StoredMember extends Member {
  name: string;
  email: string;
  joinedAt: Instant;
}

const toScope = (kind: GrantScope['kind'], id: string): GrantScope =>
  kind === 'workspace' ? { kind } : { kind, id };

const toGrant = (row: PeopleTables['grants']): GrantRecord => ({
  id: row.id,
  personId: row.person_id as PersonId,
  scope: toScope(row.scope_kind, row.scope_id),
  role: row.role,
  endsAt: row.ends_at,
  grantedBy: row.granted_by as PersonId | null,
  grantedAt: row.granted_at,
});

const toHeld = ({ scope, role, endsAt }: GrantRecord): HeldGrant => ({ scope, role, endsAt });

export const findWorkspace = (db: ReadHandle, id: string) =>
  db.selectFrom('workspaces').select(['id', 'name']).where('id', '=', id).executeTakeFirst();

export const listWorkspaces = (db: ReadHandle) =>
  db.selectFrom('workspaces').select(['id', 'name']).orderBy('created_at').orderBy('id').execute();

export async function renameWorkspace(tx: Tx, id: string, name: string): Promise<void> {
  await tx.updateTable('workspaces').set({ name }).where('id', '=', id).execute();
}

/** Members with their grants, ended ones too; all of the workspace, or those named. */
export async function listMembers(
  db: ReadHandle,
  workspaceId: string,
  personIds?: readonly string[],
): Promise<StoredMember[]> {
  if (personIds?.length === 0) return [];
  let people = db
    .selectFrom('members')
    .innerJoin('users', 'users.id', 'members.person_id')
    .select(['users.id', 'users.name', 'users.email', 'members.joined_at', 'members.deactivated_at'])
    .where('members.workspace_id', '=', workspaceId);
  if (personIds) people = people.where('members.person_id', 'in', personIds);
  const rows = await people.orderBy('users.name').orderBy('users.id').execute();
  const grants = await listGrants(db, workspaceId, personIds ? { personIds } : {});
  return rows.map((row) => ({
    personId: row.id as PersonId,
    name: row.name,
    email: row.email,
    joinedAt: row.joined_at,
    active: row.deactivated_at === null,
    grants: grants.filter((grant) => grant.personId === row.id).map(toHeld),
  }));
}

export async function findMember(
  db: ReadHandle,
  workspaceId: string,
  personId: string,
): Promise<StoredMember | undefined> {
  return (await listMembers(db, workspaceId, [personId]))[0];
}

/** The workspaces a person belongs to, those where they were deactivated included. */
export const listMemberships = (db: ReadHandle, personId: string) =>
  db
    .selectFrom('members')
    .innerJoin('workspaces', 'workspaces.id', 'members.workspace_id')
    .select(['workspaces.id', 'workspaces.name', 'members.deactivated_at'])
    .where('members.person_id', '=', personId)
    .orderBy('members.joined_at')
    .orderBy('workspaces.id')
    .execute();

export async function listGrants(
  db: ReadHandle,
  workspaceId: string,
  which: { personIds?: readonly string[]; ids?: readonly string[] },
): Promise<GrantRecord[]> {
  if (which.ids?.length === 0 || which.personIds?.length === 0) return [];
  let query = db.selectFrom('grants').selectAll().where('workspace_id', '=', workspaceId);
  if (which.personIds) query = query.where('person_id', 'in', which.personIds);
  if (which.ids) query = query.where('id', 'in', which.ids);
  return (await query.orderBy('granted_at').orderBy('id').execute()).map(toGrant);
}

/** What was granted on any of these folders, ended grants too. */
export async function listFolderGrants(
  db: ReadHandle,
  workspaceId: string,
  folderIds: readonly string[],
): Promise<GrantRecord[]> {
  if (folderIds.length === 0) return [];
  const rows = await db
    .selectFrom('grants')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('scope_kind', '=', 'folder')
    .where('scope_id', 'in', folderIds)
    .orderBy('id')
    .execute();
  return rows.map(toGrant);
}

export const findGrant = async (db: ReadHandle, workspaceId: string, id: string) =>
  (await listGrants(db, workspaceId, { ids: [id] }))[0];

/** Gives a role on a scope; an earlier grant of the same person on the same scope is changed in place. */
export async function putGrant(
  tx: Tx,
  workspaceId: string,
  grant: Omit<GrantRecord, 'grantedAt'> & { grantedAt: Instant },
): Promise<GrantRecord> {
  const row = await tx
    .insertInto('grants')
    .values({
      id: grant.id,
      workspace_id: workspaceId,
      person_id: grant.personId,
      scope_kind: grant.scope.kind,
      scope_id: grant.scope.kind === 'workspace' ? workspaceId : grant.scope.id,
      role: grant.role,
      ends_at: grant.endsAt,
      granted_by: grant.grantedBy,
      granted_at: grant.grantedAt,
    })
    .onConflict((conflict) =>
      conflict.columns(['workspace_id', 'person_id', 'scope_kind', 'scope_id']).doUpdateSet({
        role: grant.role,
        ends_at: grant.endsAt,
        granted_by: grant.grantedBy,
        granted_at: grant.grantedAt,
      }),
    )
    .returningAll()
    .executeTakeFirstOrThrow();
  return toGrant(row);
}

export async function deleteGrant(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('grants').where('id', '=', id).execute();
}

export const findUserByEmail = (db: ReadHandle, email: string) =>
  db
    .selectFrom('users')
    .select(['id', 'name', 'email'])
    .where('email', '=', email.toLowerCase())
    .executeTakeFirst();

export const findUser = (db: ReadHandle, id: string) =>
  db.selectFrom('users').select(['id', 'name', 'email']).where('id', '=', id).executeTakeFirst();

/** Makes an account; false when the address already has one, also when both came at the same moment. */
export async function insertUser(
  tx: Tx,
  user: {
    id: string;
    name: string;
    email: string;
    passwordHash: string | null;
    at: Instant;
    credentialId: string;
  },
): Promise<boolean> {
  const inserted = await tx
    .insertInto('users')
    .values({
      id: user.id,
      name: user.name,
      email: user.email.toLowerCase(),
      email_verified: 0,
      image: null,
      created_at: user.at,
      updated_at: user.at,
    })
    .onConflict((conflict) => conflict.column('email').doNothing())
    .returning('id')
    .executeTakeFirst();
  if (!inserted) return false;
  if (user.passwordHash !== null)
    await setPassword(tx, {
      personId: user.id,
      passwordHash: user.passwordHash,
      at: user.at,
      newId: user.credentialId,
    });
  return true;
}

export async function renameUser(tx: Tx, id: string, name: string, at: Instant): Promise<void> {
  await tx.updateTable('users').set({ name, updated_at: at }).where('id', '=', id).execute();
}

/** Sets the password of an account, which may have had none. */
export async function setPassword(
  tx: Tx,
  change: { personId: string; passwordHash: string; at: Instant; newId: string },
): Promise<void> {
  const updated = await tx
    .updateTable('credentials')
    .set({ password: change.passwordHash, updated_at: change.at })
    .where('user_id', '=', change.personId)
    .where('provider_id', '=', 'credential')
    .returning('id')
    .executeTakeFirst();
  if (updated) return;
  await tx
    .insertInto('credentials')
    .values({
      id: change.newId,
      user_id: change.personId,
      account_id: change.personId,
      provider_id: 'credential',
      access_token: null,
      refresh_token: null,
      id_token: null,
      access_token_expires_at: null,
      refresh_token_expires_at: null,
      scope: null,
      password: change.passwordHash,
      created_at: change.at,
      updated_at: change.at,
    })
    .execute();
}

export async function hasPassword(db: ReadHandle, personId: string): Promise<boolean> {
  const row = await db
    .selectFrom('credentials')
    .select('id')
    .where('user_id', '=', personId)
    .where('password', 'is not', null)
    .executeTakeFirst();
  return row !== undefined;
}

export async function insertMember(
  tx: Tx,
  member: { workspaceId: WorkspaceId | string; personId: string; invitedBy: string | null; at: Instant },
): Promise<void> {
  await tx
    .insertInto('members')
    .values({
      workspace_id: member.workspaceId,
      person_id: member.personId,
      joined_at: member.at,
      invited_by: member.invitedBy,
      deactivated_at: null,
    })
    .onConflict((conflict) => conflict.columns(['workspace_id', 'person_id']).doNothing())
    .execute();
}

export async function setDeactivated(
  tx: Tx,
  workspaceId: string,
  personId: string,
  at: Instant | null,
): Promise<void> {
  await tx
    .updateTable('members')
    .set({ deactivated_at: at })
    .where('workspace_id', '=', workspaceId)
    .where('person_id', '=', personId)
    .execute();
}

/** Ends what a person could still come in with: tokens of this workspace, and sessions when no other is left. */
export async function endEntry(tx: Tx, workspaceId: string, personId: string, at: Instant): Promise<void> {
  await tx
    .updateTable('access_tokens')
    .set({ revoked_at: at })
    .where('workspace_id', '=', workspaceId)
    .where('person_id', '=', personId)
    .where('revoked_at', 'is', null)
    .execute();
  await tx
    .updateTable('links')
    .set({ revoked_at: at })
    .where('workspace_id', '=', workspaceId)
    .where('person_id', '=', personId)
    .where('used_at', 'is', null)
    .where('revoked_at', 'is', null)
    .execute();
  const elsewhere = await tx
    .selectFrom('members')
    .select('workspace_id')
    .where('person_id', '=', personId)
    .where('workspace_id', '!=', workspaceId)
    .where('deactivated_at', 'is', null)
    .executeTakeFirst();
  if (!elsewhere) await endSessions(tx, personId);
}

export async function endSessions(tx: Tx, personId: string): Promise<void> {
  await tx.deleteFrom('sessions').where('user_id', '=', personId).execute();
}
