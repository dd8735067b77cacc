import type { Locale } from '#i18n/compiled/runtime.js';

/** Each language in its own words, so that whoever needs it can read it. */
export const languageNames: readonly { value: Locale; label: string }[] = [
  { value: 'en', label: 'English' },
  { value: 'pt-BR', label: 'Português (Brasil)' },
];
