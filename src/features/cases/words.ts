/** The product's words for what the rules name. Each is named by hand, so that a new state needs its words. */
import type { CaseRecord, CaseState, CaseTrack, Severity } from '#domain/cases/case.ts';
import { m } from '#i18n/compiled/messages.js';

type Word = () => string;

const states: Record<CaseState, Word> = {
  new: m.cases_state_new,
  triage: m.cases_state_triage,
  investigating: m.cases_state_investigating,
  awaiting_external: m.cases_state_awaiting_external,
  in_review: m.cases_state_in_review,
  decided: m.cases_state_decided,
  mitigated: m.cases_state_mitigated,
  resolved: m.cases_state_resolved,
  closed: m.cases_state_closed,
  invalid: m.cases_state_invalid,
  merged: m.cases_state_merged,
};
const severities: Record<Severity, Word> = {
  low: m.cases_severity_low,
  medium: m.cases_severity_medium,
  high: m.cases_severity_high,
  critical: m.cases_severity_critical,
};
const tracks: Record<CaseTrack, Word> = {
  violation: m.cases_track_violation,
  incident: m.cases_track_incident,
};
/** What the button says that leads to a state. States that no button leads to yet speak by their name. */
const moves: Record<CaseState, Word> = {
  ...states,
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

export const stateWord = (state: CaseState): string => states[state]();
export const severityWord = (severity: Severity): string => severities[severity]();
export const trackWord = (track: CaseTrack): string => tracks[track]();

export function moveWord(from: CaseState, to: CaseState): string {
  if (from === 'closed') return m.cases_to_investigating_again();
  if (from === 'invalid') return m.cases_to_triage_again();
  return moves[to]();
}

/** The ref, or words for not having one yet. */
export const refWord = (record: CaseRecord): string => record.ref ?? m.cases_ref_waiting();
