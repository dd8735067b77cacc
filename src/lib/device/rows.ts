/** What lies in a person's database, row by row. Every row but `meta` belongs to one workspace. */
import type { DBSchema } from 'idb';
import type { ErrorCode, ErrorDetails } from '#domain/errors.ts';
import type { CommandId, WorkspaceId } from '#domain/ids.ts';
import type { AnswerNote, FeedCursor, RecordKind } from '#domain/records.ts';
import type { Instant } from '#domain/time.ts';

/** What the server said; `value: null` remembers a deletion that the change feed has not yet confirmed. */
export interface RecordRow {
  workspaceId: WorkspaceId;
  kind: RecordKind;
  id: string;
  seq: number;
  value: unknown;
}

export interface CursorRow {
  workspaceId: WorkspaceId;
  cursor: FeedCursor | null;
  /** A read from zero is under way that must drop what it does not mention; cut short, it starts again. */
  sweeping: boolean;
  /** The feed was read to its end at least once. */
  complete: boolean;
}

export interface CommandRow {
  commandId: CommandId;
  workspaceId: WorkspaceId;
  /** Position in the outbox: growing on this device, whatever its clock does. */
  order: number;
  name: string;
  aggregate: string;
  input: unknown;
  /** The record that the person had before their eyes, to take its number again on a retry. */
  base: { kind: RecordKind; id: string } | null;
  baseSeq: number | null;
  occurredAt: Instant;
  /** Set when the server refused: the row then waits for the person. */
  refusal: { code: ErrorCode; details: ErrorDetails; at: Instant } | null;
}

/** A command the server accepted, kept for a while in case the server is restored from a backup. */
export interface SentRow {
  commandId: CommandId;
  workspaceId: WorkspaceId;
  confirmedAt: Instant;
  row: CommandRow;
}

export interface CardRow {
  id: string;
  workspaceId: WorkspaceId;
  note: AnswerNote;
  commandName: string;
  at: Instant;
}

export interface RoomRow {
  documentId: string;
  workspaceId: WorkspaceId;
  /** Tab name → since when that tab has text the server has not acknowledged. */
  marks: Record<string, Instant>;
  acknowledgedAt: Instant | null;
  /** The room's epoch at that time; another one means that the server may have lost what it acknowledged. */
  epoch?: string;
  /** Since when the server takes none of what waits; absent while it has not said so. */
  refusedAt?: Instant;
}

export interface PersonSchema extends DBSchema {
  records: { key: [string, string, string]; value: RecordRow };
  cursors: { key: string; value: CursorRow };
  outbox: { key: string; value: CommandRow; indexes: { workspace: string } };
  sent: { key: string; value: SentRow };
  cards: { key: string; value: CardRow };
  rooms: { key: string; value: RoomRow };
  /** `revision`: counts the changes of this database. `order`: the last position given out. */
  meta: { key: string; value: number };
}

/** All that one transaction changes, as final rows: what is written is what every tab then applies. */
export interface Changeset {
  records: RecordRow[];
  recordsGone: { kind: RecordKind; id: string }[];
  cursor: CursorRow | null;
  commands: CommandRow[];
  commandsGone: CommandId[];
  sent: SentRow[];
  sentGone: CommandId[];
  cards: CardRow[];
  cardsGone: string[];
  rooms: RoomRow[];
  order: number | null;
}

/** A changeset from the parts that change. */
export const changeset = (parts: Partial<Changeset>): Changeset => ({
  records: [],
  recordsGone: [],
  cursor: null,
  commands: [],
  commandsGone: [],
  sent: [],
  sentGone: [],
  cards: [],
  cardsGone: [],
  rooms: [],
  order: null,
  ...parts,
});

/** All of one workspace as it lies on the device. */
export interface Image {
  revision: number;
  order: number;
  records: RecordRow[];
  cursor: CursorRow | null;
  commands: CommandRow[];
  sent: SentRow[];
  cards: CardRow[];
  rooms: RoomRow[];
}
