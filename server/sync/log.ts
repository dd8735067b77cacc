/**
 * The port to the durable log of updates: rows of opaque Yjs bytes, numbered densely per room in the commit.
 * It is the only truth about a document's text; whatever memory holds can be dropped and read again here.
 * Rules L1-L9 in SPEC.md; contract `test/contracts/log.test.ts`, run on SQLite and PostgreSQL.
 */

/** One update as it is handed in: it passed the gates of `room.ts` and is stored byte for byte. */
export interface LogEntry {
  workspaceId: string;
  room: string;
  /** The person who sent it, or `system`. */
  user: string;
  bytes: Uint8Array;
  /** Yjs client ids that appear in this room for the first time: they belong to `user` from now on. */
  claims: readonly number[];
}

export interface LogRow {
  seq: number;
  user: string;
  bytes: Uint8Array;
}

export interface LogPage {
  rows: LogRow[];
  /** The last number this page looked at: ask on from here. Not below the number asked after. */
  upTo: number;
}

/** A run of clocks of one Yjs client. */
export interface ClockRange {
  clock: number;
  length: number;
}

/** What a room must know in order to judge the next update; read from rows that apply. */
export interface RoomKnowledge {
  /** Changes only when a room was restored or rebuilt: devices then push everything again. */
  epoch: string;
  head: number;
  clocks: ReadonlyMap<number, number>;
  deletes: ReadonlyMap<number, readonly ClockRange[]>;
  /** Yjs client id to the person whose session brought it. */
  owners: ReadonlyMap<number, string>;
  /** Numbers of rows that are left out of every document: damaged on disk, or such that Yjs throws. */
  skipped: readonly number[];
}

export interface RoomState {
  epoch: string;
  head: number;
  /**
   * What a client with the given state vector lacks, as V1 updates to be applied in this order; never empty.
   * Apart, since an update that no document has applied must not be merged with others.
   */
  updates: readonly Uint8Array[];
  /** The room's own state vector, encoded. */
  stateVector: Uint8Array;
}

export interface Log {
  /**
   * Commits; resolves with the numbers, in the order of the entries, when they are on disk. All entries of
   * one call are committed together. After a failure everything that was waiting is refused too, since it
   * may build on what was lost: close the rooms and read them again.
   */
  append(entries: readonly LogEntry[]): Promise<number[]>;
  /** Writes the first row of a room, only if it has none. Tells whether it did. */
  seed(entry: LogEntry): Promise<boolean>;
  /**
   * Rows after a number, oldest first, in pages of about `pageBytesLimit`. Rows damaged on disk are left out;
   * the end is reached when `upTo` does not grow.
   */
  read(room: string, afterSeq: number): Promise<LogPage>;
  /** The newest number of a room, 0 when it has no rows. */
  head(room: string): Promise<number>;
  /** Everything a hot room keeps in memory. An unknown room has head 0 and knows nothing. */
  knowledge(room: string): Promise<RoomKnowledge>;
  /** What is missing at a client; `null` asks for everything. Rows that do not apply are left out. */
  state(room: string, clientStateVector: Uint8Array | null): Promise<RoomState>;
  /** Waits for what was handed in, then lets go of files and threads. */
  close(): Promise<void>;
}

/** A page of `read` ends with the row that passes this size. */
export const pageBytesLimit = 1024 * 1024;
/** Entries in one commit; more wait for the next. */
export const batchEntriesLimit = 5_000;
/** Bytes in one commit; a single larger entry goes alone. */
export const batchBytesLimit = 16 * 1024 * 1024;
