/**
 * The port to the records database. Asynchronous, because no SQL may run on the event loop that serves
 * sockets: on SQLite one writer thread and a small pool of read-only threads stand behind it, beyond one
 * machine PostgreSQL does. Contract: `test/contracts/database.test.ts`, run on both.
 *
 * Conventions that make one schema serve both: instants are ISO text, booleans are 0 or 1, JSON is text
 * (`json.ts` reads and writes it), bytes are Uint8Array, sequence numbers are safe integers.
 */
import type { Kysely, Transaction } from 'kysely';
import type { Tables } from './tables.ts';

export type ReadHandle = Pick<Kysely<Tables>, 'selectFrom' | 'with' | 'fn'>;
export type Tx = Transaction<Tables>;

export interface Database {
  readonly dialect: 'sqlite' | 'postgres';
  /** Single statements on committed data; each may go to another reader. */
  readonly read: ReadHandle;
  /** Several statements on one consistent picture of the data. */
  snapshot<Result>(work: (tx: ReadHandle) => Promise<Result>): Promise<Result>;
  /**
   * One write transaction; commits when `work` resolves, rolls back when it throws. Inside, use `tx` only:
   * the outer handle would wait for ever on SQLite, which writes one transaction at a time.
   */
  write<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result>;
  /** For libraries that bring their own statements (better-auth). Reads and autocommitted writes. */
  readonly raw: Kysely<Tables>;
  close(): Promise<void>;
}
