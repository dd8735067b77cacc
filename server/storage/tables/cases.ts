/** Tables of cases. The timeline is append-only: a trigger refuses to change or remove a row of it. */
import type { CaseEventType, CaseState, CaseTrack, Severity } from '#domain/cases/case.ts';
import type { Instant } from '#domain/time.ts';

export interface CaseTables {
  /** The newest number given out in a workspace: refs have no gaps. */
  case_counters: {
    workspace_id: string;
    last_number: number;
  };
  cases: {
    workspace_id: string;
    id: string;
    /** The ref is `C-` and this. */
    number: number;
    track: CaseTrack;
    title: string;
    narrative: string;
    severity: Severity;
    state: CaseState;
    owner_id: string | null;
    about_document_id: string | null;
    about_clause_id: string | null;
    about_clause_title: string | null;
    opened_by: string | null;
    opened_at: Instant;
    changed_at: Instant;
    settled_at: Instant | null;
    /** Position and hash of the newest event: what the next one follows. */
    last_position: number;
    last_hash: string;
  };
  case_events: {
    workspace_id: string;
    id: string;
    case_id: string;
    /** 1, 2, 3 … within the case. */
    position: number;
    /** The workspace's number at which it was committed. */
    seq: number;
    command_id: string;
    type: CaseEventType;
    /** JSON: text facts by name. */
    facts: string;
    /** Which shape the facts have; part of the hash. */
    facts_version: number;
    actor_id: string | null;
    actor_name: string;
    occurred_at: Instant;
    recorded_at: Instant;
    prev_hash: string;
    hash: string;
  };
}
