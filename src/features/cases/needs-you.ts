/** A refused change of a case: what it was, why it was refused, and whether it would be accepted now. */
import { caseStates, severities } from '#domain/cases/case.ts';
import type { CaseRecord, CaseState, Severity } from '#domain/cases/case.ts';
import { isSettled } from '#domain/cases/rules.ts';
import { commandNamed } from '#domain/commands.ts';
import type { ErrorCode, ErrorDetails } from '#domain/errors.ts';
import type { ReadRecord } from '#domain/records.ts';
import { m } from '#i18n/compiled/messages.js';
import { errorWords } from '#i18n/error-words.ts';
import { moveWord, severityWord, stateWord } from './words.ts';

export interface RefusedChange {
  name: string;
  input: unknown;
  code: ErrorCode;
  details: ErrorDetails;
}

const textIn = (input: unknown, name: string): string => {
  const value = (input as Record<string, unknown> | null)?.[name];
  return typeof value === 'string' ? value : '';
};
const isState = (text: unknown): text is CaseState => (caseStates as readonly unknown[]).includes(text);
const isSeverity = (text: unknown): text is Severity => (severities as readonly unknown[]).includes(text);

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
      return m.cases_needs_you_state({ to: isState(to) ? stateWord(to) : to });
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

/** The input to send again as things stand now, or the words for why it would be refused again. */
export function applyAgain(
  { name, input }: RefusedChange,
  read: ReadRecord,
): { input: unknown } | { impossible: string } {
  const spec = commandNamed(name);
  const next = spec?.again ? spec.again(input, read) : input;
  if (next !== null) return { input: next };
  const record = read('case', textIn(input, 'caseId'));
  if (!record) return { input };
  const isAboutOwner = name === 'cases.claim' || name === 'cases.release';
  if (isAboutOwner && !isSettled(record.state))
    return { impossible: record.ownerId === null ? m.cases_released_now() : m.cases_claimed_now() };
  return { impossible: m.cases_cannot_apply({ state: stateWord(record.state) }) };
}

/** What the button to send it again says. */
export const applyAgainWord = (change: RefusedChange, record: CaseRecord | undefined): string => {
  const to = textIn(change.input, 'to');
  return change.name === 'cases.changeState' && record && isState(to)
    ? m.cases_apply_again_move({ move: moveWord(record.state, to) })
    : m.cases_apply_again();
};
