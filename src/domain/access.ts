/**
 * Who may do what. One question, `can(actor, action, resource)`, asked by every tRPC procedure, by the sync
 * server, by the change feed, and by the screens that decide whether to show a button.
 *
 * A person holds grants: for the workspace (their role there), for a folder, or for one document, each with
 * an optional end. The strongest live grant that covers the resource decides. A private draft is covered by
 * its author and by grants for that very document, not by workspace or folder roles.
 */
import type { PersonId, WorkspaceId } from './ids.ts';

/**
 * Request header in which a device names the person it works for. A cookie belongs to the browser, not to the
 * page that sends: with another person's cookie the request counts as signed out.
 */
export const personHeader = 'x-stoa-person';

/** Weakest first. */
export const roles = ['viewer', 'commenter', 'editor', 'owner'] as const;
export type Role = (typeof roles)[number];

export type GrantScope =
  { kind: 'workspace' } | { kind: 'folder'; id: string } | { kind: 'document'; id: string };

export interface HeldGrant {
  scope: GrantScope;
  role: Role;
  /** ISO instant from which it no longer counts; null means until revoked. */
  endsAt: string | null;
}

export interface PersonActor {
  kind: 'person';
  workspaceId: WorkspaceId;
  personId: PersonId;
  name: string;
  grants: readonly HeldGrant[];
  /** How they came in; a personal token cannot manage people, sessions or tokens. */
  via: 'session' | 'token';
}

/** Someone without a session. `address` is a network address for rate limits, never stored. */
export interface Visitor {
  kind: 'visitor';
  address: string;
}

/** Jobs and the operator's command line, which already hold the data folder. */
export interface SystemActor {
  kind: 'system';
  workspaceId: WorkspaceId;
}

export type Actor = PersonActor | Visitor | SystemActor;

/** What is asked about. `folderIds` are the folder and its ancestors. */
export type Resource =
  | { kind: 'workspace'; workspaceId: WorkspaceId }
  | { kind: 'folder'; workspaceId: WorkspaceId; folderIds: readonly string[] }
  | {
      kind: 'document';
      workspaceId: WorkspaceId;
      id: string;
      folderIds: readonly string[];
      visibility: 'workspace' | 'private';
      createdBy: PersonId | null;
    }
  | { kind: 'case'; workspaceId: WorkspaceId }
  | { kind: 'board'; workspaceId: WorkspaceId; visibility: 'internal' | 'public' };

/**
 * Each action with the weakest role that may do it. `public` is open to visitors where the resource is
 * public; `member` is anyone with any live grant, guests of one document included.
 */
export const actions = {
  'workspace.enter': 'member',
  'workspace.read': 'viewer',
  'workspace.manage': 'owner',
  'people.read': 'member',
  'people.manage': 'owner',
  'account.own': 'member',
  'record.read': 'owner',

  'folder.read': 'viewer',
  'folder.manage': 'editor',
  'document.read': 'viewer',
  'document.comment': 'commenter',
  'document.create': 'editor',
  'document.edit': 'editor',
  'document.archive': 'editor',
  'document.share': 'editor',
  'document.export': 'viewer',

  'case.read': 'viewer',
  'case.open': 'commenter',
  'case.work': 'editor',

  'board.read': 'public',
  'board.post': 'public',
  'board.vote': 'public',
  'board.manage': 'editor',
  'feedback.answer': 'editor',
  'feedback.moderate': 'editor',
} as const satisfies Record<string, Role | 'member' | 'public'>;

export type Action = keyof typeof actions;

const rank = (role: Role): number => roles.indexOf(role);
export const isAtLeast = (role: Role, needed: Role): boolean => rank(role) >= rank(needed);

/** The grants that still count at an instant (ISO text, UTC, so that text order is time order). */
export const liveGrants = (grants: readonly HeldGrant[], at: string): HeldGrant[] =>
  grants.filter((grant) => grant.endsAt === null || grant.endsAt > at);

/** The strongest role the grants give on a resource, or null. Grants are taken as live. */
export function roleOn(actor: PersonActor, resource: Resource): Role | null {
  if (actor.workspaceId !== resource.workspaceId) return null;
  const isPrivate = resource.kind === 'document' && resource.visibility === 'private';
  let best: Role | null =
    resource.kind === 'document' && resource.createdBy === actor.personId && isPrivate ? 'owner' : null;
  for (const { scope, role } of actor.grants) {
    const covers =
      scope.kind === 'workspace'
        ? !isPrivate
        : scope.kind === 'folder'
          ? !isPrivate && 'folderIds' in resource && resource.folderIds.includes(scope.id)
          : resource.kind === 'document' && resource.id === scope.id;
    if (covers && (best === null || rank(role) > rank(best))) best = role;
  }
  return best;
}

/** The role in the workspace as a whole; null for guests of a folder or a document, and for visitors. */
export const workspaceRole = (actor: Actor): Role | null =>
  actor.kind === 'person' ? roleOn(actor, { kind: 'workspace', workspaceId: actor.workspaceId }) : null;

export function can(actor: Actor, action: Action, resource: Resource): boolean {
  const needed = actions[action];
  if (actor.kind === 'system') return actor.workspaceId === resource.workspaceId;
  const isPublic = resource.kind === 'board' && resource.visibility === 'public';
  if (actor.kind === 'visitor') return needed === 'public' && isPublic;
  if (actor.workspaceId !== resource.workspaceId) return needed === 'public' && isPublic;
  if (actor.via === 'token' && tokenMayNot.has(action)) return false;
  if (needed === 'member') return actor.grants.length > 0;
  const role = roleOn(actor, resource);
  if (needed === 'public') return isPublic || role !== null;
  return role !== null && isAtLeast(role, needed);
}

/** A leaked script token must not be able to make itself at home. */
const tokenMayNot: ReadonlySet<Action> = new Set(['people.manage', 'workspace.manage', 'account.own']);
