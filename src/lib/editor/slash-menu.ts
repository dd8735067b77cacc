/** "/" opens the list of blocks: a suggestion that hands its state to whoever draws the list. */
import { Extension } from '@tiptap/core';
import { Suggestion } from '@tiptap/suggestion';
import { PluginKey } from '@tiptap/pm/state';
import { isChangeOrigin } from '@tiptap/extension-collaboration';
import { choicesFor } from './block-choices.ts';
import type { BlockChoice } from './block-choices.ts';

export interface SlashState {
  choices: BlockChoice[];
  chosen: number;
  query: string;
  /** Where the caret is on the screen; null when it is out of view. */
  at: DOMRect | null;
  choose: (choice: BlockChoice) => void;
}

export interface SlashMenuOptions {
  show: (state: SlashState | null) => void;
}

export const SlashMenu = Extension.create<SlashMenuOptions>({
  name: 'slashMenu',
  addOptions() {
    return { show: () => undefined };
  },
  addProseMirrorPlugins() {
    const { show } = this.options;
    let state: SlashState | null = null;
    const set = (next: SlashState | null) => {
      state = next;
      show(next);
    };
    return [
      Suggestion<BlockChoice, BlockChoice>({
        editor: this.editor,
        pluginKey: new PluginKey('slashMenu'),
        char: '/',
        items: ({ query }) => choicesFor(query),
        allow: ({ state: at, range }) => !at.doc.resolve(range.from).parent.type.spec.code,
        // A slash typed by somebody else must not open a menu here.
        shouldShow: ({ transaction }) => !isChangeOrigin(transaction),
        command: ({ editor, range, props: choice }) => {
          editor.chain().focus().deleteRange(range).run();
          choice.choose(editor);
        },
        render: () => ({
          onStart: ({ items, query, clientRect, command }) =>
            set({ choices: items, chosen: 0, query, at: clientRect?.() ?? null, choose: command }),
          onUpdate: ({ items, query, clientRect, command }) => {
            const chosen = state?.query === query ? Math.min(state.chosen, items.length - 1) : 0;
            set({
              choices: items,
              chosen: Math.max(0, chosen),
              query,
              at: clientRect?.() ?? null,
              choose: command,
            });
          },
          onExit: () => set(null),
          onKeyDown: ({ event }) => {
            if (!state || state.choices.length === 0) return false;
            const { choices, chosen } = state;
            if (event.key === 'ArrowDown') set({ ...state, chosen: (chosen + 1) % choices.length });
            else if (event.key === 'ArrowUp')
              set({ ...state, chosen: (chosen + choices.length - 1) % choices.length });
            else if (event.key === 'Enter' || event.key === 'Tab') {
              const choice = choices[chosen];
              if (choice) state.choose(choice);
            } else return false;
            return true;
          },
        }),
      }),
    ];
  },
});
