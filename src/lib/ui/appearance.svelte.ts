/**
 * Language and theme as the reader chose them: changed in place, remembered in cookies that the server reads
 * too, so that the first byte already has the right ones. `static/boot.js` does the same for stored pages.
 */
import { createContext } from 'svelte';
import { getLocale, overwriteGetLocale, setLocale } from '#i18n/compiled/runtime.js';
import type { Locale } from '#i18n/compiled/runtime.js';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

export const themeCookie = 'stoa_theme';
const rememberedSeconds = 400 * 24 * 60 * 60;

export const themeFrom = (value: string | null | undefined): Theme =>
  themes.find((theme) => theme === value) ?? 'system';

export class Appearance {
  #language = $state.raw<Locale>('en');
  #theme = $state.raw<Theme>('system');

  /** Call in the browser only: on the server the language belongs to the request, not to a page. */
  static inBrowser(): Appearance {
    const appearance = new Appearance();
    const language = getLocale();
    appearance.#theme = themeFrom(document.documentElement.dataset['theme']);
    appearance.#language = language;
    // From here on every message read in a template follows the choice without a reload.
    overwriteGetLocale(() => appearance.#language);
    // Safari forgets cookies written by script after seven days: each visit renews the choice.
    appearance.chooseTheme(appearance.#theme);
    appearance.chooseLanguage(language);
    return appearance;
  }

  get language(): Locale {
    return this.#language;
  }

  get theme(): Theme {
    return this.#theme;
  }

  chooseLanguage(language: Locale): void {
    void setLocale(language, { reload: false });
    this.#language = language;
    document.documentElement.lang = language;
  }

  chooseTheme(theme: Theme): void {
    this.#theme = theme;
    document.cookie = `${themeCookie}=${theme}; path=/; max-age=${rememberedSeconds}; samesite=lax`;
    if (theme === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
  }
}

export const [useAppearance, provideAppearance] = createContext<Appearance>();
