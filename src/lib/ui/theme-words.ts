import { m } from '#i18n/compiled/messages.js';
import type { Theme } from './appearance.svelte.ts';

export const themeWords: Readonly<Record<Theme, () => string>> = {
  system: m.shell_theme_system,
  light: m.shell_theme_light,
  dark: m.shell_theme_dark,
};
