/**
 * Personal access tokens: a script's way in, with the rights of one person in one workspace, except to manage
 * people, sessions or tokens. Shown once, stored as a hash.
 */
import type { PersonActor } from '#domain/access.ts';
import { can } from '#domain/access.ts';
import { DomainError } from '#domain/errors.ts';
import type { PersonId, WorkspaceId } from '#domain/ids.ts';
import { hour } from '#domain/time.ts';
import type { Instant } from '#domain/time.ts';
import type { Database } from '../storage/database.ts';
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

export interface TokenHolder {
  personId: PersonId;
  workspaceId: WorkspaceId;
  name: string;
  email: string;
}

export interface TokenParts {
  db: Database;
  bell: AccessBell;
  now: () => Instant;
  newId: () => string;
  randomBytes: (count: number) => Uint8Array;
}

export function createTokens({ db, bell, now, newId, randomBytes }: TokenParts) {
  const requireOwn = (actor: PersonActor): void => {
    if (!can(actor, 'account.own', { kind: 'workspace', workspaceId: actor.workspaceId }))
      throw new DomainError('not_allowed');
  };

  async function list(actor: PersonActor): Promise<AccessTokenFacts[]> {
    requireOwn(actor);
    const rows = await db.read
      .selectFrom('access_tokens')
      .selectAll()
      .where('workspace_id', '=', actor.workspaceId)
      .where('person_id', '=', actor.personId)
      .where('revoked_at', 'is', null)
      .orderBy('created_at', 'desc')
      .execute();
    return rows.map((row) => ({
      id: row.id,
      name: row.name,
      createdAt: row.created_at,
      expiresAt: row.expires_at,
      lastUsedAt: row.last_used_at,
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
      tx
        .updateTable('access_tokens')
        .set({ revoked_at: now() })
        .where('id', '=', id)
        .where('workspace_id', '=', actor.workspaceId)
        .where('person_id', '=', actor.personId)
        .where('revoked_at', 'is', null)
        .returning('id')
        .executeTakeFirst(),
    );
    if (!row) throw new DomainError('not_found');
    await bell.ring(actor.personId);
  }

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

  return { list, add, revoke, create, holderOf };
}

export type Tokens = ReturnType<typeof createTokens>;
