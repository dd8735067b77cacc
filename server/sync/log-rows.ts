/** What lies in the tables of the log, wherever they are. `rows-sqlite.ts` and `rows-postgres.ts` read it. */
import type { QuarantinedRow, QuarantineReason, RoomFigures } from './log.ts';

export interface StoredRoom {
  id: number;
  epoch: string;
  head: number;
  /** Grows with everything that changes what a reader may keep: a swap, a row set aside, another epoch. */
  generation: number;
  /** The row that the newest snapshot reaches to; 0 when there is none. */
  snapshotSeq: number;
}

export interface StoredRow {
  seq: number;
  user: string;
  at: number;
  /** `v1`; anything else is of a newer program. */
  enc: string;
  /** `held` rows lie below the newest snapshot, which does not contain them: they wait for something. */
  status: 'stored' | 'held' | 'quarantined';
  reason: QuarantineReason | null;
  bytes: Uint8Array;
  crc: number;
}

/** A snapshot without its text. */
export interface StoredSnapshot {
  uptoSeq: number;
  /** `v1` or `v1+zstd`. */
  enc: string;
  stateVector: Uint8Array;
  deletes: Uint8Array;
  /** Of state vector and deletes together. */
  crc: number;
  /** Of the unpacked state. */
  sha256: Uint8Array;
}

export interface StoredSegment {
  fromSeq: number;
  uptoSeq: number;
  enc: string;
  /** Of the packed bytes. */
  crc: number;
  bytes: Uint8Array;
}

/** Whose the client ids of a room are; see `RoomKnowledge`. */
export interface Owners {
  owners: Map<number, string>;
  unconfirmed: number[];
}

export function ownersOf(rows: Iterable<{ client: number; person: string; isConfirmed: boolean }>): Owners {
  const found: Owners = { owners: new Map(), unconfirmed: [] };
  for (const { client, person, isConfirmed } of rows) {
    found.owners.set(client, person);
    if (!isConfirmed) found.unconfirmed.push(client);
  }
  return found;
}

export interface Rows {
  room(room: string): Promise<StoredRoom | null>;
  /** Rows after a number, in order, ending with the row that passes about `pageBytesLimit`. */
  rowsAfter(roomId: number, seq: number): Promise<StoredRow[]>;
  /** Rows up to a number that are held or quarantined; with `unswept` also those that are packed too. */
  leftBelow(roomId: number, seq: number, unswept: boolean): Promise<StoredRow[]>;
  /** Newest first. */
  snapshots(roomId: number): Promise<StoredSnapshot[]>;
  snapshotState(roomId: number, uptoSeq: number): Promise<Uint8Array>;
  /** Its first bytes, and how many there are. */
  snapshotHead(roomId: number, uptoSeq: number): Promise<{ head: Uint8Array; bytes: number }>;
  /** Packed rows that reach beyond a number, in order. */
  segments(roomId: number, afterSeq: number): Promise<StoredSegment[]>;
  owners(roomId: number, epoch: string): Promise<Owners>;
}

/** Every room that can be named. */
export interface RoomNames {
  names: string[];
  /** Why the list cannot be read to its end; null when it can. */
  broken: string | null;
}

export interface RowSource {
  /** Everything read inside is of one moment. One at a time. */
  consistently<Output>(work: (rows: Rows) => Promise<Output>): Promise<Output>;
  due(nowMs: number): Promise<string[]>;
  /** Of one room, or of all; refused when any of it cannot be read. */
  rooms(room?: string): Promise<RoomFigures[]>;
  names(): Promise<RoomNames>;
  setAside(): Promise<{ room: string; rows: number }[]>;
  quarantine(): Promise<QuarantinedRow[]>;
  close(): Promise<void>;
}
