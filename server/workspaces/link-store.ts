/** SQL of one-time links. */
import type { Instant } from '#domain/time.ts';
import type { ReadHandle, Tx } from '../storage/database.ts';
import type { PeopleTables } from '../storage/tables/people.ts';

export type LinkRow = PeopleTables['links'];

export const findLink = (db: ReadHandle, id: string) =>
  db.selectFrom('links').selectAll().where('id', '=', id).executeTakeFirst();

export async function insertLink(
  tx: Tx,
  link: Pick<LinkRow, 'id' | 'workspace_id' | 'kind' | 'token_hash' | 'created_at' | 'expires_at'> &
    Partial<LinkRow>,
): Promise<void> {
  await tx
    .insertInto('links')
    .values({
      person_id: null,
      email: null,
      role: null,
      scope_kind: null,
      scope_id: null,
      grant_ends_at: null,
      created_by: null,
      used_at: null,
      used_by: null,
      revoked_at: null,
      ...link,
    })
    .execute();
}

/**
 * Uses a link up. False when somebody was faster: of two transactions at the same moment the second waits for
 * the first's row and then finds it used.
 */
export async function useLink(tx: Tx, id: string, personId: string, at: Instant): Promise<boolean> {
  const row = await tx
    .updateTable('links')
    .set({ used_at: at, used_by: personId })
    .where('id', '=', id)
    .where('used_at', 'is', null)
    .where('revoked_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

export async function revokeLink(tx: Tx, workspaceId: string, id: string, at: Instant): Promise<boolean> {
  const row = await tx
    .updateTable('links')
    .set({ revoked_at: at })
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .where('used_at', 'is', null)
    .where('revoked_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

/** Withdraws every open invitation to a folder or document that goes. */
export async function revokeInvitationsTo(
  tx: Tx,
  workspaceId: string,
  scope: { kind: 'folder' | 'document'; id: string; at: Instant },
): Promise<void> {
  await tx
    .updateTable('links')
    .set({ revoked_at: scope.at })
    .where('workspace_id', '=', workspaceId)
    .where('kind', '=', 'invite')
    .where('scope_kind', '=', scope.kind)
    .where('scope_id', '=', scope.id)
    .where('used_at', 'is', null)
    .where('revoked_at', 'is', null)
    .execute();
}

/** Links of a kind that still wait to be used, newest first; of everybody, or those one person made. */
export const listOpenLinks = (
  db: ReadHandle,
  workspaceId: string,
  which: { kind: LinkRow['kind']; createdBy?: string; limit: number },
) => {
  let query = db
    .selectFrom('links')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('kind', '=', which.kind)
    .where('used_at', 'is', null)
    .where('revoked_at', 'is', null);
  if (which.createdBy !== undefined) query = query.where('created_by', '=', which.createdBy);
  return query.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(which.limit).execute();
};
