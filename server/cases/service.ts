/**
 * Cases as the server decides them: every command loads the case, asks the same rule as the device's
 * guess, and appends one event. The record is what the event makes of it.
 */
import { can } from '#domain/access.ts';
import type { Actor, PersonActor } from '#domain/access.ts';
import { workingSetMs, refOf } from '#domain/cases/case.ts';
import type { CaseEvent, CaseRecord } from '#domain/cases/case.ts';
import { caseCommands, checkAccess } from '#domain/cases/commands.ts';
import type { CaseCommand } from '#domain/cases/commands.ts';
import { applyEvent, eventIdOf } from '#domain/cases/timeline.ts';
import { DomainError } from '#domain/errors.ts';
import type { CaseId, PersonId, WorkspaceId } from '#domain/ids.ts';
import type { AnswerNote, CommandAnswer, RecordPatch } from '#domain/records.ts';
import { instant } from '#domain/time.ts';
import type { Instant } from '#domain/time.ts';
import type { RecordLoaders } from '../storage/changes.ts';
import type { Database, Tx } from '../storage/database.ts';
import type { Commands, ReceivedCommand } from '../storage/receipts.ts';
import { chainStart, hashOfEvent } from './chain.ts';
import * as store from './store.ts';

/** Cases in one answer of `list`. */
export const casePageLimit = 50;

/** Fields that merge as registers: the event that changes each. */
const registers = { 'cases.setSeverity': 'severity', 'cases.retitle': 'title' } as const;
const registerEvents = { severity: 'severity_changed', title: 'retitled' } as const;

export type Cases = ReturnType<typeof createCases>;

export function createCases({ db, commands, now }: { db: Database; commands: Commands; now: () => Instant }) {
  /** Cases settled by this instant are history: asked for, not kept on devices. */
  const historyUntil = (at: Instant): Instant => instant(Date.parse(at) - workingSetMs);

  const answering =
    <Input extends { caseId: CaseId }>(spec: CaseCommand<string, Input>) =>
    (command: ReceivedCommand<Input>): Promise<CommandAnswer> =>
      commands.decide(command, async (tx, _command, { seq }) => {
        checkAccess(command.actor, spec.action, command.workspaceId);
        const { caseId } = command.input;
        const held = await store.loadForChange(tx, command.workspaceId, caseId);
        const actors = await store.lastActors(tx, command.workspaceId, caseId);
        const actorId = personIdOf(command.actor);
        const happening = spec.decide(held?.record, command.input, {
          actorId,
          lastBy: (type) => actors.get(type) ?? '',
        });
        if (!happening) return { records: held ? [patchOf(held.record)] : [] };

        const number = held ? null : await store.takeNumber(tx, command.workspaceId);
        const chained = {
          id: eventIdOf(command.commandId),
          caseId,
          type: happening.type,
          facts: number === null ? happening.facts : { ...happening.facts, ref: refOf(number) },
          actorId,
          actorName: command.actor.kind === 'person' ? command.actor.name : '',
          occurredAt: command.occurredAt,
          recordedAt: command.now,
          position: (held?.lastPosition ?? 0) + 1,
          prevHash: held?.lastHash ?? chainStart,
        };
        const event = { ...chained, hash: hashOfEvent({ ...chained, hash: null }, command.workspaceId) };
        const record = applyEvent(held?.record, event, command.workspaceId);
        const notes = held ? await changedByBoth(tx, command, { before: held.record, record }) : [];
        await store.appendEvent(tx, record, event, { commandId: command.commandId, seq, number });
        const returned = held && isHistory(held.record, command.now) && !isHistory(record, command.now);
        const events = returned ? await store.eventsOf(tx, command.workspaceId, caseId) : [event];
        // Events first: the case then has the highest number, and whoever holds it has seen its events.
        return { records: [...events.map(eventPatchOf), patchOf(record)], notes };
      });

  /** Registers: the later change stands, and its author is told what another had written meanwhile. */
  async function changedByBoth(
    tx: Tx,
    command: ReceivedCommand<{ caseId: CaseId }>,
    { before, record }: { before: CaseRecord; record: CaseRecord },
  ): Promise<AnswerNote[]> {
    if (!Object.hasOwn(registers, command.name)) return [];
    const field = registers[command.name as keyof typeof registers];
    const last = await store.lastWriter(tx, command.workspaceId, record.id, registerEvents[field]);
    if (!last || last.seq <= (command.baseSeq ?? 0)) return [];
    if (last.actorId === null || last.actorId === personIdOf(command.actor)) return [];
    const values = { before: before[field], now: record[field], by: last.actorId };
    return [{ code: 'changed_by_both', kind: 'case', id: record.id, field, ...values }];
  }

  const isHistory = (record: CaseRecord, at: Instant): boolean =>
    record.settledAt !== null && record.settledAt <= historyUntil(at);

  const mayRead = (actor: Actor, workspaceId: WorkspaceId): boolean =>
    can(actor, 'case.read', { kind: 'case', workspaceId });

  const loaders: Pick<RecordLoaders, 'case' | 'caseEvent'> = {
    case: async (tx, actor, ids) =>
      mayRead(actor, actor.workspaceId)
        ? store.casesOnDevices(tx, actor.workspaceId, ids, historyUntil(now()))
        : new Map(),
    caseEvent: async (tx, actor, ids) =>
      mayRead(actor, actor.workspaceId)
        ? store.eventsOnDevices(tx, actor.workspaceId, ids, historyUntil(now()))
        : new Map(),
  };

  return {
    open: answering(caseCommands['cases.open']),
    claim: answering(caseCommands['cases.claim']),
    release: answering(caseCommands['cases.release']),
    changeState: answering(caseCommands['cases.changeState']),
    setSeverity: answering(caseCommands['cases.setSeverity']),
    retitle: answering(caseCommands['cases.retitle']),
    note: answering(caseCommands['cases.note']),

    /** One case with its whole timeline, however old. */
    async get(actor: PersonActor, caseId: CaseId): Promise<{ case: CaseRecord; events: CaseEvent[] }> {
      checkAccess(actor, 'case.read', actor.workspaceId);
      return db.snapshot(async (tx) => {
        const record = await store.caseOf(tx, actor.workspaceId, caseId);
        if (!record) throw new DomainError('not_found');
        return { case: record, events: await store.eventsOf(tx, actor.workspaceId, caseId) };
      });
    },

    /**
     * A page of cases, newest number first; `only: 'history'` gives those that devices do not hold.
     * `next` is the `before` of the following page, null at the end.
     */
    async list(
      actor: PersonActor,
      { only, before }: { only: 'all' | 'history'; before: number | null },
    ): Promise<{ cases: CaseRecord[]; next: number | null }> {
      checkAccess(actor, 'case.read', actor.workspaceId);
      const found = await store.pageOfCases(db.read, actor.workspaceId, {
        before,
        settledUntil: only === 'history' ? historyUntil(now()) : null,
        limit: casePageLimit + 1,
      });
      const page = found.slice(0, casePageLimit);
      const more = found.length > casePageLimit;
      return {
        cases: page.map(({ record }) => record),
        next: more ? (page.at(-1)?.number ?? null) : null,
      };
    },

    loaders,
  };
}

const personIdOf = (actor: Actor): PersonId | null => (actor.kind === 'person' ? actor.personId : null);

const patchOf = (value: CaseRecord): RecordPatch => ({ kind: 'case', id: value.id, value });
const eventPatchOf = (value: CaseEvent): RecordPatch => ({ kind: 'caseEvent', id: value.id, value });
