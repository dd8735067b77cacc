/**
 * The pattern every noun follows. A record is a thing whose truth is made by the server from commands; a
 * command is decided by the server and guessed by the device with the same pure rules.
 *
 * A noun brings: its record types (added to `RecordTypes` below), its rules, and its commands as
 * `CommandSpec`s (added to `src/domain/commands.ts`). The outbox, the replica, the change feed and the
 * receipts are the same for all and know no noun.
 */
import { z } from 'zod';
import type { PersonActor } from './access.ts';
import type { CaseEvent, CaseRecord } from './cases/case.ts';
import type { DocumentRecord, FolderRecord } from './documents/document.ts';
import type { Board, FeedbackItem } from './feedback/feedback.ts';
import { commandId, workspaceId } from './ids.ts';
import type { CommandId, WorkspaceId } from './ids.ts';
import type { Instant } from './time.ts';
import type { GrantRecord, PersonRecord, WorkspaceRecord } from './workspaces/workspace.ts';

/** Every kind of record with its form. The change feed and the device store carry these and nothing else. */
export interface RecordTypes {
  workspace: WorkspaceRecord;
  person: PersonRecord;
  grant: GrantRecord;
  folder: FolderRecord;
  document: DocumentRecord;
  case: CaseRecord;
  caseEvent: CaseEvent;
  board: Board;
  feedbackItem: FeedbackItem;
}
export type RecordKind = keyof RecordTypes;

/** One record as it is now; `value: null` is a tombstone (deleted, or no longer to be seen). */
export type RecordPatch = {
  [Kind in RecordKind]: { kind: Kind; id: string; value: RecordTypes[Kind] | null };
}[RecordKind];

/** A patch with the workspace-wide sequence number under which the server committed it. */
export type StoredRecord = RecordPatch & { seq: number };

export type ReadRecord = <Kind extends RecordKind>(kind: Kind, id: string) => RecordTypes[Kind] | undefined;

/** What a guess may know: who, when, and the records on this device with earlier waiting commands applied. */
export interface GuessContext {
  commandId: CommandId;
  workspaceId: WorkspaceId;
  actor: PersonActor;
  at: Instant;
  read: ReadRecord;
}

export interface CommandSpec<Name extends string, Input> {
  /** `<noun>.<verb>`, the same as the tRPC path. */
  name: Name;
  input: z.ZodType<Input>;
  /** Commands of one aggregate are sent in order and wait for each other: `case/<id>`. */
  aggregate: (input: Input) => string;
  /**
   * Other aggregates that must be on the server first, such as the folder that a document is put into: what
   * was done to them earlier on this device is sent before. Left out where there are none.
   */
  needs?: (input: Input) => readonly string[];
  /**
   * The records as they will be if the server agrees; throws DomainError where the rules already refuse.
   * Null for commands that make no sense without the server (an invitation): those are not queued.
   */
  guess: ((input: Input, context: GuessContext) => RecordPatch[]) | null;
  /**
   * For a refused command: the input with which the rules would take it as things stand now, null when they
   * would not. Left out where the same input may simply be sent again.
   */
  again?: (input: Input, read: ReadRecord) => Input | null;
}

/** Keeps the types of one command together; returns its argument. */
export const defineCommand = <const Name extends string, Input>(
  spec: CommandSpec<Name, Input>,
): CommandSpec<Name, Input> => spec;

/** What travels: the same on every command, whatever the noun. */
export const commandEnvelope = z.object({
  commandId,
  workspaceId,
  /** Sequence number of the aggregate's record as the device knew it; null when the command creates it. */
  baseSeq: z.number().int().nonnegative().nullable(),
  /** The device's clock at the gesture: shown beside the server's time, never used for order. */
  occurredAt: z.iso.datetime(),
});
export type CommandEnvelope = z.infer<typeof commandEnvelope>;

/** Something the person should know although the command was accepted. */
export interface AnswerNote {
  /** `changed_by_both`: another person changed the same field meanwhile; the later one stands. */
  code: 'changed_by_both';
  kind: RecordKind;
  id: string;
  field: string;
  before: string;
  now: string;
  /** Id of the person who had written `before`. */
  by: string;
}

/** The answer to every command: the records as stored, which replace the device's guess. */
export interface CommandAnswer {
  seq: number;
  records: StoredRecord[];
  notes: AnswerNote[];
}

/** Where a device stands in a workspace's change feed. A new epoch means: read everything anew. */
export const feedCursor = z.object({ epoch: z.string().max(64), seq: z.number().int().nonnegative() });
export type FeedCursor = z.infer<typeof feedCursor>;

export interface FeedPage {
  cursor: FeedCursor;
  records: StoredRecord[];
  /** More is waiting: ask again at once. */
  more: boolean;
  /** The device must drop what this read, from zero to its end, did not mention. */
  restart: boolean;
}

/** Records in one page of the change feed. */
export const feedPageLimit = 500;

/**
 * The part of a cursor's epoch that changes only when the workspace was restored from a backup; the rest also
 * changes with what its reader may see.
 */
export const restoreOf = (cursor: FeedCursor): string => cursor.epoch.split('.')[0] ?? '';
