/** People type the words they know, whatever language the screen speaks. */
import { locales } from '#i18n/compiled/runtime.js';
import type { Locale } from '#i18n/compiled/runtime.js';

export type Message = (inputs?: Record<never, never>, options?: { locale?: Locale }) => string;

export const inAllLanguages = (...messages: readonly Message[]): string =>
  messages.flatMap((message) => locales.map((locale) => message({}, { locale }))).join(' ');
