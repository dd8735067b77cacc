/** A case: a violation or a process incident that someone must look into and decide. */
import type { CaseId, DocumentId, PersonId, WorkspaceId } from '../ids.ts';
import { day } from '../time.ts';
import type { Instant } from '../time.ts';

export const caseTracks = ['violation', 'incident'] as const;
export type CaseTrack = (typeof caseTracks)[number];

/** Mildest first. */
export const severities = ['low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof severities)[number];

/** All states of both tracks; which may follow which is in `rules.ts`. */
export const caseStates = [
  'new',
  'triage',
  'investigating',
  'awaiting_external',
  'in_review',
  'decided',
  'mitigated',
  'resolved',
  'closed',
  'invalid',
  'merged',
] as const;
export type CaseState = (typeof caseStates)[number];

export const caseTitleLimit = 200;
export const narrativeLimit = 20_000;
export const reasonLimit = 2_000;
export const noteLimit = 10_000;
export const clauseTitleLimit = 200;

/** Settled cases leave the devices' working set after this long; the server keeps them for good. */
export const workingSetMs = 90 * day;

export interface CaseRecord {
  id: CaseId;
  workspaceId: WorkspaceId;
  /** `C-000123`, given by the server; null while the case exists on a device only. */
  ref: string | null;
  track: CaseTrack;
  title: string;
  /** What happened, in the opener's words. */
  narrative: string;
  severity: Severity;
  state: CaseState;
  ownerId: PersonId | null;
  /** The rule it is about: a document, or one clause of it with its heading as the opener read it. */
  about: { documentId: DocumentId; clause: { id: string; title: string } | null } | null;
  openedBy: PersonId | null;
  openedAt: Instant;
  changedAt: Instant;
  /** Since when nothing is left to do (closed, invalid, merged); null while there is. */
  settledAt: Instant | null;
}

export const caseEventTypes = [
  'opened',
  'claimed',
  'released',
  'state_changed',
  'severity_changed',
  'retitled',
  'noted',
] as const;
export type CaseEventType = (typeof caseEventTypes)[number];

/** One entry of the timeline. Written once, never changed or removed; a correction is a new event. */
export interface CaseEvent {
  id: string;
  caseId: CaseId;
  type: CaseEventType;
  /** Type-dependent facts, enough to rebuild the case from its events alone: see `timeline.ts`. */
  facts: Record<string, string>;
  actorId: PersonId | null;
  /** The actor's name on that day. */
  actorName: string;
  /** The device's clock at the gesture, and the server's when it was recorded (null while waiting). */
  occurredAt: Instant;
  recordedAt: Instant | null;
  /**
   * Place in the timeline from 1 without gaps, and the chain: each hash covers the event and the hash before
   * it. The server gives all three; null while waiting.
   */
  position: number | null;
  prevHash: string | null;
  hash: string | null;
}

/** `C-000123` from 123. */
export const refOf = (number: number): string => `C-${String(number).padStart(6, '0')}`;
