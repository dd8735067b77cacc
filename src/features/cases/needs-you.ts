/** A refused change of a case: whether it would be accepted now, and what the button to do so says. */
import type { CaseRecord } from '#domain/cases/case.ts';
import { isSettled } from '#domain/cases/rules.ts';
import { commandNamed } from '#domain/commands.ts';
import type { ReadRecord } from '#domain/records.ts';
import { isState, textIn } from '#i18n/case-refusals.ts';
import type { RefusedChange } from '#i18n/case-refusals.ts';
import { stateWord } from '#i18n/case-words.ts';
import { m } from '#i18n/compiled/messages.js';
import { moveWord } from './words.ts';

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
