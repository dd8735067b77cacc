/** A workspace, its people, and what they were granted, as records on every member's device. */
import type { GrantScope, Role } from '../access.ts';
import type { PersonId, WorkspaceId } from '../ids.ts';
import type { Instant } from '../time.ts';

export interface WorkspaceRecord {
  id: WorkspaceId;
  name: string;
}

export interface PersonRecord {
  id: PersonId;
  name: string;
  /** Null for readers who are guests: they see names beside carets and comments, not addresses. */
  email: string | null;
  /** Role in the workspace as a whole; null for a guest of some folder or document. */
  role: Role | null;
  active: boolean;
}

export interface GrantRecord {
  id: string;
  personId: PersonId;
  scope: GrantScope;
  role: Role;
  endsAt: Instant | null;
  grantedBy: PersonId | null;
  grantedAt: Instant;
}
