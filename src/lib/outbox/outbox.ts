/**
 * What the person asked for and the server has not answered yet, as the device holds it: given here, removed
 * with the server's answer in one transaction, or kept with its refusal until the person decides.
 */
import { commandNamed } from '#domain/commands.ts';
import { DomainError } from '#domain/errors.ts';
import type { ErrorCode, ErrorDetails } from '#domain/errors.ts';
import type { CommandId, WorkspaceId } from '#domain/ids.ts';
import type { CommandAnswer, CommandSpec, RecordKind } from '#domain/records.ts';
import { day, instant } from '#domain/time.ts';
import type { Instant } from '#domain/time.ts';
import type { Memory } from '../device/memory.ts';
import { changeset } from '../device/rows.ts';
import type { Changeset, CommandRow } from '../device/rows.ts';
import type { NeedsYou, NoteCard, SendOptions } from '../replica/contract.ts';
import type { Overlay } from '../replica/overlay.ts';
import { marksAfterRestore, waitingSince } from '../replica/rooms.ts';
import { changesOfAnswer } from '../replica/truth.ts';
import type { WaitingThing } from '../sync/status.ts';
import { behind, standings } from './order.ts';

/** Commands that may wait on one device; beyond it the person is asked to go online first. */
export const outboxLimit = 5_000;
/** How long accepted commands are kept, to be offered again to a server restored from a backup. */
export const sentKeptMs = 7 * day;

export interface OutboxParts {
  memory: Memory;
  overlay: Overlay;
  workspaceId: WorkspaceId;
  commit: (decide: () => Changeset) => Promise<void>;
  seqOf: (kind: RecordKind, id: string) => number | null;
  newId: () => string;
  now: () => Instant;
}

/** What travels to the server of a stored command. */
export const envelopeOf = ({ commandId, workspaceId, baseSeq, occurredAt, input }: CommandRow) => ({
  commandId,
  workspaceId,
  baseSeq,
  occurredAt,
  input,
});

export class Outbox {
  readonly #parts: OutboxParts;

  constructor(parts: OutboxParts) {
    this.#parts = parts;
  }

  /** A command as it would be stored, with the base that stands now. Throws `bad_input`. */
  prepare<Name extends string, Input>(
    spec: CommandSpec<Name, Input>,
    input: Input,
    options: SendOptions,
  ): CommandRow {
    const parsed = spec.input.safeParse(input);
    if (!parsed.success) throw new DomainError('bad_input');
    const base = options.baseSeqOf ?? null;
    return {
      commandId: this.#parts.newId() as CommandId,
      workspaceId: this.#parts.workspaceId,
      order: 0,
      name: spec.name,
      aggregate: spec.aggregate(parsed.data),
      input: parsed.data,
      base,
      baseSeq: this.#seqOf(base),
      occurredAt: this.#parts.now(),
      refusal: null,
    };
  }

