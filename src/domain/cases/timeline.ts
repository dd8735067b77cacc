/**
 * The timeline is the case: every change is an event first, and the record is what the events add up to.
 * Device and server apply the same function, so a guess and the stored form can differ only in what the
 * server alone gives (the ref, its clock, the chain).
 */
import type { CommandId, DocumentId, PersonId, WorkspaceId } from '../ids.ts';
import type { CaseEvent, CaseRecord, CaseState, CaseTrack, Severity } from './case.ts';
import { isSettled } from './rules.ts';

/** What happened, before it has an author and a time. */
export type Happening = Pick<CaseEvent, 'type' | 'facts'>;

/** A command writes at most one event, so its id follows from the command's on both sides. */
export const eventIdOf = (commandId: CommandId): string => `${commandId}-1`;

/**
 * The record after an event. `current` is undefined for the first, which is always `opened`; anything else
 * is a fault of the caller and throws RangeError.
 */
export function applyEvent(
  current: CaseRecord | undefined,
  event: CaseEvent,
  workspaceId: WorkspaceId,
): CaseRecord {
  const { facts } = event;
  const at = event.recordedAt ?? event.occurredAt;
  if (event.type === 'opened') {
    if (current) throw new RangeError('a case is opened once');
    return {
      id: event.caseId,
      workspaceId,
      ref: facts.ref ?? null,
      track: fact(event, 'track') as CaseTrack,
      title: fact(event, 'title'),
      narrative: fact(event, 'narrative'),
      severity: fact(event, 'severity') as Severity,
      state: 'new',
      ownerId: null,
      about: facts.documentId
        ? {
            documentId: facts.documentId as DocumentId,
            clause: facts.clauseId ? { id: facts.clauseId, title: facts.clauseTitle ?? '' } : null,
          }
        : null,
      openedBy: event.actorId,
      openedAt: at,
      changedAt: at,
      settledAt: null,
    };
  }
  if (!current) throw new RangeError(`a case begins with "opened", not with "${event.type}"`);
  const changed = { ...current, changedAt: at };
  switch (event.type) {
    case 'claimed':
      return { ...changed, ownerId: fact(event, 'ownerId') as PersonId };
    case 'released':
      return { ...changed, ownerId: null };
    case 'state_changed': {
      const state = fact(event, 'to') as CaseState;
      return { ...changed, state, settledAt: isSettled(state) ? at : null };
    }
    case 'severity_changed':
      return { ...changed, severity: fact(event, 'to') as Severity };
    case 'retitled':
      return { ...changed, title: fact(event, 'to') };
    case 'noted':
      return changed;
  }
}

function fact(event: CaseEvent, name: string): string {
  const value = event.facts[name];
  if (value === undefined) throw new RangeError(`the event "${event.type}" lacks the fact "${name}"`);
  return value;
}

/** Server order first; what still waits on this device comes after, in the order of its gestures. */
export const byTimeline = (a: CaseEvent, b: CaseEvent): number =>
  (a.position ?? Infinity) - (b.position ?? Infinity) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
