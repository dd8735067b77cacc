/**
 * One-time links: set-up of the first owner, invitations, sign-in, password reset. Each works once, also when
 * two people open it at the same moment; only hashes are stored; the token travels in the link's fragment,
 * which no server log ever sees.
 */
import { roles } from '#domain/access.ts';
import type { GrantScope, PersonActor, Role } from '#domain/access.ts';
import { DomainError } from '#domain/errors.ts';
import type { CommandId, PersonId, WorkspaceId } from '#domain/ids.ts';
import type { RecordPatch } from '#domain/records.ts';
import { day } from '#domain/time.ts';
import type { Instant } from '#domain/time.ts';
import { hasOwner, requireStrongPassword } from '#domain/workspaces/rules.ts';
import type { GrantRecord } from '#domain/workspaces/workspace.ts';
import type { Changes } from '../storage/changes.ts';
import type { Database, ReadHandle, Tx } from '../storage/database.ts';
import type { Commands, Decision } from '../storage/receipts.ts';
import type { LinkKind } from '../storage/tables/people.ts';
import type { Account, Accounts, Credentials } from './accounts.ts';
import type { AccessBell } from './bell.ts';
import { endOfGrantJob } from './grant-ends.ts';
import { findLink, insertLink, listOpenLinks, useLink } from './link-store.ts';
import type { LinkRow } from './link-store.ts';
import { grantPatch, personPatches, workspacePatches } from './records.ts';
import { isSameHash, linkTokenOf, readLinkToken } from './secrets.ts';
import type { Passwords } from './passwords.ts';
import type { Secrets } from './secrets.ts';
import * as store from './store.ts';

export const signInLinkLastsMs = 7 * day;
export const resetLinkLastsMs = day;
/** The workspace that the first owner finds; renamed in the same form. */
export const firstWorkspaceName = 'Stoa';

/** What the page behind a link may show before anybody proved anything. */
export interface LinkFacts {
  kind: LinkKind;
  workspaceName: string;
  /** Of an invitation: what it gives. */
  role: Role | null;
  scope: GrantScope['kind'] | null;
  /** First value of the form, for an invitation that names somebody. */
  email: string | null;
  expiresAt: Instant | null;
}

export interface Redemption {
  token: string;
  name?: string | undefined;
  email?: string | undefined;
  password?: string | undefined;
  /** With the set-up link only. */
  workspaceName?: string | undefined;
}

export interface Redeemed {
  personId: PersonId;
  workspaceId: WorkspaceId;
  cookies: string[];
}

export interface LinkParts {
  db: Database;
  changes: Changes;
  commands: Commands;
  secrets: Secrets;
  passwords: Passwords;
  accounts: Accounts;
  bell: AccessBell;
  now: () => Instant;
  newId: () => string;
}

const after = (at: Instant, ms: number): Instant => new Date(Date.parse(at) + ms).toISOString();

