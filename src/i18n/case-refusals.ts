/** A refused change of a case: what it was and why it was refused, with names, and states as words. */
import { caseStates, severities } from '#domain/cases/case.ts';
import type { CaseState, Severity } from '#domain/cases/case.ts';
import type { ErrorCode, ErrorDetails } from '#domain/errors.ts';
import { m } from '#i18n/compiled/messages.js';
import { severityWord, stateWord } from './case-words.ts';
import { errorWords } from './error-words.ts';

export interface RefusedChange {
  name: string;
  input: unknown;
  code: ErrorCode;
  details: ErrorDetails;
}

/** A text of a command's input; empty where it has none of that name. */
export const textIn = (input: unknown, name: string): string => {
  const value = (input as Record<string, unknown> | null)?.[name];
  return typeof value === 'string' ? value : '';
};
export const isState = (text: unknown): text is CaseState =>
  (caseStates as readonly unknown[]).includes(text);
const isSeverity = (text: unknown): text is Severity => (severities as readonly unknown[]).includes(text);

const wordOf = (state: string): string => (isState(state) ? stateWord(state) : state);

/** What was not done, in one sentence. */
export function whatWasRefused({ name, input }: RefusedChange): string {
  const to = textIn(input, 'to');
  const severity = textIn(input, 'severity');
  switch (name) {
    case 'cases.open':
      return m.cases_needs_you_open({ title: textIn(input, 'title') });
    case 'cases.claim':
      return m.cases_needs_you_claim();
    case 'cases.release':
      return m.cases_needs_you_release();
    case 'cases.changeState':
      return m.cases_needs_you_state({ from: wordOf(textIn(input, 'from')), to: wordOf(to) });
    case 'cases.setSeverity':
      return m.cases_needs_you_severity({ to: isSeverity(severity) ? severityWord(severity) : severity });
    case 'cases.retitle':
      return m.cases_needs_you_retitle({ to: textIn(input, 'title') });
    default:
      return m.cases_needs_you_note();
  }
}

/** Why, with the names and states the server gave; the general words where it gave none. */
export function whyRefused({ code, details }: RefusedChange): string {
  const by = typeof details.by === 'string' ? details.by : '';
  const { state, from, to } = details;
  if (code === 'moved_on' && isState(state))
    return by
      ? m.cases_why_moved_on({ by, state: stateWord(state) })
      : m.cases_why_moved_on_unknown({ state: stateWord(state) });
  if (code === 'already_claimed' && by) return m.cases_why_already_claimed({ by });
  if (code === 'case_settled' && isState(state)) return m.cases_why_settled({ state: stateWord(state) });
  if (code === 'transition_refused' && isState(from) && isState(to))
    return m.cases_why_transition({ from: stateWord(from), to: stateWord(to) });
  return errorWords(code, details);
}
