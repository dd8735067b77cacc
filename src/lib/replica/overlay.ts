/**
 * What the screen shows above the server's truth: the waiting commands, in the order they were given, each
 * replayed with the same rule the server will use, each seeing what the earlier ones did. Made anew when
 * truth or outbox change; a new command at the end is only added.
 */
import type { PersonActor } from '#domain/access.ts';
import { commandNamed } from '#domain/commands.ts';
import type { CommandId, WorkspaceId } from '#domain/ids.ts';
import type { CommandSpec, ReadRecord, RecordKind, RecordPatch } from '#domain/records.ts';
import type { Instant } from '#domain/time.ts';
import type { Memory } from '../device/memory.ts';
import type { CommandRow } from '../device/rows.ts';

export interface Overlay {
  /** Undefined: no waiting command says anything about it. Null: deleted. */
  get(kind: RecordKind, id: string): unknown;
  has(kind: RecordKind, id: string): boolean;
  ofKind(kind: RecordKind): ReadonlyMap<string, unknown>;
  readonly isEmpty: boolean;
  /** Kinds that some waiting command touches. */
  kinds(): Iterable<RecordKind>;
  /** Forgets everything; the next question replays. */
  invalidate(): void;
  /** Adds one command at the end; returns the kinds it touches. */
  append(row: CommandRow): Iterable<RecordKind>;
  /** Runs a command's guess on top of everything; throws DomainError where the rules refuse. */
  guess<Input>(spec: CommandSpec<string, Input>, input: Input, command: Guessed): RecordPatch[] | null;
}

export interface Guessed {
  commandId: CommandId;
  at: Instant;
}

export interface OverlayParts {
  memory: Memory;
  workspaceId: WorkspaceId;
  actor: () => PersonActor;
}

export function createOverlay({ memory, workspaceId, actor }: OverlayParts): Overlay {
  const touched = new Map<RecordKind, Map<string, unknown>>();
  const none: ReadonlyMap<string, unknown> = new Map();
  let isStale = true;

  const read = ((kind: RecordKind, id: string) => {
    const values = touched.get(kind);
    const value = values?.has(id) ? values.get(id) : memory.record(kind, id)?.value;
    return value ?? undefined;
  }) as ReadRecord;

  const run = <Input>(spec: CommandSpec<string, Input>, input: Input, { commandId, at }: Guessed) =>
    spec.guess?.(input, { commandId, workspaceId, actor: actor(), at, read }) ?? null;

  function replay(row: CommandRow): RecordPatch[] {
    if (row.refusal) return [];
    const spec = commandNamed(row.name);
    if (!spec) return [];
    let patches: RecordPatch[];
    try {
      patches = run(spec, row.input, { commandId: row.commandId, at: row.occurredAt }) ?? [];
    } catch {
      // What was possible when it was given is not possible now; the server will say so, with its reason.
      return [];
    }
    for (const { kind, id, value } of patches) {
      let values = touched.get(kind);
      if (!values) touched.set(kind, (values = new Map<string, unknown>()));
      values.set(id, value);
    }
    return patches;
  }

  function refresh(): void {
    if (!isStale) return;
    isStale = false;
    touched.clear();
    for (const row of memory.commands) replay(row);
  }

  return {
    get: (kind, id) => {
      refresh();
      return touched.get(kind)?.get(id);
    },
    has: (kind, id) => {
      refresh();
      return touched.get(kind)?.has(id) ?? false;
    },
    ofKind: (kind) => {
      refresh();
      return touched.get(kind) ?? none;
    },
    get isEmpty() {
      refresh();
      return touched.size === 0;
    },
    kinds: () => {
      refresh();
      return touched.keys();
    },
    invalidate: () => {
      isStale = true;
    },
    append: (row) => {
      if (isStale) {
        refresh();
        return touched.keys();
      }
      return new Set(replay(row).map((patch) => patch.kind));
    },
    guess: (spec, input, command) => {
      refresh();
      return run(spec, input, command);
    },
  };
}
