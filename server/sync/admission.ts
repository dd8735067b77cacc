/**
 * Who may open which socket. The address is judged by form before anything is asked of a database; a session
 * without the right, or no session, is an answer (a close code), since a refused upgrade reaches browsers as
 * a broken line, which y-websocket tries again for ever. Rules A1-A6 in SPEC.md.
 */
import type { IncomingMessage } from 'node:http';
import { can, liveGrants } from '#domain/access.ts';
import type { Action, PersonActor, Resource } from '#domain/access.ts';
import { errorCodeOf } from '#domain/errors.ts';
import { documentId, workspaceId } from '#domain/ids.ts';
import type { DocumentId, WorkspaceId } from '#domain/ids.ts';
import { documentVersion, parseVersions, protocolVersion } from '#domain/sync/versions.ts';
import type { CloseReason } from '#domain/sync/wire.ts';

export type DocumentResource = Extract<Resource, { kind: 'document' }>;

/** A signed-in person behind a request, by cookie or by `token`. */
export interface SyncSession {
  personId: string;
  /**
   * Who they are in a workspace, asked anew each time: null for strangers there. Throws `not_signed_in` when
   * the session or token has ended meanwhile.
   */
  actorIn(workspaceId: WorkspaceId): Promise<PersonActor | null>;
}

/** What the sync server must be told by the rest of the house. */
export interface SyncAccess {
  /** Null for nobody. `token` is the query's, never to be logged. */
  sessionOf(request: IncomingMessage, token: string | null): Promise<SyncSession | null>;
  /** Null when there is no such document. */
  documentResource(documentId: DocumentId): Promise<DocumentResource | null>;
  /** Put away: it can be read, not changed. What was written meanwhile elsewhere waits there until it is back. */
  isArchived(documentId: DocumentId): Promise<boolean>;
}

export type Target =
  | {
      kind: 'document';
      id: DocumentId;
      token: string | null;
      wantsAcknowledgements: boolean;
      wantsEpoch: boolean;
      wantsBundles: boolean;
      wantsEcho: boolean;
      receives: boolean;
    }
  | { kind: 'changes'; id: WorkspaceId; token: string | null };

/** Longest request target that is looked at. */
export const targetLengthLimit = 2_048;

/** What a request target asks for, by its form alone: nothing is decoded, nothing is looked up. */
export function targetOf(url: string): Target | CloseReason {
  if (url.length > targetLengthLimit) return 'badRoom';
  const [path = '', query = ''] = url.split('?', 2);
  const match = /^\/sync\/(document|changes)\/([^/]+)$/.exec(path);
  if (match === null) return 'badRoom';
  const parameters = new URLSearchParams(query);
  const token = parameters.get('token');
  if (match[1] === 'changes') {
    const id = workspaceId.safeParse(match[2]);
    return id.success ? { kind: 'changes', id: id.data, token } : 'badRoom';
  }
  const id = documentId.safeParse(match[2]);
  if (!id.success) return 'badRoom';
  const announced = parameters.get('v');
  const versions = announced === null ? null : parseVersions(announced);
  if (announced !== null && versions === null) return 'badRoom';
  if (versions !== null && (versions.protocol !== protocolVersion || versions.document > documentVersion))
    return 'updateApp';
  return {
    kind: 'document',
    id: id.data,
    token,
    wantsAcknowledgements: parameters.get('ack') === '1',
    wantsEpoch: parameters.get('epoch') === '1',
    wantsBundles: parameters.get('bundle') === '1',
    wantsEcho: parameters.get('echo') === '1',
    // An older app would destroy what it does not know, but what it wrote offline merges well.
    receives: versions === null || versions.document === documentVersion,
  };
}

export interface Right {
  actor: PersonActor;
  canWrite: boolean;
}

export interface Admission {
  /** A person's right in a document, or why they have none. */
  onDocument(session: SyncSession, id: DocumentId): Promise<Right | CloseReason>;
  inWorkspace(session: SyncSession, id: WorkspaceId): Promise<Right | CloseReason>;
}

export function createAdmission(access: SyncAccess, now: () => string): Admission {
  const judge = (actor: PersonActor | null, resource: Resource, read: Action, write: Action) => {
    if (actor === null) return 'notAllowed';
    const live = { ...actor, grants: liveGrants(actor.grants, now()) };
    if (!can(live, read, resource)) return 'notAllowed';
    return { actor: live, canWrite: can(live, write, resource) };
  };

  return {
    async onDocument(session, id) {
      const resource = await access.documentResource(id);
      if (resource === null) return 'notFound';
      const actor = await session.actorIn(resource.workspaceId);
      const right = judge(actor, resource, 'document.read', 'document.edit');
      if (typeof right === 'string' || !right.canWrite) return right;
      return { ...right, canWrite: !(await access.isArchived(id)) };
    },
    async inWorkspace(session, id) {
      const actor = await session.actorIn(id);
      return judge(actor, { kind: 'workspace', workspaceId: id }, 'workspace.enter', 'workspace.enter');
    },
  };
}

/** How an error on the way in is said on a socket. */
export function closeReasonOf(error: unknown): CloseReason {
  switch (errorCodeOf(error)) {
    case 'not_signed_in':
      return 'notSignedIn';
    case 'not_allowed':
    case 'person_deactivated':
      return 'notAllowed';
    case 'not_found':
      return 'notFound';
    case 'stopping':
      return 'stopping';
    default:
      return 'failed';
  }
}
