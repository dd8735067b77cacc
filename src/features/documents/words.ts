/** What kinds, languages, losses and states are called on the screen. */
import type { DocumentKind, DocumentLanguage, ImportLossKind } from '#domain/documents/document.ts';
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

const losses: Record<ImportLossKind, () => string> = {
  html: m.documents_loss_html,
  'html-comment': m.documents_loss_html_comment,
  liquid: m.documents_loss_liquid,
  image: m.documents_loss_image,
  'front-matter': m.documents_loss_front_matter,
  'front-matter-field': m.documents_loss_front_matter_field,
  footnote: m.documents_loss_footnote,
  'unsafe-link': m.documents_loss_unsafe_link,
  definition: m.documents_loss_definition,
  task: m.documents_loss_task,
  'code-info': m.documents_loss_code_info,
  'too-deep': m.documents_loss_too_deep,
  'control-character': m.documents_loss_control_character,
  'guessed-encoding': m.documents_loss_guessed_encoding,
  more: m.documents_loss_more,
};
/** A loss a newer server names and this version does not know is still shown, by its sample. */
export const lossName = (what: string): string =>
  Object.hasOwn(losses, what) ? losses[what as ImportLossKind]() : m.documents_loss_other();
