/** What kinds, languages, losses and states are called on the screen. */
import type { DocumentKind, DocumentLanguage, ImportLoss } from '#domain/documents/document.ts';
import { countLosses } from '#domain/documents/markdown/losses.ts';
import { m } from '#i18n/compiled/messages.js';
import { getLocale } from '#i18n/compiled/runtime.js';
import { formatNumber } from '#i18n/format.ts';

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

/** "3 things in the file were not kept as they were". */
export function lossesInAll(losses: readonly ImportLoss[]): string {
  const count = countLosses(losses);
  return m.documents_import_losses({ count, shown: formatNumber(count, getLocale()) });
}
