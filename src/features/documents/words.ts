/** What kinds, languages, losses and states are called on the screen. */
import type { DocumentKind, DocumentLanguage } from '#domain/documents/document.ts';
import { m } from '#i18n/compiled/messages.js';

const kinds: Record<DocumentKind, () => string> = {
  policy: m.documents_kind_policy,
  playbook: m.documents_kind_playbook,
  sop: m.documents_kind_sop,
  note: m.documents_kind_note,
};
export const kindName = (kind: DocumentKind): string => kinds[kind]();

/** Languages are named in themselves, so that everyone finds their own. */
const languages: Record<DocumentLanguage, string> = { en: 'English', 'pt-BR': 'Português (Brasil)' };
export const languageName = (language: DocumentLanguage): string => languages[language];
