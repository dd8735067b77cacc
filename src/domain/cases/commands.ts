/**
 * The commands of this noun. Each says who may (`action`) and what happens (`decide`); guess and service are
 * made from the same two.
 */
import { z } from 'zod';
import { can } from '../access.ts';
import type { Action, Actor } from '../access.ts';
import { DomainError } from '../errors.ts';
import { caseId, documentId, personId } from '../ids.ts';
import type { CaseId, PersonId, WorkspaceId } from '../ids.ts';
import { lineUpTo } from '../one-line.ts';
import { defineCommand } from '../records.ts';
import type { CommandSpec, GuessContext, ReadRecord, RecordPatch } from '../records.ts';
import {
  caseStates,
  caseTitleLimit,
  caseTracks,
  clauseTitleLimit,
  narrativeLimit,
  noteLimit,
  reasonLimit,
  severities,
} from './case.ts';
import type { CaseEvent, CaseEventType, CaseRecord } from './case.ts';
import { checkTransition, isSettled, needsReason, offeredStates } from './rules.ts';
import { applyEvent, eventIdOf } from './timeline.ts';
import type { Happening } from './timeline.ts';

/** What a decision may know besides the case and the input. */
export interface CaseWitness {
  actorId: PersonId | null;
  /** Name of whoever last did a thing to the case, for the words of a refusal; empty when unknown. */
  lastBy: (type: CaseEventType) => string;
}

export interface CaseCommand<Name extends string, Input extends { caseId: CaseId }> extends CommandSpec<
  Name,
  Input
> {
  action: Action;
  /** Null: it is already so, nothing happens. Throws DomainError where the rules refuse. */
  decide: (current: CaseRecord | undefined, input: Input, who: CaseWitness) => Happening | null;
}

/** Throws `not_allowed`. */
export function checkAccess(actor: Actor, action: Action, workspaceId: WorkspaceId): void {
  if (!can(actor, action, { kind: 'case', workspaceId })) throw new DomainError('not_allowed');
}

const text = (limit: number) => z.string().trim().max(limit);

function caseCommand<const Name extends string, Input extends { caseId: CaseId }>(
  name: Name,
  input: z.ZodType<Input>,
  rule: Pick<CaseCommand<Name, Input>, 'action' | 'decide'> & {
    /** As `again` of the command, for a case that this device holds. */
    again?: (input: Input, current: CaseRecord) => Input | null;
  },
): CaseCommand<Name, Input> {
  const guess = (given: Input, context: GuessContext): RecordPatch[] => {
    checkAccess(context.actor, rule.action, context.workspaceId);
    const current = context.read('case', given.caseId);
    // An old case that this device does not hold: nothing to show until the server has answered.
    if (!current && (name as string) !== 'cases.open') return [];
    const holder = current?.ownerId ? context.read('person', current.ownerId) : undefined;
    const happening = rule.decide(current, given, {
      actorId: context.actor.personId,
      lastBy: (type) => (type === 'claimed' ? (holder?.name ?? '') : ''),
    });
    if (!happening) return [];
    const event: CaseEvent = {
      id: eventIdOf(context.commandId),
      caseId: given.caseId,
      ...happening,
      actorId: context.actor.personId,
      actorName: context.actor.name,
      occurredAt: context.at,
      recordedAt: null,
      position: null,
      prevHash: null,
      hash: null,
    };
    const value = applyEvent(current, event, context.workspaceId);
    return [
      { kind: 'case', id: value.id, value },
      { kind: 'caseEvent', id: event.id, value: event },
    ];
  };
  const { action, decide, again: againFor } = rule;
  const again = (given: Input, read: ReadRecord): Input | null => {
    const current = read('case', given.caseId);
    return current && againFor ? againFor(given, current) : given;
  };
  const aggregate = (given: Input) => `case/${given.caseId}`;
  return { ...defineCommand({ name, input, aggregate, guess, again }), action, decide };
}

function existing(current: CaseRecord | undefined): CaseRecord {
  if (!current) throw new DomainError('not_found');
  return current;
}

/** A settled case keeps its facts: it is reopened before it is worked on. */
function workable(current: CaseRecord | undefined): CaseRecord {
  const found = existing(current);
  if (isSettled(found.state)) throw new DomainError('case_settled', { state: found.state });
  return found;
}

