/**
 * Who is asking: from a session cookie or a personal access token to an account, and from an account to the
 * actor of one workspace with the grants that live now. Also what an account does with itself.
 */
import { APIError } from 'better-auth/api';
import { liveGrants } from '#domain/access.ts';
import type { HeldGrant, PersonActor, Role } from '#domain/access.ts';
import { DomainError } from '#domain/errors.ts';
import type { PersonId, WorkspaceId } from '#domain/ids.ts';
import type { Instant } from '#domain/time.ts';
import { requireStrongPassword, workspaceRoleAt } from '#domain/workspaces/rules.ts';
import type { Database } from '../storage/database.ts';
import { sessionCookieName } from './auth.ts';
import type { Auth } from './auth.ts';
import type { AccessBell } from './bell.ts';
import { findMember, findUserByEmail, hasPassword, listMemberships, setPassword } from './store.ts';
import type { Passwords } from './passwords.ts';
import type { Tokens } from './tokens.ts';

/** The signed-in person without regard to a workspace. */
export interface Account {
  personId: PersonId;
  name: string;
  email: string;
  /** Null when a token was shown. */
  sessionId: string | null;
  via: 'session' | 'token';
  /** A token opens one workspace only; null for a session. */
  onlyWorkspace: WorkspaceId | null;
}

/** What of a request tells who is asking. */
export interface Credentials {
  cookie: string | undefined;
  /** The text of a personal access token, from `Authorization: Bearer` or, on a socket, `?token=`. */
  token: string | undefined;
  userAgent?: string | undefined;
}

export interface Identified {
  account: Account | null;
  /** `Set-Cookie` lines that prolong the session. */
  cookies: string[];
}

export interface AccountFacts {
  personId: PersonId;
  name: string;
  email: string;
  via: 'session' | 'token';
  hasPassword: boolean;
  memberships: { workspaceId: WorkspaceId; workspaceName: string; role: Role | null; grants: HeldGrant[] }[];
}

export interface SessionFacts {
  id: string;
  isThis: boolean;
  createdAt: Instant;
  lastSeenAt: Instant;
  expiresAt: Instant;
  /** The browser's own description of itself. */
  device: string | null;
}

export const hasSessionCookie = (cookie: string | undefined): boolean =>
  cookie !== undefined && cookie.includes(`${sessionCookieName}=`);

interface AccountParts {
  db: Database;
  auth: Auth;
  passwords: Passwords;
  tokens: Tokens;
  bell: AccessBell;
  now: () => Instant;
  newId: () => string;
}

const headersOf = ({ cookie, userAgent }: Credentials): Headers => {
  const headers = new Headers();
  if (cookie) headers.set('cookie', cookie);
  if (userAgent) headers.set('user-agent', userAgent.slice(0, 300));
  return headers;
};

