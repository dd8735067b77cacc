/** Escape leaves what was opened from a list, to the list as it was left. */
import { afterNavigate, goto } from '$app/navigation';
import { m } from '#i18n/compiled/messages.js';
import { registerCommands } from '#lib/ui/commands.svelte.ts';

/** Call while the page of one thing initialises; `list` is where its list stands. */
export function registerWayBack(list: string): void {
  let isListBehind = false;
  afterNavigate(({ from, type }) => {
    // On arriving from outside there is a target without an address, whatever the type says.
    if (type !== 'popstate') isListBehind = from?.url?.pathname === list;
  });
  // Back, where that is the list: its filters and its place come with it.
  // eslint-disable-next-line svelte/no-navigation-without-resolve -- whole already: the app stands at the root
  registerClosing(() => (isListBehind ? history.back() : void goto(list)));
}

export function registerClosing(close: () => void, isOpen = () => true): void {
  registerCommands(() =>
    isOpen()
      ? [
          {
            id: 'close',
            label: m.shell_keys_close(),
            group: m.shell_group_general(),
            icon: 'arrow-left',
            keys: 'escape',
            run: close,
          },
        ]
      : [],
  );
}
