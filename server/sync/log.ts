/**
 * The port to the durable log of updates: rows of opaque Yjs bytes, numbered densely per room in the commit.
 * It is the only truth about a document's text; whatever memory holds can be dropped and read again here.
 * Rules L1-L9 in SPEC.md; contract `test/contracts/log.test.ts`, run on SQLite and PostgreSQL.
 */
import type { Digest } from './digest.ts';
import type { RangePairs } from './ranges.ts';

/** One update as it is handed in: it passed the gates of `room.ts` and is stored byte for byte. */
export interface LogEntry {
  workspaceId: string;
  room: string;
  /** The person who sent it, or `system`. */
  user: string;
  bytes: Uint8Array;
  /**
   * Yjs client ids that belong to `user` from now on, since nobody has them or it is theirs already: written
   * under in this epoch by whom they belong to.
   */
  claims: readonly number[];
}

export interface Binding {
  workspaceId: string;
  room: string;
  user: string;
  clients: readonly number[];
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

export interface WaitingRow {
  user: string;
  size: number;
  /** Null beyond `gapBytesLimit` of them together. */
  bytes: Uint8Array | null;
  digest: Digest;
}

/** What a room must know in order to judge the next update; read from rows that apply. */
export interface RoomKnowledge {
  /** Changes only when a room was restored or rebuilt: devices then push everything again. */
  epoch: string;
  head: number;
  clocks: ReadonlyMap<number, number>;
  /** Deleted ranges as columns (`Ranges.pairs`): they travel between threads, and a text has thousands. */
  deletes: ReadonlyMap<number, RangePairs>;
  /** Yjs client id to the person whose session brought it. */
  owners: ReadonlyMap<number, string>;
  /** Of these the ones whose owner has not written under them, or not since the room was restored. */
  unconfirmed: readonly number[];
  /** Numbers of rows that are left out of every document: damaged on disk, set aside, building on such. */
  skipped: readonly number[];
  /**
   * Yjs client ids whose clocks were set aside with a row that no document takes in. What brings them again
   * is discarded, or the same row would come back with every device that holds it.
   */
  blocked: readonly number[];
  /** Rows that wait for what they build on. */
  waiting: readonly WaitingRow[];
  size: TextSize;
  /** A snapshot was damaged; an older one and the rows kept since then stand in for it. */
  fellBack: boolean;
}

/** About how large a text is (`document-size.ts`), and what of that its snapshot holds. */
export interface TextSize {
  stateBytes: number;
  packedBytes: number;
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
   * Client ids that belong to somebody who has shown them and not yet written under them; nobody's who has them
   * already are taken over. Kept for `bindingKeptMs`, unless they are claimed with a row.
   */
  bind(binding: Binding): Promise<void>;
  /**
   * Rows after a number, oldest first, in pages of about `pageBytesLimit`. Rows damaged on disk are left out,
   * and those that wait for what they build on; the end is reached when `upTo` does not grow.
   */
  read(room: string, afterSeq: number): Promise<LogPage>;
  /** The newest number of a room, 0 when it has no rows. */
  head(room: string): Promise<number>;
  /** Everything a hot room keeps in memory. An unknown room has head 0 and knows nothing. */
  knowledge(room: string): Promise<RoomKnowledge>;
  /** About how large a room's text is now. */
  size(room: string): Promise<TextSize>;
  /** What is missing at a client; `null` asks for everything. Rows that do not fit are left out. */
  state(room: string, clientStateVector: Uint8Array | null): Promise<RoomState>;
  /** What keeps the log small and sound; off the path of updates. */
  readonly upkeep: Upkeep;
  /** Waits for what was handed in, then lets go of files and threads. */
  close(): Promise<void>;
}

/**
 * Why a row was set aside. `damaged` ones are welcome again from whoever has them; `throws`: no document takes it
 * in; `slow`: not in any reasonable time; `unprovable`: none that has taken it in can be written out and read again.
 */
export type QuarantineReason = 'damaged' | 'malformed' | 'circle' | 'throws' | 'slow' | 'unprovable';

export interface QuarantinedRow {
  room: string;
  seq: number;
  user: string;
  at: number;
  reason: QuarantineReason;
  bytes: Uint8Array;
}

/** A room in figures, without content. */
export interface RoomFigures {
  room: string;
  workspaceId: string;
  epoch: string;
  head: number;
  /** Bytes of all rows ever stored. */
  bytes: number;
  /** Rows after the newest snapshot. */
  tailRows: number;
  tailBytes: number;
  /** Bytes on disk of the newest snapshot and of packed rows; the snapshot's row number and time. */
  snapshotBytes: number;
  segmentBytes: number;
  snapshotSeq: number;
  snapshotAt: number | null;
  touchedAt: number;
  /** Rows that were set aside, and rows below the snapshot that wait for something. */
  quarantined: number;
  held: number;
}

/** One row as it was written, wherever it lies now. */
export interface HistoryRow extends LogRow {
  at: number;
  status: 'stored' | 'held' | 'quarantined';
}

export interface Compaction {
  /** `swapped`: there is a new snapshot. `nothing`: none was needed. `moved`: somebody else was first. */
  outcome: 'swapped' | 'nothing' | 'moved';
  /** The row the newest snapshot reaches to. */
  upTo: number;
  /** Rows set aside on the way. */
  quarantined: number[];
}

export interface Upkeep {
  /** Applies fresh rows to a document at hand; sets aside what does not apply and answers its numbers. */
  check(room: string): Promise<number[]>;
  /**
   * Writes a snapshot of everything up to some row and packs those rows. With `retainMs` also lets go of this
   * room's packed rows and older snapshots of at least that age.
   */
  compact(room: string, options?: { retainMs?: number }): Promise<Compaction>;
  /** Rooms with a tail worth compacting now, and rooms whose packed rows still lie unpacked too. */
  due(nowMs: number): Promise<string[]>;
  /** Lets go of packed rows and replaced snapshots of at least this age, in all rooms. */
  expire(olderThanMs: number): Promise<void>;
  rooms(): Promise<RoomFigures[]>;
  /** How many rows of which rooms were set aside, by whatever process. */
  setAside(): Promise<{ room: string; rows: number }[]>;
  quarantine(): Promise<QuarantinedRow[]>;
  /** Every row that is still kept, oldest first, in pages; `upTo` does not grow at the end. */
  history(room: string, afterSeq: number): Promise<{ rows: HistoryRow[]; upTo: number }>;
}

/** Rows, or bytes of rows, after the newest snapshot that make a room worth compacting once it is quiet. */
export const tailRowsLimit = 500;
export const tailBytesLimit = 256 * 1024;
/** A tail larger than its snapshot is worth it too, but not below this. */
export const tailBytesFloor = 16 * 1024;
export const quietRoomMs = 30_000;
/** A room that never falls quiet is compacted when its tail is this many times the limits. */
export const busyRoomFactor = 8;
/** What one compaction takes in; what is left is for the next. */
export const compactionRowsLimit = 50_000;
export const compactionBytesLimit = 16 * 1024 * 1024;
/** Packed rows and replaced snapshots are kept this long, unless the operator chose otherwise. */
export const retentionMs = 7 * 24 * 60 * 60 * 1000;

/** So long a client id that was shown and never written under stays its person's. */
export const bindingKeptMs = 90 * 24 * 60 * 60 * 1000;

/** A page of `read` ends with the row that passes this size. */
export const pageBytesLimit = 1024 * 1024;
/** Entries in one commit; more wait for the next. */
export const batchEntriesLimit = 5_000;
/** Bytes in one commit; a single larger entry goes alone. */
export const batchBytesLimit = 16 * 1024 * 1024;
