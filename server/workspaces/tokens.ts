/**
 * Personal access tokens: a script's way in, with the rights of one person in one workspace, except to manage
 * people, sessions or tokens. Shown once, stored as a hash.
 */
import type { Selectable } from 'kysely';
import type { PersonActor } from '#domain/access.ts';
import { can } from '#domain/access.ts';
import { DomainError } from '#domain/errors.ts';
import type { PersonId, WorkspaceId } from '#domain/ids.ts';
import { hour } from '#domain/time.ts';
import type { Instant } from '#domain/time.ts';
import type { Changes } from '../storage/changes.ts';
import type { Database, Tx } from '../storage/database.ts';
import type { Tables } from '../storage/tables.ts';
import type { AccessBell } from './bell.ts';
import { accessTokenOf, isSameHash, readAccessToken, secretBytes } from './secrets.ts';

/** Live tokens of one person in one workspace. */
export const tokensLimit = 50;
export const tokenNameLengthLimit = 80;
/** "Last used" is a help for tidying up, not a log: written at most this often. */
const lastUsedEveryMs = hour;

export interface AccessTokenFacts {
  id: string;
  name: string;
  createdAt: Instant;
  expiresAt: Instant | null;
  lastUsedAt: Instant | null;
}

export interface HeldToken extends AccessTokenFacts {
  personId: PersonId;
  email: string;
}

export interface TokenHolder {
  personId: PersonId;
  workspaceId: WorkspaceId;
  name: string;
  email: string;
}

export interface TokenParts {
  db: Database;
  changes: Changes;
  bell: AccessBell;
  now: () => Instant;
  newId: () => string;
  randomBytes: (count: number) => Uint8Array;
}

export function createTokens({ db, changes, bell, now, newId, randomBytes }: TokenParts) {
  const requireOwn = (actor: PersonActor): void => {
    if (!can(actor, 'account.own', { kind: 'workspace', workspaceId: actor.workspaceId }))
      throw new DomainError('not_allowed');
  };

  const notRevoked = (workspaceId: WorkspaceId) =>
    db.read
      .selectFrom('access_tokens')
      .innerJoin('users', 'users.id', 'access_tokens.person_id')
      .selectAll('access_tokens')
      .select('users.email')
      .where('workspace_id', '=', workspaceId)
      .where('revoked_at', 'is', null)
      .orderBy('access_tokens.created_at', 'desc');

  async function list(actor: PersonActor): Promise<AccessTokenFacts[]> {
    requireOwn(actor);
    const rows = await notRevoked(actor.workspaceId).where('person_id', '=', actor.personId).execute();
    return rows.map(factsOf);
  }

  /** For the command line: everybody's. */
  async function listAll(workspaceId: WorkspaceId): Promise<HeldToken[]> {
    const rows = await notRevoked(workspaceId).execute();
    return rows.map((row) => ({
      ...factsOf(row),
      personId: row.person_id as PersonId,
      email: row.email,
    }));
  }

  /** For the command line: makes a token for a person who is a member of the workspace. */
  async function create(
    whose: { workspaceId: string; personId: string },
    wish: { name: string; expiresAt: Instant | null },
  ): Promise<{ id: string; token: string }> {
    const id = newId();
    const { token, hash } = accessTokenOf(id, randomBytes(secretBytes));
    await db.write(async (tx) => {
      const { count } = await tx
        .selectFrom('access_tokens')
        .select(({ fn }) => fn.countAll<number | string>().as('count'))
        .where('workspace_id', '=', whose.workspaceId)
        .where('person_id', '=', whose.personId)
        .where('revoked_at', 'is', null)
        .executeTakeFirstOrThrow();
      if (Number(count) >= tokensLimit) throw new DomainError('too_large', { limit: tokensLimit });
      await tx
        .insertInto('access_tokens')
        .values({
          id,
          workspace_id: whose.workspaceId,
          person_id: whose.personId,
          name: wish.name,
          token_hash: hash,
          created_at: now(),
          expires_at: wish.expiresAt,
          last_used_at: null,
          revoked_at: null,
        })
        .execute();
    });
    return { id, token };
  }

  async function add(
    actor: PersonActor,
    wish: { name: string; expiresAt: Instant | null },
  ): Promise<{ id: string; token: string }> {
    requireOwn(actor);
    if (wish.expiresAt !== null && wish.expiresAt <= now())
      throw new DomainError('bad_input', { field: 'expiresAt' });
    return create(actor, wish);
  }

  async function revoke(actor: PersonActor, id: string): Promise<void> {
    requireOwn(actor);
    const row = await db.write((tx) =>
      revoking(tx, actor.workspaceId, id).where('person_id', '=', actor.personId).executeTakeFirst(),
    );
    if (!row) throw new DomainError('not_found');
    await bell.ring(actor.personId);
  }

  /**
   * For the command line, whoever's it is. That is a process of its own: the server, which holds the sockets,
   * finds the change of rights in the feed.
   */
  async function remove(workspaceId: WorkspaceId, id: string): Promise<void> {
    const row = await db.write(async (tx) => {
      await changes.lock(tx, workspaceId);
      const revoked = await revoking(tx, workspaceId, id).executeTakeFirst();
      if (revoked) await changes.recordAccessChange(tx, workspaceId, revoked.person_id);
      return revoked;
    });
    if (!row) throw new DomainError('not_found');
    await bell.ring(row.person_id);
  }

  const revoking = (tx: Tx, workspaceId: WorkspaceId, id: string) =>
    tx
      .updateTable('access_tokens')
      .set({ revoked_at: now() })
      .where('id', '=', id)
      .where('workspace_id', '=', workspaceId)
      .where('revoked_at', 'is', null)
      .returning('person_id');

  /** Whose token this is; null for anything that is not a live token. */
  async function holderOf(token: string): Promise<TokenHolder | null> {
    const claimed = readAccessToken(token);
    if (!claimed) return null;
    const row = await db.read
      .selectFrom('access_tokens')
      .innerJoin('users', 'users.id', 'access_tokens.person_id')
      .selectAll('access_tokens')
      .select(['users.name as person_name', 'users.email'])
      .where('access_tokens.id', '=', claimed.id)
      .executeTakeFirst();
    const at = now();
    if (!row || !isSameHash(row.token_hash, claimed.hash) || row.revoked_at !== null) return null;
    if (row.expires_at !== null && row.expires_at <= at) return null;
    if (row.last_used_at === null || Date.parse(row.last_used_at) + lastUsedEveryMs < Date.parse(at))
      await db.write((tx) =>
        tx.updateTable('access_tokens').set({ last_used_at: at }).where('id', '=', row.id).execute(),
      );
    return {
      personId: row.person_id as PersonId,
      workspaceId: row.workspace_id as WorkspaceId,
      name: row.person_name,
      email: row.email,
    };
  }

  return { list, listAll, add, revoke, remove, create, holderOf };
}

const factsOf = (row: Selectable<Tables['access_tokens']>): AccessTokenFacts => ({
  id: row.id,
  name: row.name,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  lastUsedAt: row.last_used_at,
});

export type Tokens = ReturnType<typeof createTokens>;
