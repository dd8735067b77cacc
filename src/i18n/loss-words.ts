/** What an import could not keep, and why it refused a file, in words. */
import type { ImportLossKind } from '#domain/documents/document.ts';
import type { ErrorCode, ErrorDetails } from '#domain/errors.ts';
import { m } from '#i18n/compiled/messages.js';
import { getLocale } from '#i18n/compiled/runtime.js';
import type { Locale } from '#i18n/compiled/runtime.js';
import { errorWords } from './error-words.ts';
import { formatOverLimit } from './format.ts';

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

/** A file that is too large is told its size and the limit. */
export function refusalWords(code: ErrorCode, details: ErrorDetails, locale: Locale = getLocale()): string {
  const { bytes, limit: most } = details;
  if (code !== 'too_large' || typeof bytes !== 'number' || typeof most !== 'number')
    return errorWords(code, details, locale);
  const [size, limit] = formatOverLimit(bytes, most, locale);
  return m.documents_import_too_large({ size, limit }, { locale });
}
