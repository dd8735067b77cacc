/** What holds about people whatever the screen: owners never run out, nobody hands on more than they hold. */
import { isAtLeast, liveGrants, roleOn } from '../access.ts';
import type { GrantScope, HeldGrant, PersonActor, Resource, Role } from '../access.ts';
import { DomainError } from '../errors.ts';
import type { PersonId } from '../ids.ts';
import type { Instant } from '../time.ts';
import { passwordLengthLeast } from './commands.ts';

/** A member as the rules see them. */
export interface Member {
  personId: PersonId;
  active: boolean;
  grants: readonly HeldGrant[];
}

/** An owner for good: active, and without an end date (else the workspace would one day have none). */
export const isLastingOwner = (member: Member): boolean =>
  member.active &&
  member.grants.some(
    ({ scope, role, endsAt }) => scope.kind === 'workspace' && role === 'owner' && endsAt === null,
  );

/** Whether somebody owns the workspace for good. */
export const hasOwner = (members: readonly Member[]): boolean => members.some(isLastingOwner);

/** Throws `last_owner` when nobody but this person owns the workspace for good. */
export function requireOwnerBesides(members: readonly Member[], personId: PersonId): void {
  const leaving = members.find((member) => member.personId === personId);
  if (!leaving || !isLastingOwner(leaving)) return;
  if (!members.some((member) => member.personId !== personId && isLastingOwner(member)))
    throw new DomainError('last_owner');
}

/** The role in the workspace as a whole at an instant; null for guests. */
export const workspaceRoleAt = (grants: readonly HeldGrant[], at: Instant): Role | null =>
  liveGrants(grants, at).find(({ scope }) => scope.kind === 'workspace')?.role ?? null;

/**
 * Checks a role about to be given: an end must lie ahead, an owner has no end, and nobody gives more than
 * they hold on the same thing.
 */
export function requireGivable(
  giver: PersonActor,
  resource: Resource,
  given: { role: Role; scope: GrantScope; endsAt: Instant | null },
  now: Instant,
): void {
  if (given.endsAt !== null && given.endsAt <= now) throw new DomainError('bad_input', { field: 'endsAt' });
  if (given.role === 'owner' && given.endsAt !== null)
    throw new DomainError('bad_input', { field: 'endsAt' });
  const own = roleOn(giver, resource);
  if (own === null || !isAtLeast(own, given.role)) throw new DomainError('not_allowed');
}

/** Long enough, and not the address itself. Length is what counts; rules about digits make worse passwords. */
export function requireStrongPassword(password: string, email: string): void {
  const isAddress = password.toLowerCase() === email.toLowerCase();
  if (password.length < passwordLengthLeast || isAddress)
    throw new DomainError('weak_password', { least: passwordLengthLeast });
}

/** What happens when ownership is handed over: one step up, one step down, never a moment without an owner. */
export const rolesAfterTransfer = { receiver: 'owner', giver: 'editor' } as const satisfies Record<
  string,
  Role
>;