export function createLinks(parts: LinkParts) {
  const { db, changes, commands, secrets, passwords, accounts, bell, now, newId } = parts;

  async function create(
    tx: Tx,
    link: { workspaceId: string; kind: LinkKind; expiresAt: Instant | null; id?: string } & Partial<LinkRow>,
  ): Promise<string> {
    const { workspaceId, kind, expiresAt, id = newId(), ...rest } = link;
    const { token, hash } = linkTokenOf(secrets, id);
    await insertLink(tx, {
      ...rest,
      id,
      workspace_id: workspaceId,
      kind,
      token_hash: hash,
      created_at: now(),
      expires_at: expiresAt,
    });
    return token;
  }

  /** The link of a stored row again; null when it was made with another secret and so works no more. */
  function tokenAgain(row: LinkRow): string | null {
    const { token, hash } = linkTokenOf(secrets, row.id);
    return isSameHash(hash, row.token_hash) ? token : null;
  }

  /**
   * The set-up link while nobody owns the first workspace, whoever else was let in by the command line; the same
   * at every start. Null afterwards.
   */
  async function setUpToken(): Promise<string | null> {
    return db.write(async (tx) => {
      const workspaceId = await firstWorkspace(tx);
      if (hasOwner(await store.listMembers(tx, workspaceId))) return null;
      for (const row of await listOpenLinks(tx, workspaceId, { kind: 'setup', limit: 1 })) {
        const token = tokenAgain(row);
        if (token) return token;
      }
      return create(tx, { workspaceId, kind: 'setup', expiresAt: null, role: 'owner' });
    });
  }

  /** The oldest workspace, made when there is none. */
  async function firstWorkspace(tx: Tx): Promise<WorkspaceId> {
    const [found] = await store.listWorkspaces(tx);
    return found ? (found.id as WorkspaceId) : addWorkspace(tx, firstWorkspaceName);
  }

  /** Another one, in which nobody is yet. */
  async function addWorkspace(tx: Tx, name: string): Promise<WorkspaceId> {
    const id = newId() as WorkspaceId;
    await tx
      .insertInto('workspaces')
      .values({ id, name, created_at: now(), feed_seq: 0, feed_epoch: newId() })
      .execute();
    return id;
  }

  /** The live row behind a token; every other state is a refusal that says which. */
  async function openLink(read: ReadHandle, token: string): Promise<LinkRow> {
    const claimed = readLinkToken(token);
    const row = claimed ? await findLink(read, claimed.linkId) : undefined;
    if (!claimed || !row || !isSameHash(row.token_hash, claimed.hash)) throw new DomainError('link_unknown');
    if (
      row.kind === 'setup' &&
      (row.used_at !== null || hasOwner(await store.listMembers(read, row.workspace_id)))
    )
      throw new DomainError('already_set_up');
    if (row.used_at !== null) throw new DomainError('link_used');
    if (row.revoked_at !== null) throw new DomainError('link_expired');
    if (row.expires_at !== null && row.expires_at <= now()) throw new DomainError('link_expired');
    return row;
  }

  async function look(token: string): Promise<LinkFacts> {
    const row = await openLink(db.read, token);
    const workspace = await store.findWorkspace(db.read, row.workspace_id);
    return {
      kind: row.kind,
      workspaceName: workspace?.name ?? firstWorkspaceName,
      role: row.role,
      scope: row.scope_kind,
      email: row.email,
      expiresAt: row.expires_at,
    };
  }

  async function redeem(
    input: Redemption,
    account: Account | null,
    credentials: Credentials,
  ): Promise<Redeemed> {
    const row = await openLink(db.read, input.token);
    const personId =
      row.kind === 'setup' || row.kind === 'invite'
        ? await join(row, input, account)
        : await enter(row, input);
    await bell.ring(personId);
    const isSignedIn = account?.personId === personId && account.sessionId !== null && row.kind === 'invite';
    return {
      personId,
      workspaceId: row.workspace_id as WorkspaceId,
      cookies: isSignedIn ? [] : await accounts.openSession(personId, credentials),
    };
  }

  /** Set-up and invitation: a new account, or the one already signed in, becomes a member. */
  async function join(row: LinkRow, input: Redemption, account: Account | null): Promise<PersonId> {
    const joining = row.kind === 'invite' && account?.sessionId ? account : null;
    const fresh = joining ? null : await newAccount(input);
    const personId = joining?.personId ?? (newId() as PersonId);
    const name = row.kind === 'setup' ? 'workspaces.setUp' : 'people.join';

    await decideFor(row, { personId, name }, async (tx, at) => {
      const granted = await store.findMember(tx, row.workspace_id, personId);
      if (granted && !granted.active) throw new DomainError('person_deactivated');
      // The link first: whoever comes second at the same moment waits here and then leaves nothing behind.
      if (!(await useLink(tx, row.id, personId, at)))
        throw new DomainError(row.kind === 'setup' ? 'already_set_up' : 'link_used');
      if (fresh) {
        const credentialId = newId();
        if (!(await store.insertUser(tx, { id: personId, ...fresh, at, credentialId })))
          throw new DomainError('email_taken');
      }
      await store.insertMember(tx, {
        workspaceId: row.workspace_id,
        personId,
        invitedBy: row.created_by,
        at,
      });
      const records: RecordPatch[] = [];
      const grant = await giveFromLink(tx, row, personId, at);
      if (grant) records.push(grantPatch(grant));
      if (row.kind === 'setup' && input.workspaceName) {
        await store.renameWorkspace(tx, row.workspace_id, input.workspaceName);
      }
      if (row.kind === 'setup') records.push(...(await workspacePatches(tx, row.workspace_id)));
      records.push(...(await personPatches(tx, row.workspace_id, [personId], at)));
      await changes.recordAccessChange(tx, row.workspace_id, personId);
      return { records, jobs: grant ? endOfGrantJob(row.workspace_id, grant, at) : [] };
    });
    return personId;
  }

  /** An invitation never lowers what the person already holds on the same scope. */
  async function giveFromLink(
    tx: Tx,
    row: LinkRow,
    personId: PersonId,
    at: Instant,
  ): Promise<GrantRecord | null> {
    const role = row.role ?? 'viewer';
    const scope: GrantScope =
      row.scope_kind === null || row.scope_kind === 'workspace'
        ? { kind: 'workspace' }
        : { kind: row.scope_kind, id: row.scope_id ?? '' };
    const held = (await store.listGrants(tx, row.workspace_id, { personIds: [personId] })).find(
      (grant) =>
        grant.scope.kind === scope.kind &&
        (scope.kind === 'workspace' || (grant.scope.kind !== 'workspace' && grant.scope.id === scope.id)),
    );
    const isLive = held && (held.endsAt === null || held.endsAt > at);
    if (held && isLive && roles.indexOf(held.role) >= roles.indexOf(role)) return null;
    return store.putGrant(tx, row.workspace_id, {
      id: held?.id ?? newId(),
      personId,
      scope,
      role,
      endsAt: row.grant_ends_at,
      grantedBy: row.created_by as PersonId | null,
      grantedAt: at,
    });
  }

  /** Sign-in and reset: the account is there already; a new password ends every older session. */
  async function enter(row: LinkRow, input: Redemption): Promise<PersonId> {
    const personId = row.person_id as PersonId;
    const member = await store.findMember(db.read, row.workspace_id, personId);
    if (!member?.active) throw new DomainError('person_deactivated');
    if (row.kind === 'reset' && input.password === undefined)
      throw new DomainError('bad_input', { field: 'password' });
    if (input.password !== undefined) requireStrongPassword(input.password, member.email);
    const passwordHash = input.password === undefined ? null : await passwords.hash(input.password);
    const name = row.kind === 'reset' ? 'people.resetPassword' : 'people.enterByLink';
    await decideFor(row, { personId, name }, async (tx, at) => {
      if (!(await useLink(tx, row.id, personId, at))) throw new DomainError('link_used');
      if (passwordHash !== null) {
        await store.setPassword(tx, { personId, passwordHash, at, newId: newId() });
        await store.endSessions(tx, personId);
      }
      return { records: [] };
    });
    return personId;
  }

  async function newAccount(input: Redemption) {
    const { name, email, password } = input;
    if (!name) throw new DomainError('bad_input', { field: 'name' });
    if (!email) throw new DomainError('bad_input', { field: 'email' });
    if (!password) throw new DomainError('bad_input', { field: 'password' });
    requireStrongPassword(password, email);
    if (await store.findUserByEmail(db.read, email)) throw new DomainError('email_taken');
    return { name, email, passwordHash: await passwords.hash(password) };
  }

  /** Through the common pipeline, so that who came in by which link is on record and in the feed. */
  const decideFor = (
    row: LinkRow,
    who: { personId: PersonId; name: string },
    decide: (tx: Tx, at: Instant) => Promise<Decision>,
  ) => {
    const at = now();
    const workspaceId = row.workspace_id as WorkspaceId;
    const actor: PersonActor = {
      kind: 'person',
      workspaceId,
      personId: who.personId,
      name: '',
      grants: [],
      via: 'session',
    };
    return commands.decide(
      {
        commandId: newId() as CommandId,
        workspaceId,
        baseSeq: null,
        occurredAt: at,
        name: who.name,
        aggregate: `person/${who.personId}`,
        input: { invitationId: row.id, personId: who.personId },
        actor,
        now: at,
      },
      (tx) => decide(tx, at),
    );
  };

  /** A one-time sign-in link for a member: the command line's way to let somebody in. */
  const createSignInToken = (workspaceId: string, personId: string): Promise<string> =>
    db.write((tx) =>
      create(tx, {
        workspaceId,
        kind: 'signIn',
        expiresAt: after(now(), signInLinkLastsMs),
        person_id: personId,
      }),
    );

  const createResetToken = (
    tx: Tx,
    workspaceId: string,
    personId: string,
    by: string | null,
  ): Promise<string> =>
    create(tx, {
      workspaceId,
      kind: 'reset',
      expiresAt: after(now(), resetLinkLastsMs),
      person_id: personId,
      created_by: by,
    });

  return {
    create,
    tokenAgain,
    setUpToken,
    firstWorkspace,
    addWorkspace,
    look,
    redeem,
    createSignInToken,
    createResetToken,
  };
}

export type Links = ReturnType<typeof createLinks>;

/** The path of the page for a token; behind the server's own address it makes the whole link. */
export const linkPath = (token: string): string => `/link#${token}`;
