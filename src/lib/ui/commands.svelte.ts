/**
 * What can be done from the keyboard, said once: the command palette lists it, the help shows its keys, and
 * the frame listens for them. Features register theirs while they are on the screen.
 */
import { createContext, untrack } from 'svelte';
import type { IconName } from './icons.ts';

export interface ScreenCommand {
  id: string;
  label: string;
  /** Heading in the palette and the help. */
  group: string;
  icon?: IconName;
  /** Other words people may type to find it. */
  keywords?: string;
  /** `mod+k`, `?`, `c`, or two in a row: `g d`. `mod` is Ctrl, on Apple machines Command. */
  keys?: string;
  /** One of the two. */
  href?: string;
  run?: () => void;
  /** Listed in the palette only once something was typed. */
  onlyWhenSearched?: boolean;
}

/** Gives the commands that hold now; read inside an effect or a derived value, so that words follow the language. */
export type CommandSource = () => readonly ScreenCommand[];

export class ScreenCommands {
  #sources = $state.raw<readonly CommandSource[]>([]);

  readonly all = $derived(this.#sources.flatMap((source) => source()));

  /** Returns the function that takes them away again. Called in effects, which must not depend on the list. */
  register(source: CommandSource): () => void {
    const change = (next: (now: readonly CommandSource[]) => readonly CommandSource[]) =>
      untrack(() => (this.#sources = next(this.#sources)));
    change((now) => [...now, source]);
    return () => void change((now) => now.filter((other) => other !== source));
  }
}

export const [useCommands, provideCommands] = createContext<ScreenCommands>();

/** Registers commands for as long as the calling component is on the screen. Call while it initialises. */
export function registerCommands(source: CommandSource): void {
  const commands = useCommands();
  $effect(() => commands.register(source));
}
