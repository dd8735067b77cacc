/**
 * Keeps a lasting id on every block that can be cited: present, unique, and with the words it names.
 *
 * A split copies attributes to both halves, changing a block's type may drop them, pasting brings strangers'
 * ids. After each change of this person's the plugin repairs that, in the same undo step. It never answers
 * changes that came from others: two editors would answer each other for ever. And it waits while an input
 * method is composing, because touching the text then breaks accents on phones.
 */
import { Extension } from '@tiptap/core';
import { isChangeOrigin } from '@tiptap/extension-collaboration';
import { Fragment, Slice } from '@tiptap/pm/model';
import type { Node } from '@tiptap/pm/model';
import { Plugin, PluginKey } from '@tiptap/pm/state';
import type { Transaction } from '@tiptap/pm/state';
import type { EditorView } from '@tiptap/pm/view';
import { isClauseNodeName } from '#domain/documents/clauses.ts';

export interface ClauseIdChange {
  pos: number;
  id: string;
}

/** Where a position of the old document is in the new one; null when what stood there was deleted. */
export type MapPosition = (pos: number) => number | null;

interface Holder {
  pos: number;
  node: Node;
  id: string | null;
}

/** Every citable block in document order. Text is not entered: nothing inside it can be cited. */
function holdersIn(doc: Node): Holder[] {
  const holders: Holder[] = [];
  doc.descendants((node, pos) => {
    if (isClauseNodeName(node.type.name)) {
      const id: unknown = node.attrs['clauseId'];
      holders.push({ pos, node, id: typeof id === 'string' && id !== '' ? id : null });
    }
    return !node.isTextblock;
  });
  return holders;
}

/** A heading may become a paragraph and keep its name; a list item does not become a row. */
const family = (node: Node): string =>
  node.isTextblock ? 'text' : node.type.name === 'tableRow' ? 'row' : 'item';

/**
 * Among blocks that carry one id, the one that keeps it: the first in document order that has words. Enter
 * at the start of a clause leaves an empty block above it, and the name belongs to the words.
 */
const keeperOf = (group: readonly Holder[]): Holder | undefined =>
  group.find((holder) => holder.node.textContent !== '') ?? group[0];

/**
 * The ids to set so that every citable block has one of its own. An id that went missing although its block
 * is still there (its type was changed) comes back to it; only then are new ones made.
 */
export function clauseIdChanges(
  before: Node | null,
  after: Node,
  map: MapPosition,
  newId: () => string,
): ClauseIdChange[] {
  const holders = holdersIn(after);
  const groups = new Map<string, Holder[]>();
  const needy: Holder[] = [];
  for (const holder of holders) {
    if (holder.id === null) needy.push(holder);
    else groups.set(holder.id, [...(groups.get(holder.id) ?? []), holder]);
  }
  for (const group of groups.values()) {
    if (group.length === 1) continue;
    const keeper = keeperOf(group);
    needy.push(...group.filter((holder) => holder !== keeper));
  }
  if (needy.length === 0) return [];

  const given = new Map<Holder, string>();
  if (before) {
    for (const lost of holdersIn(before)) {
      if (lost.id === null || groups.has(lost.id)) continue;
      const pos = map(lost.pos + 1);
      if (pos === null) continue;
      const heir = needy
        .filter((holder) => holder.pos < pos && pos < holder.pos + holder.node.nodeSize)
        .filter((holder) => family(holder.node) === family(lost.node) && !given.has(holder))
        .at(-1);
      if (heir) given.set(heir, lost.id);
    }
  }
  return needy
    .map((holder) => ({ pos: holder.pos, id: given.get(holder) ?? newId() }))
    .sort((a, b) => a.pos - b.pos);
}

