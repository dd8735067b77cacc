/** The product's words for what the rules of cases name. Each by hand, so that a new state needs its words. */
import type { CaseState, CaseTrack, Severity } from '#domain/cases/case.ts';
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

export const stateWord = (state: CaseState): string => states[state]();
export const severityWord = (severity: Severity): string => severities[severity]();
export const trackWord = (track: CaseTrack): string => tracks[track]();
