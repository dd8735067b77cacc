/** The places of the app in their order: the rail, the bottom bar, the palette and the keys all read this. */
import { m } from '#i18n/compiled/messages.js';
import type { IconName } from '#lib/ui/icons.ts';
import type { Message } from './in-all-languages.ts';

export interface Place {
  href: string;
  label: Message;
  /** Other words for it. */
  words: Message;
  icon: IconName;
  keys: string;
}

export const nouns: readonly Place[] = [
  { href: '/', label: m.shell_today, words: m.shell_words_today, icon: 'today', keys: 'g t' },
  {
    href: '/documents',
    label: m.shell_documents,
    words: m.shell_words_documents,
    icon: 'document',
    keys: 'g d',
  },
  { href: '/cases', label: m.shell_cases, words: m.shell_words_cases, icon: 'case', keys: 'g c' },
  {
    href: '/feedback',
    label: m.shell_feedback,
    words: m.shell_words_feedback,
    icon: 'feedback',
    keys: 'g f',
  },
];

/** Behind "More" on the phone, at the foot of the rail on the desk. */
export const others: readonly Place[] = [
  { href: '/people', label: m.shell_people, words: m.shell_words_people, icon: 'people', keys: 'g p' },
  {
    href: '/settings',
    label: m.shell_settings,
    words: m.shell_words_settings,
    icon: 'settings',
    keys: 'g s',
  },
];

/** Whether a page stands in that place: itself, or something inside it. */
export const isAt = (place: string, path: string): boolean =>
  place === '/' ? path === '/' : path === place || path.startsWith(`${place}/`);
