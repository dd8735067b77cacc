/** One listener for all keys of the app: finds the command that is meant and runs it. */
import { goto } from '$app/navigation';
import type { ScreenCommands } from '#lib/ui/commands.svelte.ts';
import { isTyping, nameOfPress, readPress, sequenceMs } from '#lib/ui/shortcuts.ts';

/** A dialog that was asked for and is being fetched: what is typed meanwhile is meant for it. */
export interface Coming {
  readonly is: boolean;
  type(character: string): void;
}

export function listenToKeys(commands: ScreenCommands, coming: Coming): (event: KeyboardEvent) => void {
  let pending: { press: string; at: number } | null = null;

  return (event) => {
    const press = nameOfPress(event);
    // A dialog has the keyboard for itself, and so has an input method in the middle of a word.
    if (press === null || event.defaultPrevented || event.isComposing) return;
    const withCtrl = press.startsWith('mod+');
    if (coming.is && !document.querySelector('dialog[open]')) {
      event.preventDefault();
      if (!withCtrl && event.key.length === 1) coming.type(event.key);
      return;
    }
    if (!withCtrl && (isTyping(event.target) || document.querySelector('dialog[open], :popover-open')))
      return;
    if (withCtrl && document.querySelector('dialog[open]')) return;

    const before = pending && event.timeStamp - pending.at < sequenceMs ? pending.press : null;
    const known = commands.all.flatMap(({ keys }) => keys ?? []);
    const read = readPress(press, before, known);
    pending = read.pending === null ? null : { press: read.pending, at: event.timeStamp };
    const command = commands.all.find(({ keys }) => keys !== undefined && keys === read.hit);
    if (!command) return;
    event.preventDefault();
    // eslint-disable-next-line svelte/no-navigation-without-resolve -- whole already: the app stands at the root
    if (command.href !== undefined) void goto(command.href);
    else command.run?.();
  };
}
