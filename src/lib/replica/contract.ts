/** What the engine offers to features: the only face of device, outbox, replica and feed that they see. */
import type { PersonActor } from '#domain/access.ts';
import type { ErrorCode, ErrorDetails } from '#domain/errors.ts';
import type { CommandId, WorkspaceId } from '#domain/ids.ts';
import type { AnswerNote, CommandAnswer, CommandSpec, RecordKind, RecordTypes } from '#domain/records.ts';
import type { Instant } from '#domain/time.ts';
import type { Api } from '../api/client.ts';
import type { Drafts } from '../device/drafts.ts';
import type { Exchange } from '../sync/exchange.ts';
import type { Status } from '../sync/status.ts';

export interface Records {
  /** All records of a kind, waiting commands replayed. The same array until one of them changes. */
  all<Kind extends RecordKind>(kind: Kind): readonly RecordTypes[Kind][];
  get<Kind extends RecordKind>(kind: Kind, id: string): RecordTypes[Kind] | undefined;
  /** Sequence number under which the server last stored it; null while only this device knows it. */
  seqOf(kind: RecordKind, id: string): number | null;
  /** Whether a command not yet on the server touches it. */
  isWaiting(kind: RecordKind, id: string): boolean;
  /** False until the first complete read of the change feed: an empty list then means "not loaded yet". */
  readonly complete: boolean;
}

/** A command the server refused. It stays until the person decides. */
export interface NeedsYou {
  commandId: CommandId;
  name: string;
  aggregate: string;
  input: unknown;
  code: ErrorCode;
  details: ErrorDetails;
  occurredAt: Instant;
  refusedAt: Instant;
  /** How many later commands of the same thing wait behind it. */
  later: number;
  /** Sends it again as a new command, with other input if given (it then stands in for the old one). */
  retry(input?: unknown): Promise<CommandId>;
  /** Forgets it; with `withLater` also everything that waits behind it. Ask the person first. */
  discard(options?: { withLater?: boolean }): Promise<void>;
}

/** Accepted, but the person should know: somebody else changed the same field meanwhile. */
export interface NoteCard {
  id: string;
  note: AnswerNote;
  commandName: string;
  at: Instant;
  dismiss(): Promise<void>;
}

/** Which documents hold text that the server has not acknowledged; survives restarts. */
export interface Rooms {
  /**
   * Durable when it resolves. Call before this tab writes the first unsent row of a document; calling again
   * while it waits costs nothing.
   */
  markWaiting(documentId: string): Promise<void>;
  /** The marks as they stand: take them just before SyncStep2 is made and hand them to `acknowledge`. */
  marksOf(documentId: string): Promise<RoomMarks>;
  /**
   * SyncStep2 and everything sent after it are durable on the server. Clears this tab's mark, and the marks
   * among `covered` whose tabs have ended (their rows were loaded before SyncStep2 was made).
   */
  acknowledge(documentId: string, covered: RoomMarks, epoch: string | null): Promise<void>;
  /**
   * The text as it lay on the device when `covered` was taken is durable on the server. Clears marks of tabs
   * that have ended, never this tab's: what it wrote since is its own business.
   */
  delivered(documentId: string, covered: RoomMarks, epoch: string): Promise<void>;
  /** The text cannot be brought back to a restored server by this person: it no longer waits for that. */
  letGoOfRestore(documentId: string): Promise<void>;
  /** The server takes none of what waits of this text: from now on it needs the person. */
  refuse(documentId: string): Promise<void>;
  /** What waited is no longer wanted: the text has been removed from the device. */
  letGo(documentId: string): Promise<void>;
  /** Reactive. Null when nothing of it waits and nothing was ever acknowledged here. */
  stateOf(documentId: string): RoomState | null;
}

/** Tab name → since when it has unsent text. */
export type RoomMarks = Readonly<Record<string, Instant>>;

export interface RoomState {
  waitingSince: Instant | null;
  acknowledgedAt: Instant | null;
  /** The room's epoch when the server last confirmed the text here; null when it has not said. */
  epoch: string | null;
}

export interface SendOptions {
  /** The record whose sequence number travels as `baseSeq`: what the person had before their eyes. */
  baseSeqOf?: { kind: RecordKind; id: string };
}

export interface EngineContract {
  /** Who I am and what I was granted; known offline. Reactive. */
  readonly actor: PersonActor;
  readonly workspaceId: WorkspaceId;
  readonly records: Records;
  readonly rooms: Rooms;
  readonly api: Api;
  /** Texts without a socket. */
  readonly exchange: Exchange;
  /** What this person has begun to write and not sent. */
  readonly drafts: Drafts;
  /** Whether the server answered last time we asked. Reactive. */
  readonly online: boolean;
  /** Reactive. */
  readonly status: Status;
  /** Reactive, oldest first. */
  readonly needsYou: readonly NeedsYou[];
  /** Reactive, newest first. */
  readonly notes: readonly NoteCard[];
  /**
   * Resolves once the command is durable on this device; from then on the screen shows its guess. Throws
   * DomainError where the rules already refuse, and `device_full` when the device has no room.
   */
  send<Name extends string, Input>(
    spec: CommandSpec<Name, Input>,
    input: Input,
    options?: SendOptions,
  ): Promise<CommandId>;
  /**
   * For commands that make no sense without the server (`guess: null`): sent now and answered now. Throws
   * DomainError: `offline`, or what the server refused with.
   */
  sendNow<Name extends string, Input>(
    spec: CommandSpec<Name, Input>,
    input: Input,
    options?: SendOptions,
  ): Promise<CommandAnswer>;
  /** Asks the server now; throws DomainError, `offline` when nobody answers. For what cannot be queued. */
  ask<Result>(question: (api: Api) => Promise<Result>): Promise<Result>;
  /** A new UUIDv7. */
  newId(): string;
  now(): Instant;
  /** Reads the change feed and sends what waits, now. */
  refresh(): Promise<void>;
  /**
   * Leaves this device. `keep: false` wipes the person's copy. With commands or text waiting and neither
   * `keep` nor `evenIfWaiting`, throws `changes_waiting` with their number: ask the person, then say so.
   */
  signOut(options: { keep: boolean; evenIfWaiting?: boolean }): Promise<void>;
  /** Stops sockets, timers and connections; the data stays. */
  close(): Promise<void>;
}