/** The same slice with every clause id removed that `keep` does not want. */
export function withoutClauseIds(slice: Slice, keep: (id: string) => boolean = () => false): Slice {
  const strip = (fragment: Fragment): Fragment => {
    const nodes: Node[] = [];
    fragment.forEach((node) => {
      const inner = node.isLeaf ? node : node.copy(strip(node.content));
      const id: unknown = inner.attrs['clauseId'];
      const stays = typeof id !== 'string' || keep(id);
      nodes.push(
        stays ? inner : inner.type.create({ ...inner.attrs, clauseId: null }, inner.content, inner.marks),
      );
    });
    return Fragment.from(nodes);
  };
  return new Slice(strip(slice.content), slice.openStart, slice.openEnd);
}

const idsIn = (content: { descendants: Node['descendants'] }): Set<string> => {
  const ids = new Set<string>();
  content.descendants((node) => {
    const id: unknown = node.attrs['clauseId'];
    if (typeof id === 'string') ids.add(id);
    return !node.isTextblock;
  });
  return ids;
};

const mapThrough =
  (transactions: readonly Transaction[]): MapPosition =>
  (pos) => {
    let at = pos;
    for (const { mapping } of transactions) {
      const result = mapping.mapResult(at);
      if (result.deleted) return null;
      at = result.pos;
    }
    return at;
  };

/** ProseMirror ends a composition 20 to 50 ms after the browser does. */
const afterCompositionMs = 80;
/** Ids remembered as cut, so that pasting them back is a move and not a copy. */
const cutIdsLimit = 2_000;

const clauseIdsKey = new PluginKey('clauseIds');

export interface ClauseIdsOptions {
  newId: () => string;
}

export const ClauseIds = Extension.create<ClauseIdsOptions>({
  name: 'clauseIds',
  // Before the extensions whose own repairs would otherwise run on blocks without ids.
  priority: 50,

  addOptions() {
    return { newId: () => crypto.randomUUID() };
  },

  addProseMirrorPlugins() {
    const { newId } = this.options;
    let view: EditorView | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let cutIds: ReadonlySet<string> = new Set();

    return [
      new Plugin({
        key: clauseIdsKey,
        view: (mounted) => {
          view = mounted;
          return {
            destroy: () => {
              clearTimeout(timer);
              view = null;
            },
          };
        },
        appendTransaction: (transactions, before, after) => {
          const settles = transactions.some((transaction) => transaction.getMeta(clauseIdsKey) === 'settle');
          if (!settles && !transactions.some((transaction) => transaction.docChanged)) return null;
          if (transactions.some((transaction) => isChangeOrigin(transaction))) return null;
          if (view?.composing && !settles) return null;
          const changes = clauseIdChanges(before.doc, after.doc, mapThrough(transactions), newId);
          if (changes.length === 0) return null;
          const repair = after.tr;
          for (const { pos, id } of changes) repair.setNodeAttribute(pos, 'clauseId', id);
          // Without this the typing that follows would lose bold chosen for an empty line.
          if (after.storedMarks) repair.setStoredMarks(after.storedMarks);
          return repair;
        },
        props: {
          transformPasted: (slice, target) => {
            if (target.dragging?.move) return slice;
            const here = idsIn(target.state.doc);
            return withoutClauseIds(slice, (id) => cutIds.has(id) && !here.has(id));
          },
          handleDOMEvents: {
            cut: (target) => {
              const { from, to } = target.state.selection;
              const ids = new Set<string>();
              target.state.doc.nodesBetween(from, to, (node) => {
                const id: unknown = node.attrs['clauseId'];
                if (typeof id === 'string' && ids.size < cutIdsLimit) ids.add(id);
                return !node.isTextblock;
              });
              cutIds = ids;
              return false;
            },
            compositionend: () => {
              clearTimeout(timer);
              timer = setTimeout(() => {
                if (view && !view.isDestroyed && !view.composing)
                  view.dispatch(view.state.tr.setMeta(clauseIdsKey, 'settle'));
              }, afterCompositionMs);
              return false;
            },
          },
        },
      }),
    ];
  },
});
