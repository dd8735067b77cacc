/**
 * Tables of people and access. The first four are better-auth's (see `server/workspaces/auth.ts`): an account
 * belongs to the server, because one person may work in several workspaces. Everything a workspace decides
 * about a person carries the workspace's id.
 */
import type { Role } from '#domain/access.ts';
import type { Instant } from '#domain/time.ts';

export type LinkKind = 'setup' | 'invite' | 'signIn' | 'reset';

export interface PeopleTables {
  users: {
    id: string;
    name: string;
    email: string;
    email_verified: number;
    image: string | null;
    created_at: Instant;
    updated_at: Instant;
  };
  sessions: {
    id: string;
    user_id: string;
    token: string;
    expires_at: Instant;
    created_at: Instant;
    updated_at: Instant;
    ip_address: string | null;
    user_agent: string | null;
  };
  credentials: {
    id: string;
    user_id: string;
    account_id: string;
    provider_id: string;
    access_token: string | null;
    refresh_token: string | null;
    id_token: string | null;
    access_token_expires_at: Instant | null;
    refresh_token_expires_at: Instant | null;
    scope: string | null;
    password: string | null;
    created_at: Instant;
    updated_at: Instant;
  };
  verifications: {
    id: string;
    identifier: string;
    value: string;
    expires_at: Instant;
    created_at: Instant;
    updated_at: Instant;
  };

  members: {
    workspace_id: string;
    person_id: string;
    joined_at: Instant;
    /** Null for the first owner and for people added on the command line. */
    invited_by: string | null;
    deactivated_at: Instant | null;
  };
  /** A grant whose scope is the workspace is the person's role there. One row a person and scope. */
  grants: {
    id: string;
    workspace_id: string;
    person_id: string;
    scope_kind: 'workspace' | 'folder' | 'document';
    /** The workspace's, folder's or document's id. */
    scope_id: string;
    role: Role;
    ends_at: Instant | null;
    granted_by: string | null;
    granted_at: Instant;
  };
  /** One-time links. The token is never stored: only its hash. */
  links: {
    id: string;
    workspace_id: string;
    kind: LinkKind;
    token_hash: string;
    /** Whom a sign-in or reset link is for; null for set-up and invitations. */
    person_id: string | null;
    email: string | null;
    role: Role | null;
    scope_kind: 'workspace' | 'folder' | 'document' | null;
    scope_id: string | null;
    grant_ends_at: Instant | null;
    created_by: string | null;
    created_at: Instant;
    /** Null only for the set-up link, which ends when somebody owns the workspace. */
    expires_at: Instant | null;
    used_at: Instant | null;
    used_by: string | null;
    revoked_at: Instant | null;
  };
  /** Personal access tokens, `stoa_<id>_<secret>`, for one person in one workspace; hashed. */
  access_tokens: {
    id: string;
    workspace_id: string;
    person_id: string;
    name: string;
    token_hash: string;
    created_at: Instant;
    expires_at: Instant | null;
    last_used_at: Instant | null;
    revoked_at: Instant | null;
  };
}
