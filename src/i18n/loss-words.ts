/** What an import could not keep, in words. */
import type { ImportLossKind } from '#domain/documents/document.ts';
import { m } from '#i18n/compiled/messages.js';
import type { Locale } from '#i18n/compiled/runtime.js';

const losses = {
  html: m.documents_loss_html,
  'html-comment': m.documents_loss_html_comment,
  liquid: m.documents_loss_liquid,
  image: m.documents_loss_image,
  'front-matter': m.documents_loss_front_matter,
  'front-matter-field': m.documents_loss_front_matter_field,
  footnote: m.documents_loss_footnote,
  'unsafe-link': m.documents_loss_unsafe_link,
  'dead-link': m.documents_loss_dead_link,
  definition: m.documents_loss_definition,
  task: m.documents_loss_task,
  'code-info': m.documents_loss_code_info,
  'too-deep': m.documents_loss_too_deep,
  'control-character': m.documents_loss_control_character,
  'guessed-encoding': m.documents_loss_guessed_encoding,
  more: m.documents_loss_more,
} as const satisfies Record<ImportLossKind, unknown>;

/** A loss a newer server names and this version does not know is still shown, by its sample. */
export function lossName(what: string, locale?: Locale): string {
  const word = Object.hasOwn(losses, what) ? losses[what as ImportLossKind] : m.documents_loss_other;
  return word({}, locale ? { locale } : {});
}
