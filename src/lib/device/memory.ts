/**
 * A workspace of a person's database, in memory, at one revision. Plain maps: with ten thousand records a
 * reactive object for each would cost more than the records. Whoever shows them listens to changesets.
 */
import type { CommandId } from '#domain/ids.ts';
import type { RecordKind } from '#domain/records.ts';
import type {
  CardRow,
  Changeset,
  CommandRow,
  CursorRow,
  Image,
  RecordRow,
  RoomRow,
  SentRow,
} from './rows.ts';

export class Memory {
  revision = 0;
  order = 0;
  cursor: CursorRow | null = null;
  /** Waiting and refused commands, oldest first. */
  commands: readonly CommandRow[] = [];
  readonly sent = new Map<CommandId, SentRow>();
  readonly cards = new Map<string, CardRow>();
  readonly rooms = new Map<string, RoomRow>();
  readonly #records = new Map<RecordKind, Map<string, RecordRow>>();
  /** Rows that only remember a deletion; few, and looked through with every page of the feed. */
  readonly #deletions = new Set<RecordRow>();

  /** Replaces everything. */
  load(image: Image): void {
    this.revision = image.revision;
    this.order = image.order;
    this.cursor = image.cursor;
    this.commands = image.commands.toSorted((a, b) => a.order - b.order);
    this.#records.clear();
    this.#deletions.clear();
    this.sent.clear();
    this.cards.clear();
    this.rooms.clear();
    for (const row of image.records) this.#put(row);
    for (const row of image.sent) this.sent.set(row.commandId, row);
    for (const row of image.cards) this.cards.set(row.id, row);
    for (const row of image.rooms) this.rooms.set(row.documentId, row);
  }

  /** What `load` would need to make this memory again. */
  image(): Image {
    return {
      revision: this.revision,
      order: this.order,
      cursor: this.cursor,
      commands: [...this.commands],
      records: [...this.#records.values()].flatMap((rows) => [...rows.values()]),
      sent: [...this.sent.values()],
      cards: [...this.cards.values()],
      rooms: [...this.rooms.values()],
    };
  }

  apply(changes: Changeset, revision: number): void {
    this.revision = revision;
    if (changes.order !== null) this.order = changes.order;
    if (changes.cursor) this.cursor = changes.cursor;
    for (const { kind, id } of changes.recordsGone) this.#drop(kind, id);
    for (const row of changes.records) this.#put(row);
    for (const id of changes.sentGone) this.sent.delete(id);
    for (const row of changes.sent) this.sent.set(row.commandId, row);
    for (const id of changes.cardsGone) this.cards.delete(id);
    for (const row of changes.cards) this.cards.set(row.id, row);
    for (const row of changes.rooms) this.rooms.set(row.documentId, row);
    if (changes.commands.length > 0 || changes.commandsGone.length > 0) {
      const touched = new Set<CommandId>([
        ...changes.commandsGone,
        ...changes.commands.map((row) => row.commandId),
      ]);
      this.commands = [
        ...this.commands.filter((row) => !touched.has(row.commandId)),
        ...changes.commands,
      ].toSorted((a, b) => a.order - b.order);
    }
  }

  record(kind: RecordKind, id: string): RecordRow | undefined {
    return this.#records.get(kind)?.get(id);
  }

  /** Deletions included: look at `value`. */
  recordsOf(kind: RecordKind): Iterable<RecordRow> {
    return this.#records.get(kind)?.values() ?? [];
  }

  *allRecords(): Iterable<RecordRow> {
    for (const rows of this.#records.values()) yield* rows.values();
  }

  deletions(): Iterable<RecordRow> {
    return this.#deletions;
  }

  #put(row: RecordRow): void {
    this.#drop(row.kind, row.id, row.value !== null);
    let rows = this.#records.get(row.kind);
    if (!rows) this.#records.set(row.kind, (rows = new Map<string, RecordRow>()));
    rows.set(row.id, row);
    if (row.value === null) this.#deletions.add(row);
  }

  #drop(kind: RecordKind, id: string, keepPlace = false): void {
    const rows = this.#records.get(kind);
    const before = rows?.get(id);
    if (!rows || !before) return;
    if (before.value === null) this.#deletions.delete(before);
    // Setting a key that is there keeps its place in the list; deleting it would move it to the end.
    if (!keepPlace) rows.delete(id);
  }
}