export function createAccounts({ db, auth, passwords, tokens, bell, now, newId }: AccountParts) {
  /** A wrong or ended token or session is nobody, not an error: the procedure decides whether that will do. */
  async function identify(credentials: Credentials, { renew = true } = {}): Promise<Identified> {
    if (credentials.token !== undefined) {
      const holder = await tokens.holderOf(credentials.token);
      if (!holder) return { account: null, cookies: [] };
      const { personId, name, email, workspaceId } = holder;
      return {
        account: { personId, name, email, sessionId: null, via: 'token', onlyWorkspace: workspaceId },
        cookies: [],
      };
    }
    if (!hasSessionCookie(credentials.cookie)) return { account: null, cookies: [] };
    const { headers, response } = await auth.api.getSession({
      headers: headersOf(credentials),
      query: { disableRefresh: !renew },
      returnHeaders: true,
    });
    if (!response) return { account: null, cookies: headers.getSetCookie() };
    const { user, session } = response;
    return {
      account: {
        personId: user.id as PersonId,
        name: user.name,
        email: user.email,
        sessionId: session.id,
        via: 'session',
        onlyWorkspace: null,
      },
      cookies: headers.getSetCookie(),
    };
  }

  /** The actor an account is in a workspace. Throws not_signed_in, person_deactivated or not_allowed. */
  async function actorIn(account: Account | null, workspaceId: WorkspaceId): Promise<PersonActor> {
    if (!account) throw new DomainError('not_signed_in');
    if (account.onlyWorkspace !== null && account.onlyWorkspace !== workspaceId)
      throw new DomainError('not_allowed');
    const member = await findMember(db.read, workspaceId, account.personId);
    if (!member) throw new DomainError('not_allowed');
    if (!member.active) throw new DomainError('person_deactivated');
    const grants = liveGrants(member.grants, now());
    if (grants.length === 0) throw new DomainError('not_allowed');
    return {
      kind: 'person',
      workspaceId,
      personId: account.personId,
      name: member.name,
      grants,
      via: account.via,
    };
  }

  async function facts(account: Account): Promise<AccountFacts> {
    const at = now();
    const memberships: AccountFacts['memberships'] = [];
    for (const row of await listMemberships(db.read, account.personId)) {
      if (row.deactivated_at !== null) continue;
      if (account.onlyWorkspace !== null && account.onlyWorkspace !== row.id) continue;
      const member = await findMember(db.read, row.id, account.personId);
      const grants = liveGrants(member?.grants ?? [], at);
      if (grants.length === 0) continue;
      const workspaceId = row.id as WorkspaceId;
      memberships.push({ workspaceId, workspaceName: row.name, role: workspaceRoleAt(grants, at), grants });
    }
    const { personId, name, email, via } = account;
    return { personId, name, email, via, hasPassword: await hasPassword(db.read, personId), memberships };
  }

  /** Opens a session; the answer is the `Set-Cookie` lines. */
  async function signIn(
    input: { email: string; password: string },
    credentials: Credentials,
  ): Promise<string[]> {
    const { headers } = await auth.api
      .signInEmail({
        body: input,
        headers: headersOf({ ...credentials, cookie: undefined }),
        returnHeaders: true,
      })
      .catch(refusal);
    const user = await findUserByEmail(db.read, input.email);
    const memberships = user ? await listMemberships(db.read, user.id) : [];
    if (user && memberships.length > 0 && memberships.every((row) => row.deactivated_at !== null)) {
      await db.write((tx) => tx.deleteFrom('sessions').where('user_id', '=', user.id).execute());
      throw new DomainError('person_deactivated');
    }
    return headers.getSetCookie();
  }

  /** For somebody whom a one-time link has proved. */
  async function openSession(personId: string, credentials: Credentials): Promise<string[]> {
    const { headers } = await auth.api.openSession({
      body: { personId },
      headers: headersOf({ ...credentials, cookie: undefined }),
      returnHeaders: true,
    });
    return headers.getSetCookie();
  }

  /** Ends this session; the `Set-Cookie` lines clear the cookie even when there was no session any more. */
  async function signOut(credentials: Credentials): Promise<string[]> {
    const session = { ...credentials, token: undefined };
    const { account } = await identify(session, { renew: false });
    const { headers } = await auth.api.signOut({ headers: headersOf(session), returnHeaders: true });
    if (account) await bell.ring(account.personId);
    return headers.getSetCookie();
  }

  /** Everything an account does with itself needs a session: a leaked token must not make itself at home. */
  function requireSession(account: Account | null): Account & { sessionId: string } {
    if (!account) throw new DomainError('not_signed_in');
    if (account.sessionId === null) throw new DomainError('not_allowed');
    return { ...account, sessionId: account.sessionId };
  }

  async function listSessions(who: Account | null): Promise<SessionFacts[]> {
    const account = requireSession(who);
    const rows = await db.read
      .selectFrom('sessions')
      .select(['id', 'created_at', 'updated_at', 'expires_at', 'user_agent'])
      .where('user_id', '=', account.personId)
      .where('expires_at', '>', now())
      .orderBy('updated_at', 'desc')
      .execute();
    return rows.map((row) => ({
      id: row.id,
      isThis: row.id === account.sessionId,
      createdAt: row.created_at,
      lastSeenAt: row.updated_at,
      expiresAt: row.expires_at,
      device: row.user_agent,
    }));
  }

  async function revokeSession(who: Account | null, sessionId: string): Promise<void> {
    const account = requireSession(who);
    const row = await db.write((tx) =>
      tx
        .deleteFrom('sessions')
        .where('id', '=', sessionId)
        .where('user_id', '=', account.personId)
        .returning('id')
        .executeTakeFirst(),
    );
    if (!row) throw new DomainError('not_found');
    await bell.ring(account.personId);
  }

  async function revokeOtherSessions(who: Account | null): Promise<void> {
    const account = requireSession(who);
    await db.write((tx) =>
      tx
        .deleteFrom('sessions')
        .where('user_id', '=', account.personId)
        .where('id', '!=', account.sessionId)
        .execute(),
    );
    await bell.ring(account.personId);
  }

  /** For who came in by a link and never had one; against an existing password it is refused as wrong. */
  async function setFirstPassword(account: Account & { sessionId: string }, next: string): Promise<void> {
    const passwordHash = await passwords.hash(next);
    const { personId, sessionId } = account;
    await db.write(async (tx) => {
      // One at a time for each person, on PostgreSQL too: of two requests at once the second finds a password.
      await tx.updateTable('users').set({ updated_at: now() }).where('id', '=', personId).execute();
      if (await hasPassword(tx, personId)) throw new DomainError('wrong_credentials');
      await setPassword(tx, { personId, passwordHash, at: now(), newId: newId() });
      await tx.deleteFrom('sessions').where('user_id', '=', personId).where('id', '!=', sessionId).execute();
    });
    await bell.ring(personId);
  }

  /** Changes the password and ends all other sessions; the answer is the `Set-Cookie` lines of the new one. */
  async function changePassword(
    who: Account | null,
    change: { current: string | null; next: string },
    credentials: Credentials,
  ): Promise<string[]> {
    const account = requireSession(who);
    requireStrongPassword(change.next, account.email);
    if (change.current === null) {
      await setFirstPassword(account, change.next);
      return [];
    }
    const { headers } = await auth.api
      .changePassword({
        body: { currentPassword: change.current, newPassword: change.next, revokeOtherSessions: true },
        headers: headersOf(credentials),
        returnHeaders: true,
      })
      .catch(refusal);
    await bell.ring(account.personId);
    return headers.getSetCookie();
  }

  return {
    identify,
    actorIn,
    facts,
    signIn,
    openSession,
    signOut,
    listSessions,
    revokeSession,
    revokeOtherSessions,
    changePassword,
  };
}

export type Accounts = ReturnType<typeof createAccounts>;

/** better-auth refuses with an APIError; whatever it says, the reader learns only that it was wrong. */
function refusal(error: unknown): never {
  if (error instanceof APIError && error.statusCode < 500) throw new DomainError('wrong_credentials');
  throw error;
}
