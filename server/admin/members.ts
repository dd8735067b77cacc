/** People of the workspace, as commands name them. */
import { findUserByEmail, listMembers } from '../workspaces/store.ts';
import type { StoredMember } from '../workspaces/store.ts';
import { UsageError } from './command.ts';
import type { AdminContext } from './command.ts';

export async function memberBy(context: AdminContext, address: string): Promise<StoredMember> {
  const { house, workspaceId } = context;
  const user = await findUserByEmail(house.db.read, address);
  const [member] = user ? await listMembers(house.db.read, workspaceId, [user.id]) : [];
  if (!member)
    throw new UsageError(
      `Nobody here has the address ${address}. Add them first: person add ${address} --role editor`,
    );
  return member;
}

/** Who has been an owner for longest; undefined before the first start. */
export async function firstOwner({ house, workspaceId }: AdminContext): Promise<StoredMember | undefined> {
  const members = await listMembers(house.db.read, workspaceId);
  return members
    .filter(({ active, grants }) => active && grants.some(isOwnership))
    .sort((a, b) => (a.joinedAt < b.joinedAt ? -1 : 1))[0];
}

const isOwnership = ({ scope, role }: StoredMember['grants'][number]): boolean =>
  scope.kind === 'workspace' && role === 'owner';
