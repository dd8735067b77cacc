/** The commands that hold everywhere, found by the words of every language. */
import { themes } from '#lib/ui/appearance.svelte.ts';
import type { Theme } from '#lib/ui/appearance.svelte.ts';
import type { ScreenCommand } from '#lib/ui/commands.svelte.ts';
import type { IconName } from '#lib/ui/icons.ts';
import { m } from '#i18n/compiled/messages.js';
import { inAllLanguages } from './in-all-languages.ts';
import type { Message } from './in-all-languages.ts';
import { nouns, others } from './nouns.ts';

export interface FrameActions {
  palette: () => void;
  keyboard: () => void;
  status: () => void;
  signOut: () => void;
  rail: () => void;
  useTheme: (theme: Theme) => void;
  otherLanguage: () => void;
  language: string;
  /** What this person may do. */
  writes: boolean;
  manages: boolean;
}

const themeMessages: Record<Theme, [Message, Message]> = {
  system: [m.shell_theme_use_system, m.shell_words_theme_system],
  light: [m.shell_theme_use_light, m.shell_words_theme_light],
  dark: [m.shell_theme_use_dark, m.shell_words_theme_dark],
};

export function frameCommands(actions: FrameActions): ScreenCommand[] {
  const everywhere = m.shell_group_general();
  const general = (
    id: string,
    [label, ...words]: [Message, ...Message[]],
    icon: IconName,
    more: Partial<ScreenCommand>,
  ): ScreenCommand => ({
    id,
    label: label(),
    keywords: inAllLanguages(label, ...words),
    group: everywhere,
    icon,
    ...more,
  });
  const section = (id: string, label: Message, words?: Message): ScreenCommand => ({
    id: `settings ${id}`,
    label: label(),
    keywords: inAllLanguages(label, m.shell_settings, ...(words ? [words] : [])),
    group: m.shell_settings(),
    icon: 'settings',
    href: `/settings#${id}`,
    onlyWhenSearched: true,
  });
  return [
    ...[...nouns, ...others].map((place) => ({
      id: `go ${place.href}`,
      label: place.label(),
      keywords: inAllLanguages(place.label, place.words),
      group: m.shell_group_go(),
      icon: place.icon,
      keys: place.keys,
      href: place.href,
    })),
    general('palette', [m.shell_search_and_go, m.shell_words_search], 'search', {
      keys: 'mod+k',
      run: actions.palette,
    }),
    // On the list of documents the same commands have keys and open in place.
    ...(actions.writes
      ? [
          general('documents.create', [m.shell_new_document, m.shell_words_new_document], 'plus', {
            href: '/documents?new=1',
          }),
          general('documents.import', [m.shell_import_policies, m.shell_words_import], 'upload', {
            href: '/documents?import=1',
          }),
        ]
      : []),
    general('keyboard', [m.shell_keyboard_help, m.shell_words_keyboard], 'keyboard', {
      keys: '?',
      run: actions.keyboard,
    }),
    general('status', [m.sync_title, m.shell_words_status], 'sync', { keys: 'g w', run: actions.status }),
    general('rail', [m.shell_rail_toggle, m.shell_words_rail], 'panel', { keys: '[', run: actions.rail }),
    ...themes.map((theme) =>
      general(`theme ${theme}`, themeMessages[theme], 'contrast', { run: () => actions.useTheme(theme) }),
    ),
    general('language', [m.shell_language_switch, m.shell_words_language], 'globe', {
      // In the language one would change to: whoever needs it can read it.
      label: m.shell_language_switch({}, { locale: actions.language === 'en' ? 'pt-BR' : 'en' }),
      run: actions.otherLanguage,
    }),
    general('sign-out', [m.shell_sign_out, m.shell_words_sign_out], 'sign-out', { run: actions.signOut }),
    section('you', m.people_you, m.shell_words_you),
    section('appearance', m.people_appearance, m.shell_words_appearance),
    ...(actions.manages ? [section('workspace', m.people_workspace, m.shell_words_workspace)] : []),
    section('device', m.people_this_device, m.shell_words_device),
    section('password', m.people_password, m.shell_words_password),
    section('sessions', m.people_sessions, m.shell_words_sessions),
    section('tokens', m.people_tokens, m.shell_words_tokens),
    section('leaving', m.people_leaving),
  ];
}
