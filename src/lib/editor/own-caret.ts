/**
 * Keeps one's own caret while others write. The browser moves the caret at once and tells of it with the next
 * frame only; if words or carets of others are drawn in between, ProseMirror puts the caret back to where it
 * last knew it and a press of an arrow key is lost (three to nine of 130 while somebody types quickly). So it
 * is told to look before anything of others is drawn, and before a key is understood by what is selected.
 */
import { Extension } from '@tiptap/core';
import { yCursorPluginKey, ySyncPluginKey } from '@tiptap/y-tiptap';
import type * as Y from 'yjs';

/** Tells ProseMirror now where the browser has the caret. */
export const look = (): boolean => document.dispatchEvent(new Event('selectionchange'));

/** One's own words come out of the editor: it is busy, and knows. */
const lookBeforeWords = (doc: Y.Doc): void => {
  if (doc._transaction?.origin !== ySyncPluginKey) look();
};

export const OwnCaret = Extension.create<{ doc: Y.Doc | null }>({
  name: 'ownCaret',
  addOptions: () => ({ doc: null }),
  // Before the binding listens, which takes down the caret it finds at that moment.
  onBeforeCreate() {
    this.options.doc?.on('beforeAllTransactions', lookBeforeWords);
  },
  onDestroy() {
    this.options.doc?.off('beforeAllTransactions', lookBeforeWords);
  },
  dispatchTransaction({ transaction, next }) {
    const carets: unknown = transaction.getMeta(yCursorPluginKey);
    if (carets === undefined || transaction.docChanged || transaction.selectionSet) return next(transaction);
    look();
    // Begun again on what was seen.
    next(this.editor.state.tr.setMeta(yCursorPluginKey, carets));
  },
});
