/** The records as screens read them: truth and overlay in one, each list built once until it changes. */
import type { RecordKind, RecordTypes } from '#domain/records.ts';
import type { Memory } from '../device/memory.ts';
import type { Changeset } from '../device/rows.ts';
import type { Overlay } from './overlay.ts';

/** Every kind, so that each can have its own signal; total by type. */
const kindTable: Record<RecordKind, true> = {
  workspace: true,
  person: true,
  grant: true,
  folder: true,
  document: true,
  case: true,
  caseEvent: true,
  board: true,
  feedbackItem: true,
};
export const recordKinds = Object.keys(kindTable) as readonly RecordKind[];

export interface RecordView {
  all<Kind extends RecordKind>(kind: Kind): readonly RecordTypes[Kind][];
  get<Kind extends RecordKind>(kind: Kind, id: string): RecordTypes[Kind] | undefined;
  seqOf(kind: RecordKind, id: string): number | null;
  isWaiting(kind: RecordKind, id: string): boolean;
  /** Takes note of a change; returns the kinds whose lists are no longer right. */
  changed(changes: Changeset | null): Iterable<RecordKind>;
}

export function createRecordView(memory: Memory, overlay: Overlay): RecordView {
  const lists = new Map<RecordKind, readonly unknown[]>();

  function build(kind: RecordKind): readonly unknown[] {
    const over = overlay.ofKind(kind);
    const list: unknown[] = [];
    for (const row of memory.recordsOf(kind)) {
      const value = over.has(row.id) ? over.get(row.id) : row.value;
      if (value !== null) list.push(value);
    }
    for (const [id, value] of over)
      if (value !== null && memory.record(kind, id) === undefined) list.push(value);
    return list;
  }

  function changedKinds(changes: Changeset | null): Iterable<RecordKind> {
    if (changes === null) {
      overlay.invalidate();
      return recordKinds;
    }
    const ofTruth = [...changes.records, ...changes.recordsGone].map((row) => row.kind);
    const [added] = changes.commands;
    const isOnlyAdded =
      ofTruth.length === 0 &&
      changes.commandsGone.length === 0 &&
      changes.commands.length === 1 &&
      added !== undefined &&
      added.refusal === null &&
      memory.commands.at(-1)?.commandId === added.commandId;
    if (isOnlyAdded) return overlay.append(added);
    const areCommandsChanged = changes.commands.length > 0 || changes.commandsGone.length > 0;
    const isReplayed = areCommandsChanged || memory.commands.length > 0;
    if (!isReplayed) return new Set(ofTruth);
    if (!areCommandsChanged && ofTruth.length === 0) return [];
    // What the replay touches next cannot be told from what it touched before.
    overlay.invalidate();
    return recordKinds;
  }

  return {
    all: <Kind extends RecordKind>(kind: Kind) => {
      let list = lists.get(kind);
      if (!list) lists.set(kind, (list = build(kind)));
      return list as readonly RecordTypes[Kind][];
    },
    get: <Kind extends RecordKind>(kind: Kind, id: string) => {
      const value = overlay.has(kind, id) ? overlay.get(kind, id) : memory.record(kind, id)?.value;
      return (value ?? undefined) as RecordTypes[Kind] | undefined;
    },
    seqOf: (kind, id) => memory.record(kind, id)?.seq ?? null,
    isWaiting: (kind, id) => overlay.has(kind, id),
    changed: (changes) => {
      const kinds = changedKinds(changes);
      for (const kind of kinds) lists.delete(kind);
      return kinds;
    },
  };
}