  /** Durable when it resolves. Throws where the rules already refuse, and `outbox_full`. */
  async give<Name extends string, Input>(spec: CommandSpec<Name, Input>, row: CommandRow): Promise<void> {
    const { memory, overlay, commit } = this.#parts;
    await commit(() => {
      // A connection that broke after its commit makes this run twice.
      if (memory.commands.some(({ commandId }) => commandId === row.commandId)) return changeset({});
      if (memory.commands.length >= outboxLimit) throw new DomainError('outbox_full', { limit: outboxLimit });
      overlay.guess(spec as CommandSpec<string, unknown>, row.input, {
        commandId: row.commandId,
        at: row.occurredAt,
      });
      const order = memory.order + 1;
      return changeset({ order, commands: [{ ...row, order, baseSeq: this.#seqOf(row.base) }] });
    });
  }

  accept(row: CommandRow, answer: CommandAnswer, at: Instant): Promise<void> {
    const { memory, workspaceId, commit } = this.#parts;
    return commit(() => {
      const keptFrom = instant(Date.parse(at) - sentKeptMs);
      return changeset({
        ...changesOfAnswer(memory, workspaceId, answer.records),
        commandsGone: [row.commandId],
        sent: [{ commandId: row.commandId, workspaceId, confirmedAt: at, row }],
        sentGone: [...memory.sent.values()]
          .filter((sent) => sent.confirmedAt < keptFrom)
          .map((sent) => sent.commandId),
        cards: answer.notes.map((note, index) => ({
          id: `${row.commandId}/${index}`,
          workspaceId,
          note,
          commandName: row.name,
          at,
        })),
      });
    });
  }

  refuse(row: CommandRow, code: ErrorCode, details: ErrorDetails): Promise<void> {
    const { memory, commit, now } = this.#parts;
    return commit(() =>
      memory.commands.some(({ commandId }) => commandId === row.commandId)
        ? changeset({ commands: [{ ...row, refusal: { code, details, at: now() } }] })
        : changeset({}),
    );
  }

  /**
   * The server was restored: what it accepted in the last days goes back to the head of the outbox, and every
   * text that it confirmed waits again.
   */
  reoffer(): Partial<Changeset> {
    const { memory, now } = this.#parts;
    const sent = [...memory.sent.values()];
    return {
      commands: sent.map(({ row }) => row),
      sentGone: sent.map(({ commandId }) => commandId),
      rooms: marksAfterRestore(memory.rooms.values(), now()),
    };
  }

  get needsYou(): readonly NeedsYou[] {
    const { commands } = this.#parts.memory;
    return commands.flatMap((row): NeedsYou[] => {
      if (!row.refusal) return [];
      const { code, details, at } = row.refusal;
      return [
        {
          commandId: row.commandId,
          name: row.name,
          aggregate: row.aggregate,
          input: row.input,
          code,
          details,
          occurredAt: row.occurredAt,
          refusedAt: at,
          later: behind(commands, row).length,
          retry: (input) => this.#retry(row.commandId, input),
          discard: (options) => this.#discard(row.commandId, options?.withLater ?? false),
        },
      ];
    });
  }

  get notes(): readonly NoteCard[] {
    return [...this.#parts.memory.cards.values()]
      .sort((a, b) => (a.at < b.at ? 1 : -1))
      .map(({ id, note, commandName, at }) => ({
        id,
        note,
        commandName,
        at,
        dismiss: () => this.#parts.commit(() => changeset({ cardsGone: [id] })),
      }));
  }

  /** Commands, then documents whose text waits. */
  waitingThings(isSending: (commandId: CommandId) => boolean): WaitingThing[] {
    const { commands, rooms } = this.#parts.memory;
    const things = standings(commands).flatMap(({ row, standing }): WaitingThing[] => {
      if (standing === 'refused') return [];
      const state =
        commandNamed(row.name) === undefined
          ? 'needs_update'
          : standing === 'held'
            ? 'held'
            : isSending(row.commandId)
              ? 'sending'
              : 'waiting';
      const { commandId, name, aggregate, occurredAt } = row;
      return [{ kind: 'command', id: commandId, name, about: aggregate, since: occurredAt, state }];
    });
    for (const row of rooms.values()) {
      const since = waitingSince(row);
      const about = `document/${row.documentId}`;
      if (since)
        things.push({
          kind: 'document',
          id: row.documentId,
          name: 'document',
          about,
          since,
          state: row.refusedAt === undefined ? 'waiting' : 'refused',
        });
    }
    return things;
  }

  #seqOf(base: CommandRow['base']): number | null {
    return base ? this.#parts.seqOf(base.kind, base.id) : null;
  }

  async #retry(commandId: CommandId, input: unknown): Promise<CommandId> {
    const { memory, commit, newId, now } = this.#parts;
    const again = newId() as CommandId;
    await commit(() => {
      const row = memory.commands.find((one) => one.commandId === commandId);
      if (!row?.refusal) return changeset({});
      const parsed = commandNamed(row.name)?.input.safeParse(input ?? row.input);
      if (!parsed?.success) throw new DomainError('bad_input');
      const fresh: CommandRow = {
        ...row,
        commandId: again,
        input: parsed.data,
        baseSeq: this.#seqOf(row.base),
        occurredAt: now(),
        refusal: null,
      };
      return changeset({ commandsGone: [commandId], commands: [fresh] });
    });
    return again;
  }

  #discard(commandId: CommandId, withLater: boolean): Promise<void> {
    const { memory, commit } = this.#parts;
    return commit(() => {
      const row = memory.commands.find((one) => one.commandId === commandId);
      if (!row?.refusal) return changeset({});
      const later = withLater ? behind(memory.commands, row) : [];
      return changeset({ commandsGone: [row, ...later].map((one) => one.commandId) });
    });
  }
}
