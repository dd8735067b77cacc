/**
 * The port for work that follows a commit. A job is inserted in the transaction that makes it necessary, so
 * a crash between commit and work loses nothing: the job is found at the next start. Handlers are therefore
 * idempotent: they may run again.
 */
import type { Tx } from '../storage/database.ts';

export interface NewJob {
  workspaceId: string;
  kind: string;
  /** A waiting job with the same kind and key absorbs this one. */
  key: string;
  payload: Record<string, string | number | boolean | null>;
  /** Milliseconds to wait before the first try. */
  delayMs?: number;
}

export type JobHandler = (payload: NewJob['payload'], workspaceId: string) => Promise<void>;

export interface Queue {
  add(tx: Tx, jobs: readonly NewJob[]): Promise<void>;
  /** Call after the commit of a transaction that added jobs. */
  wake(): void;
  handle(kind: string, handler: JobHandler): void;
  start(): void;
  /** Waits for running handlers. */
  stop(): Promise<void>;
  /** Resolves when nothing is waiting that could run now; for tests and orderly tools. */
  idle(): Promise<void>;
}