const open = caseCommand(
  'cases.open',
  z.object({
    caseId,
    track: z.enum(caseTracks),
    title: lineUpTo(caseTitleLimit).min(1),
    narrative: text(narrativeLimit),
    severity: z.enum(severities),
    about: z
      .object({
        documentId,
        clause: z.object({ id: z.string().min(1).max(64), title: lineUpTo(clauseTitleLimit) }).nullable(),
      })
      .nullable(),
  }),
  {
    action: 'case.open',
    decide: (current, { track, title, narrative, severity, about }) => {
      if (current) throw new DomainError('bad_input', { field: 'caseId' });
      return {
        type: 'opened',
        facts: {
          track,
          title,
          narrative,
          severity,
          ...(about && { documentId: about.documentId }),
          ...(about?.clause && { clauseId: about.clause.id, clauseTitle: about.clause.title }),
        },
      };
    },
  },
);

const claim = caseCommand('cases.claim', z.object({ caseId }), {
  action: 'case.work',
  decide: (current, _input, { actorId, lastBy }) => {
    const { ownerId } = workable(current);
    if (ownerId !== null && ownerId !== actorId)
      throw new DomainError('already_claimed', { by: lastBy('claimed') });
    if (ownerId !== null || actorId === null) return null;
    return { type: 'claimed', facts: { ownerId: actorId } };
  },
  again: (input, { state, ownerId }) => (ownerId === null && !isSettled(state) ? input : null),
});

/**
 * Names whose claim is given up, so that a release made offline cannot take the case from whoever has claimed
 * it since. Giving up another person's claim is possible (they may be ill) but asks for a reason.
 */
const release = caseCommand(
  'cases.release',
  z.object({ caseId, holderId: personId, reason: text(reasonLimit) }),
  {
    action: 'case.work',
    decide: (current, { holderId, reason }, { actorId, lastBy }) => {
      const { ownerId } = workable(current);
      if (ownerId === null) return null;
      if (ownerId !== holderId) throw new DomainError('already_claimed', { by: lastBy('claimed') });
      if (holderId !== actorId && reason === '') throw new DomainError('reason_required');
      return { type: 'released', facts: { ownerId, ...(reason && { reason }) } };
    },
    again: (input, { state, ownerId }) => (ownerId === input.holderId && !isSettled(state) ? input : null),
  },
);

const changeState = caseCommand(
  'cases.changeState',
  z.object({ caseId, from: z.enum(caseStates), to: z.enum(caseStates), reason: text(reasonLimit) }),
  {
    action: 'case.work',
    decide: (current, { from, to, reason }, { lastBy }) => {
      const { state, track } = existing(current);
      if (state !== from) throw new DomainError('moved_on', { state, by: lastBy('state_changed') });
      checkTransition(track, { from, to, reason });
      return { type: 'state_changed', facts: { from, to, ...(reason && { reason }) } };
    },
    again: (input, { state, track }) =>
      offeredStates(track, state).includes(input.to) && (input.reason !== '' || !needsReason(state, input.to))
        ? { ...input, from: state }
        : null,
  },
);

const setSeverity = caseCommand('cases.setSeverity', z.object({ caseId, severity: z.enum(severities) }), {
  action: 'case.work',
  decide: (current, { severity }) => {
    const from = workable(current).severity;
    return from === severity ? null : { type: 'severity_changed', facts: { from, to: severity } };
  },
  again: (input, { state }) => (isSettled(state) ? null : input),
});

const retitle = caseCommand('cases.retitle', z.object({ caseId, title: lineUpTo(caseTitleLimit).min(1) }), {
  action: 'case.work',
  decide: (current, { title }) => {
    const from = workable(current).title;
    return from === title ? null : { type: 'retitled', facts: { from, to: title } };
  },
  again: (input, { state }) => (isSettled(state) ? null : input),
});

const note = caseCommand('cases.note', z.object({ caseId, text: text(noteLimit).min(1) }), {
  action: 'case.open',
  decide: (current, input) => {
    existing(current);
    return { type: 'noted', facts: { text: input.text } };
  },
});

export const caseCommands = {
  'cases.open': open,
  'cases.claim': claim,
  'cases.release': release,
  'cases.changeState': changeState,
  'cases.setSeverity': setSeverity,
  'cases.retitle': retitle,
  'cases.note': note,
} as const;
