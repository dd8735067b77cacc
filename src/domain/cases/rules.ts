/**
 * Which state may follow which. The table is whole; what a transition stands on is said beside it. Deciding
 * stands on a decision and merging on the case merged into. No command records those yet, and a case that is
 * "decided" without a decision would be a claim without a fact, so these transitions are refused with what
 * they lack until the commands that record it exist. Everything else is offered.
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
export function lacks(from: CaseState, to: CaseState): 'decision' | 'merge' | null {
  if (from === 'merged' || to === 'merged') return 'merge';
  if (from === 'decided' || to === 'decided') return 'decision';
  return null;
}

/** Settling a case and taking it up again are explained to whoever reads the timeline later. */
export const needsReason = (from: CaseState, to: CaseState): boolean => isSettled(from) || isSettled(to);

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
