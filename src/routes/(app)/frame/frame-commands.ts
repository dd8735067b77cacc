/** The commands that hold everywhere, and the documents and cases of this device as places to go. */
import type { EngineContract } from '#lib/replica/contract.ts';
import type { ScreenCommand } from '#lib/ui/commands.svelte.ts';
import { m } from '#i18n/compiled/messages.js';
import { nouns, others } from './nouns.ts';

export interface FrameActions {
  palette: () => void;
  keyboard: () => void;
  status: () => void;
  signOut: () => void;
  rail: () => void;
  nextTheme: () => void;
  otherLanguage: () => void;
  language: string;
}

export function frameCommands(actions: FrameActions): ScreenCommand[] {
  const go = m.shell_group_go();
  const everywhere = m.shell_group_general();
  return [
    ...[...nouns, ...others].map((place) => ({
      id: `go ${place.href}`,
      label: place.label(),
      group: go,
      icon: place.icon,
      keys: place.keys,
      href: place.href,
    })),
    {
      id: 'palette',
      label: m.shell_search_and_go(),
      group: everywhere,
      icon: 'search',
      keys: 'mod+k',
      run: actions.palette,
    },
    {
      id: 'keyboard',
      label: m.shell_keyboard_help(),
      group: everywhere,
      icon: 'keyboard',
      keys: '?',
      run: actions.keyboard,
    },
    {
      id: 'status',
      label: m.sync_title(),
      group: everywhere,
      icon: 'sync',
      keys: 'g w',
      run: actions.status,
    },
    {
      id: 'rail',
      label: m.shell_rail_toggle(),
      group: everywhere,
      icon: 'panel',
      keys: '[',
      run: actions.rail,
    },
    { id: 'theme', label: m.shell_theme_next(), group: everywhere, icon: 'contrast', run: actions.nextTheme },
    {
      id: 'language',
      // In the language one would change to: whoever needs it can read it.
      label: m.shell_language_switch({}, { locale: actions.language === 'en' ? 'pt-BR' : 'en' }),
      keywords: 'language idioma english português',
      group: everywhere,
      icon: 'globe',
      run: actions.otherLanguage,
    },
    { id: 'sign-out', label: m.shell_sign_out(), group: everywhere, icon: 'sign-out', run: actions.signOut },
  ];
}

export function recordCommands(engine: EngineContract): ScreenCommand[] {
  return [
    ...engine.records.all('document').map((one) => ({
      id: `document ${one.id}`,
      label: one.title,
      group: m.shell_group_documents(),
      icon: 'document' as const,
      href: `/documents/${one.id}`,
      onlyWhenSearched: true,
    })),
    ...engine.records.all('case').map((one) => ({
      id: `case ${one.id}`,
      label: [one.ref, one.title].filter(Boolean).join(' '),
      group: m.shell_group_cases(),
      icon: 'case' as const,
      href: `/cases/${one.id}`,
      onlyWhenSearched: true,
    })),
  ];
}
