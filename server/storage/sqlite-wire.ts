/**
 * What travels between the SQLite threads and their parent. Every message carries a `kind` of ours: under
 * `node --watch` a worker also posts messages that are not ours, and both sides ignore those.
 */

/** What SQLite stores and gives back. Instants are text, booleans 0 or 1, JSON text. */
export type SqlValue = string | number | bigint | null | Uint8Array;

export interface ThreadSettings {
  /** A file's path, or `:memory:`. */
  path: string;
  readOnly: boolean;
  /** How long a statement waits for another process (the operator's command line) to finish writing. */
  busyTimeoutMs: number;
}

export type ToThread =
  | { kind: 'stoa.run'; id: number; sql: string; parameters: readonly SqlValue[] }
  /** Rolls back if a transaction is open; some errors have already rolled it back. */
  | { kind: 'stoa.rollback'; id: number }
  /** The parent is ready for the next rows of an answer. */
  | { kind: 'stoa.more'; id: number }
  | { kind: 'stoa.close' };

export interface SqlFault {
  message: string;
  code: string;
  /** SQLite's extended result code. */
  errcode: number;
}

export type FromThread =
  | { kind: 'stoa.open' }
  | { kind: 'stoa.cannotOpen'; fault: SqlFault }
  | {
      kind: 'stoa.rows';
      id: number;
      columns: string[];
      /** Values in the order of `columns`: names once per message, not once per row. */
      rows: SqlValue[][];
      more: boolean;
    }
  | { kind: 'stoa.done'; id: number; changes: number; insertId: number | bigint }
  | { kind: 'stoa.fault'; id: number; fault: SqlFault };

/**
 * Rows in one message. The parent's event loop unpacks a message in one go, so a long answer comes in pieces
 * and sockets are served between them.
 */
export const rowsPerMessage = 256;

export const isOurs = <Message extends { kind: string }>(message: unknown): message is Message =>
  typeof message === 'object' &&
  message !== null &&
  typeof (message as { kind?: unknown }).kind === 'string' &&
  (message as { kind: string }).kind.startsWith('stoa.');
