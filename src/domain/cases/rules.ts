/**
 * Which state may follow which. The table is whole. Merging stands on the case merged into, which no command
 * records yet, so those transitions are refused with what they lack until one does. Deciding needs a written
 * reason: in this first form the reason in the timeline is the decision; citations, measures and letters will
 * stand on it.
 */
import { DomainError } from '../errors.ts';
import type { CaseState, CaseTrack } from './case.ts';

type Transitions = Readonly<Partial<Record<CaseState, readonly CaseState[]>>>;

export const transitions: Readonly<Record<CaseTrack, Transitions>> = {
  violation: {
    new: ['triage', 'invalid', 'merged'],
    triage: ['investigating', 'awaiting_external', 'in_review', 'decided', 'invalid', 'merged'],
    investigating: ['awaiting_external', 'in_review', 'decided', 'merged'],
    awaiting_external: ['investigating', 'in_review'],
    in_review: ['investigating', 'decided'],
    decided: ['in_review', 'closed'],
    closed: ['investigating'],
    invalid: ['triage'],
    merged: ['triage'],
  },
  incident: {
    new: ['triage'],
    triage: ['investigating'],
    investigating: ['mitigated'],
    mitigated: ['resolved'],
    resolved: ['closed'],
    closed: ['investigating'],
  },
};

/** Nothing is left to do: out of the queue, and only notes and reopening are accepted. */
export const isSettled = (state: CaseState): boolean =>
  state === 'closed' || state === 'invalid' || state === 'merged';

/** What a listed transition stands on that cannot be recorded yet; null for one that is offered. */
export const lacks = (from: CaseState, to: CaseState): 'merge' | null =>
  from === 'merged' || to === 'merged' ? 'merge' : null;

/** Deciding, settling and taking up again are explained to whoever reads the timeline later. */
export const needsReason = (from: CaseState, to: CaseState): boolean =>
  to === 'decided' || from === 'decided' || isSettled(from) || isSettled(to);

/** The states a person can choose from here, in the order of the table. */
export const offeredStates = (track: CaseTrack, from: CaseState): readonly CaseState[] =>
  (transitions[track][from] ?? []).filter((to) => lacks(from, to) === null);

/** Throws `transition_refused` with `{from, to}`, or `reason_required`. */
export function checkTransition(
  track: CaseTrack,
  change: { from: CaseState; to: CaseState; reason: string },
): void {
  const { from, to, reason } = change;
  if (!transitions[track][from]?.includes(to)) throw new DomainError('transition_refused', { from, to });
  const lacking = lacks(from, to);
  if (lacking) throw new DomainError('transition_refused', { from, to, lacks: lacking });
  if (needsReason(from, to) && reason.trim() === '') throw new DomainError('reason_required', { from, to });
}
