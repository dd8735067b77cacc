/**
 * Type-only: a message missing in one language is a type error here, which names the key. (Paraglide alone
 * falls back to English in silence.) Every code of the error table needs its words too.
 */
import type { ErrorCode } from '#domain/errors.ts';
import type casesEn from './messages/en/cases.json';
import type documentsEn from './messages/en/documents.json';
import type editorEn from './messages/en/editor.json';
import type errorsEn from './messages/en/errors.json';
import type feedbackEn from './messages/en/feedback.json';
import type peopleEn from './messages/en/people.json';
import type shellEn from './messages/en/shell.json';
import type syncEn from './messages/en/sync.json';
import type casesPt from './messages/pt-BR/cases.json';
import type documentsPt from './messages/pt-BR/documents.json';
import type editorPt from './messages/pt-BR/editor.json';
import type errorsPt from './messages/pt-BR/errors.json';
import type feedbackPt from './messages/pt-BR/feedback.json';
import type peoplePt from './messages/pt-BR/people.json';
import type shellPt from './messages/pt-BR/shell.json';
import type syncPt from './messages/pt-BR/sync.json';

/** The keys that only one of the two has; `never` when they agree. */
type Difference<One, Other> = Exclude<keyof One, keyof Other> | Exclude<keyof Other, keyof One>;
type Agreed<Missing extends never> = Missing;

export type MessageKeysAgree = [
  Agreed<Difference<typeof casesEn, typeof casesPt>>,
  Agreed<Difference<typeof documentsEn, typeof documentsPt>>,
  Agreed<Difference<typeof editorEn, typeof editorPt>>,
  Agreed<Difference<typeof errorsEn, typeof errorsPt>>,
  Agreed<Difference<typeof feedbackEn, typeof feedbackPt>>,
  Agreed<Difference<typeof peopleEn, typeof peoplePt>>,
  Agreed<Difference<typeof shellEn, typeof shellPt>>,
  Agreed<Difference<typeof syncEn, typeof syncPt>>,
];

export type EveryErrorHasWords = Agreed<Exclude<`error_${ErrorCode}`, keyof typeof errorsEn>>;
