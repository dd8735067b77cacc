/** Who can open a document or a folder, and why: what a person who shares it is shown, in the terms of `can`. */
import { isAtLeast, liveGrants, roles } from '../access.ts';
import type { Resource, Role } from '../access.ts';
import type { FolderId } from '../ids.ts';
import type { Instant } from '../time.ts';
import type { GrantRecord, PersonRecord } from './workspace.ts';

export type SharedResource = Extract<Resource, { kind: 'folder' | 'document' }>;

/** One way in. `here` is a grant for this very thing, which whoever shares it can change. */
export type WayIn =
  | { kind: 'author'; role: Role }
  | { kind: 'workspace'; role: Role }
  | { kind: 'folder'; role: Role; folderId: FolderId; endsAt: Instant | null }
  | { kind: 'here'; role: Role; grant: GrantRecord };

export interface Opener {
  person: PersonRecord;
  /** The strongest of the ways, which decides. */
  role: Role;
  ways: readonly WayIn[];
  here: GrantRecord | null;
}

/** What can be given on one document or folder; owning is for the workspace as a whole. */
export const sharedRoles = ['viewer', 'commenter', 'editor'] as const satisfies readonly Role[];

/** The roles that would add something to what a person has already; null is nothing. */
export const rolesAbove = (held: Role | null): Role[] =>
  sharedRoles.filter((role) => held === null || !isAtLeast(held, role));

const isHere = ({ scope }: GrantRecord, resource: SharedResource): boolean =>
  resource.kind === 'document'
    ? scope.kind === 'document' && scope.id === resource.id
    : scope.kind === 'folder' && scope.id === resource.folderIds[0];

function waysOf(person: PersonRecord, grants: readonly GrantRecord[], resource: SharedResource): WayIn[] {
  const isPrivate = resource.kind === 'document' && resource.visibility === 'private';
  const ways: WayIn[] = [];
  for (const grant of grants) {
    const { scope, role, endsAt } = grant;
    if (isHere(grant, resource)) ways.push({ kind: 'here', role, grant });
    else if (scope.kind === 'folder' && !isPrivate && resource.folderIds.includes(scope.id))
      ways.push({ kind: 'folder', role, folderId: scope.id as FolderId, endsAt });
  }
  if (resource.kind === 'document' && isPrivate && resource.createdBy === person.id)
    ways.push({ kind: 'author', role: 'owner' });
  // Grants for the workspace are for owners' eyes; everybody sees the role that comes of them.
  if (person.role !== null && !isPrivate) ways.push({ kind: 'workspace', role: person.role });
  return ways;
}

const order = ({ ways }: Opener): number =>
  Math.min(...ways.map(({ kind }) => ['author', 'here', 'folder', 'workspace'].indexOf(kind)));

/**
 * Everybody active who can open it, as far as this device knows the grants: first those who were let in here,
 * the strongest first, then by name as the locale sorts.
 */
export function openersOf(
  resource: SharedResource,
  known: { people: readonly PersonRecord[]; grants: readonly GrantRecord[] },
  how: { at: Instant; locale: string },
): Opener[] {
  const live = new Set(liveGrants(known.grants, how.at));
  const compare = new Intl.Collator(how.locale).compare;
  return known.people
    .filter(({ active }) => active)
    .map((person): Opener => {
      const own = known.grants.filter((grant) => grant.personId === person.id && live.has(grant));
      const ways = waysOf(person, own, resource);
      return {
        person,
        role: roles[Math.max(...ways.map(({ role }) => roles.indexOf(role)))] ?? 'viewer',
        ways,
        here: ways.find((way) => way.kind === 'here')?.grant ?? null,
      };
    })
    .filter(({ ways }) => ways.length > 0)
    .sort(
      (a, b) =>
        order(a) - order(b) ||
        roles.indexOf(b.role) - roles.indexOf(a.role) ||
        compare(a.person.name, b.person.name),
    );
}
