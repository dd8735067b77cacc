/**
 * Containers may be empty in the stored text, so that no merge can make one invalid; but nobody can put a
 * caret into an empty quote. After this person's own changes (never after those of others), an empty
 * container gets a paragraph and an empty list goes away.
 */
import { Extension } from '@tiptap/core';
import { isChangeOrigin } from '@tiptap/extension-collaboration';
import type { Node } from '@tiptap/pm/model';
import { Plugin, PluginKey, TextSelection } from '@tiptap/pm/state';
import type { Transaction } from '@tiptap/pm/state';

const filled: ReadonlySet<string> = new Set([
  'blockquote',
  'callout',
  'listItem',
  'taskItem',
  'tableCell',
  'tableHeader',
]);
const dropped: ReadonlySet<string> = new Set(['bulletList', 'orderedList', 'taskList', 'table']);

interface EmptyPlaces {
  /** Positions just inside containers that want a paragraph. */
  fill: number[];
  drop: { from: number; to: number }[];
}

export function emptyPlaces(doc: Node): EmptyPlaces {
  const places: EmptyPlaces = { fill: [], drop: [] };
  doc.descendants((node, pos) => {
    if (node.isTextblock || node.isLeaf) return false;
    if (node.childCount > 0) return true;
    if (filled.has(node.type.name)) places.fill.push(pos + 1);
    else if (dropped.has(node.type.name)) places.drop.push({ from: pos, to: pos + node.nodeSize });
    return false;
  });
  return places;
}

/** Applies the repairs to `repair`; `caret` is where the person was and stays, if that place was emptied. */
export function fillEmpty(repair: Transaction, caret: number | null): boolean {
  const { fill, drop } = emptyPlaces(repair.doc);
  const paragraph = repair.doc.type.schema.nodes['paragraph'];
  if (!paragraph || fill.length + drop.length === 0) return false;
  // From the end, so that earlier positions stay true.
  const steps = [
    ...fill.map((pos) => ({ pos, to: null as number | null })),
    ...drop.map(({ from, to }) => ({ pos: from, to: to })),
  ].sort((a, b) => b.pos - a.pos);
  for (const { pos, to } of steps) {
    if (to === null) repair.insert(pos, paragraph.create());
    else repair.delete(pos, to);
  }
  if (caret !== null && fill.includes(caret)) {
    const shift = steps.filter((step) => step.pos < caret);
    const before = shift.reduce((sum, step) => sum + (step.to === null ? 2 : step.pos - step.to), 0);
    repair.setSelection(TextSelection.create(repair.doc, caret + before + 1));
  }
  return true;
}

export const FillEmpty = Extension.create({
  name: 'fillEmpty',
  // Runs before the clause ids, so that what it adds gets one.
  priority: 60,
  addProseMirrorPlugins() {
    return [
      new Plugin({
        key: new PluginKey('fillEmpty'),
        appendTransaction: (transactions, before, after) => {
          if (!transactions.some((transaction) => transaction.docChanged)) return null;
          if (transactions.some((transaction) => isChangeOrigin(transaction))) return null;
          let caret: number | null = before.selection.from;
          for (const { mapping } of transactions) caret = mapping.map(caret);
          const repair = after.tr;
          return fillEmpty(repair, caret) ? repair : null;
        },
      }),
    ];
  },
});
