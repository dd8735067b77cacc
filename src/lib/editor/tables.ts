/** Tables in the editor: repairs answer only local changes, and new cells can be typed in at once. */
import type { Editor } from '@tiptap/core';
import { isChangeOrigin } from '@tiptap/extension-collaboration';
import type { Table } from '@tiptap/extension-table';
import { Plugin, TextSelection } from '@tiptap/pm/state';

/** Wide enough for a comparison, narrow enough for a phone to scroll. */
export const newTableSize = { rows: 3, columns: 3 };

export const editorTable = (table: typeof Table): typeof Table =>
  // In a box of its own that scrolls sideways: a wide table must not widen the page of a phone.
  table.configure({ renderWrapper: true }).extend({
    addProseMirrorPlugins() {
      const plugins = this.parent?.() ?? [];
      return plugins.map((plugin) => {
        const { appendTransaction } = plugin.spec;
        if (!appendTransaction) return plugin;
        // The stock repair would also answer what others did, and both sides would write the same repair.
        return new Plugin({
          ...plugin.spec,
          appendTransaction: (transactions, before, after) =>
            transactions.some((transaction) => isChangeOrigin(transaction))
              ? null
              : appendTransaction.call(plugin, transactions, before, after),
        });
      });
    },
    addKeyboardShortcuts() {
      return {
        ...this.parent?.(),
        Tab: () => {
          if (this.editor.commands.goToNextCell()) return true;
          // Two steps, each with commands of its own: the new cells are empty until the first was applied.
          return this.editor.commands.addRowAfter() && this.editor.commands.goToNextCell();
        },
      };
    },
  });

/** A table with a header row, every cell holding a paragraph, and the caret in the first. */
export function insertTable(editor: Editor): boolean {
  return editor
    .chain()
    .focus()
    .command(({ tr, state, dispatch }) => {
      const { table, tableRow, tableHeader, tableCell, paragraph } = state.schema.nodes;
      if (!table || !tableRow || !tableHeader || !tableCell || !paragraph) return false;
      const cells = (type: typeof tableCell) =>
        Array.from({ length: newTableSize.columns }, () => type.create(null, paragraph.create()));
      const rows = Array.from({ length: newTableSize.rows }, (_, index) =>
        tableRow.create(null, cells(index === 0 ? tableHeader : tableCell)),
      );
      const node = table.create(null, rows);
      if (!dispatch) return true;
      const before = tr.selection.from;
      tr.replaceSelectionWith(node);
      let first: number | null = null;
      tr.doc.nodesBetween(Math.max(0, before - 1), tr.doc.content.size, (child, pos) => {
        if (first === null && child.type === paragraph && tr.doc.resolve(pos).parent.type === tableHeader)
          first = pos + 1;
        return first === null;
      });
      if (first !== null) tr.setSelection(TextSelection.create(tr.doc, first)).scrollIntoView();
      return true;
    })
    .run();
}
