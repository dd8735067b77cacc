/** People, grants and the workspace as records, and who may see what of them. */
import { can, workspaceRole } from '#domain/access.ts';
import type { PersonActor, Resource } from '#domain/access.ts';
import type { RecordPatch } from '#domain/records.ts';
import type { Instant } from '#domain/time.ts';
import { workspaceRoleAt } from '#domain/workspaces/rules.ts';
import type { GuestScope } from '#domain/workspaces/commands.ts';
import type { GrantRecord, PersonRecord } from '#domain/workspaces/workspace.ts';
import type { WorkspaceId } from '#domain/ids.ts';
import type { RecordLoader } from '../storage/changes.ts';
import type { ReadHandle } from '../storage/database.ts';
import { findWorkspace, listGrants, listMembers } from './store.ts';
import type { StoredMember } from './store.ts';

/** Handed over by main.ts: what documents and folders say about themselves, for those who share them. */
export interface Scopes {
  /** The document or folder as `can` asks about it; null when there is none. */
  resourceOf(read: ReadHandle, workspaceId: WorkspaceId, scope: GuestScope): Promise<Resource | null>;
}

/** Who may give and take roles on a document or folder. */
export const mayShare = (actor: PersonActor, resource: Resource | null): boolean =>
  resource !== null && can(actor, resource.kind === 'folder' ? 'folder.manage' : 'document.share', resource);

const toPerson = (member: StoredMember, at: Instant): PersonRecord => ({
  id: member.personId,
  name: member.name,
  email: member.email,
  role: workspaceRoleAt(member.grants, at),
  active: member.active,
});

/** People as the answer to those who may manage them. */
export async function personPatches(
  read: ReadHandle,
  workspaceId: string,
  personIds: readonly string[],
  at: Instant,
): Promise<RecordPatch[]> {
  const members = await listMembers(read, workspaceId, personIds);
  return members.map((member) => ({ kind: 'person', id: member.personId, value: toPerson(member, at) }));
}

/** The workspace itself, as those who are in it see it. */
export async function workspacePatches(read: ReadHandle, workspaceId: string): Promise<RecordPatch[]> {
  const row = await findWorkspace(read, workspaceId);
  const id = workspaceId as WorkspaceId;
  return row ? [{ kind: 'workspace', id, value: { id, name: row.name } }] : [];
}

export const grantPatch = (grant: GrantRecord): RecordPatch => ({
  kind: 'grant',
  id: grant.id,
  value: grant,
});

export function createPeopleLoaders({ scopes, now }: { scopes: Scopes; now: () => Instant }) {
  const workspace: RecordLoader<'workspace'> = async (read, actor, ids) => {
    const found = new Map<string, { id: WorkspaceId; name: string }>();
    if (!ids.includes(actor.workspaceId)) return found;
    const row = await findWorkspace(read, actor.workspaceId);
    if (row) found.set(row.id, { id: actor.workspaceId, name: row.name });
    return found;
  };

  const person: RecordLoader<'person'> = async (read, actor, ids) => {
    const resource = { kind: 'workspace', workspaceId: actor.workspaceId } as const;
    if (!can(actor, 'people.read', resource)) return new Map();
    const isGuest = workspaceRole(actor) === null;
    const members = await listMembers(read, actor.workspaceId, ids);
    return new Map(
      members.map((member) => {
        const record = toPerson(member, now());
        const isHidden = isGuest && member.personId !== actor.personId;
        return [member.personId, isHidden ? { ...record, email: null } : record];
      }),
    );
  };

  const grant: RecordLoader<'grant'> = async (read, actor, ids) => {
    const visible = new Map<string, GrantRecord>();
    const isOwner = can(actor, 'people.manage', { kind: 'workspace', workspaceId: actor.workspaceId });
    for (const record of await listGrants(read, actor.workspaceId, { ids })) {
      const isSeen =
        isOwner ||
        record.personId === actor.personId ||
        (record.scope.kind !== 'workspace' &&
          mayShare(actor, await scopes.resourceOf(read, actor.workspaceId, record.scope as GuestScope)));
      if (isSeen) visible.set(record.id, record);
    }
    return visible;
  };

  return { workspace, person, grant };
}
