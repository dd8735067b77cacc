/** What a case's buttons say. Each is named by hand, so that a new state needs its words. */
import type { CaseRecord, CaseState } from '#domain/cases/case.ts';
import { m } from '#i18n/compiled/messages.js';

/** What the button says that leads to a state. States that no button leads to yet speak by their name. */
const moves: Record<CaseState, () => string> = {
  new: m.cases_state_new,
  merged: m.cases_state_merged,
  triage: m.cases_to_triage,
  investigating: m.cases_to_investigating,
  awaiting_external: m.cases_to_awaiting_external,
  in_review: m.cases_to_in_review,
  decided: m.cases_to_decided,
  mitigated: m.cases_to_mitigated,
  resolved: m.cases_to_resolved,
  closed: m.cases_to_closed,
  invalid: m.cases_to_invalid,
};

export function moveWord(from: CaseState, to: CaseState): string {
  if (from === 'closed') return m.cases_to_investigating_again();
  if (from === 'invalid') return m.cases_to_triage_again();
  return moves[to]();
}

/** The ref, or words for not having one yet. */
export const refWord = (record: CaseRecord): string => record.ref ?? m.cases_ref_waiting();
