/** Tables that every noun stands on: workspaces, receipts, the change feed, jobs. */
import type { Instant } from '#domain/time.ts';

export interface CoreTables {
  workspaces: {
    id: string;
    name: string;
    created_at: Instant;
    /** Last sequence number given out; taken under this row's lock, so commit order is number order. */
    feed_seq: number;
    /** Changes after a restore: devices then read everything anew. */
    feed_epoch: string;
  };
  /** One row for each command ever decided: the answer to give again, and the record of who did what. */
  receipts: {
    command_id: string;
    workspace_id: string;
    /** A person's id, or `visitor`, or `system`. */
    actor_id: string;
    name: string;
    /** The aggregate, `case/<id>`. */
    aggregate: string;
    input_hash: string;
    input: string;
    outcome: 'accepted' | 'refused';
    /** JSON: a CommandAnswer, or `{ code, details }`. */
    answer: string;
    occurred_at: Instant;
    recorded_at: Instant;
    seq: number | null;
  };
  /**
   * The change feed: the newest sequence number of each record, one row a record, so that reading from zero
   * yields everything once and the feed never outgrows the data.
   */
  changes: {
    workspace_id: string;
    kind: string;
    record_id: string;
    seq: number;
  };
  jobs: {
    id: string;
    workspace_id: string;
    kind: string;
    /** At most one waiting job per kind and key. */
    key: string;
    payload: string;
    run_after: Instant;
    attempts: number;
    last_error: string | null;
    created_at: Instant;
  };
}
