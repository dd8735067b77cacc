import fc from 'fast-check';
import { Fragment, Slice } from '@tiptap/pm/model';
import type { Node } from '@tiptap/pm/model';
import { joinBackward, setBlockType, wrapIn } from '@tiptap/pm/commands';
import { EditorState, TextSelection } from '@tiptap/pm/state';
import type { Transaction } from '@tiptap/pm/state';
import { describe, expect, it } from 'vitest';
import { isClauseNodeName } from '#domain/documents/clauses.ts';
import { documentSchema } from '#domain/documents/nodes.ts';
import { ClauseIds, withoutClauseIds } from './clause-ids.ts';
import { FillEmpty } from './fill-empty.ts';

const schema = documentSchema();

const paragraph = (text: string, clauseId: string | null = null): Node =>
  schema.node('paragraph', { clauseId }, text ? [schema.text(text)] : []);
const doc = (...blocks: Node[]): Node => schema.node('doc', null, blocks);

/** The plugins as the editor runs them, without a view. */
function stateOf(content: Node): EditorState {
  let count = 0;
  const options = { newId: () => `new${(count += 1)}` };
  const plugins = [FillEmpty, ClauseIds].flatMap((extension) => {
    const make = extension.config.addProseMirrorPlugins as unknown as (this: object) => never[];
    return make.call({ options, name: extension.name, editor: null, storage: {}, parent: null });
  });
  return EditorState.create({ doc: content, plugins });
}

const ids = (node: Node): (string | null)[] => {
  const found: (string | null)[] = [];
  node.descendants((child) => {
    if (isClauseNodeName(child.type.name)) found.push(child.attrs['clauseId'] as string | null);
    return !child.isTextblock;
  });
  return found;
};

const caretAt = (state: EditorState, pos: number): EditorState =>
  state.apply(state.tr.setSelection(TextSelection.near(state.doc.resolve(pos))));

const run = (
  state: EditorState,
  command: (state: EditorState, dispatch: (tr: Transaction) => void) => boolean,
): EditorState => {
  let next = state;
  command(state, (transaction) => (next = state.apply(transaction)));
  return next;
};

describe('clause ids', () => {
  it('are given to blocks that have none', () => {
    const state = stateOf(doc(paragraph('one'), paragraph('two', 'c2')));
    expect(ids(state.apply(state.tr.insertText('x', 1)).doc)).toEqual(['new1', 'c2']);
  });

  it('stay with the first half of a split, and the second half gets a new one', () => {
    const state = stateOf(doc(paragraph('one two', 'c1')));
    expect(ids(state.apply(state.tr.split(4)).doc)).toEqual(['c1', 'new1']);
  });

  it('stay with the words when a line is made above them', () => {
    const state = stateOf(doc(paragraph('words', 'c1')));
    const after = state.apply(state.tr.split(1)).doc;
    expect(ids(after)).toEqual(['new1', 'c1']);
    expect(after.child(1).textContent).toBe('words');
  });

  it('follow a paragraph that becomes a heading, even with several at once and attributes dropped', () => {
    const state = stateOf(doc(paragraph('one', 'c1'), paragraph('', 'c2'), paragraph('three', 'c3')));
    const all = state.apply(
      state.tr.setSelection(TextSelection.create(state.doc, 1, state.doc.content.size - 1)),
    );
    const heading = schema.nodes['heading'];
    if (!heading) throw new Error('the schema has no heading');
    const after = run(all, setBlockType(heading, { level: 2 })).doc;
    expect(after.firstChild?.type.name).toBe('heading');
    expect(ids(after)).toEqual(['c1', 'c2', 'c3']);
  });

  it('stay when a block is wrapped in a quote', () => {
    const quote = schema.nodes['blockquote'];
    if (!quote) throw new Error('the schema has no quote');
    const after = run(caretAt(stateOf(doc(paragraph('one', 'c1'))), 2), wrapIn(quote)).doc;
    expect(after.firstChild?.type.name).toBe('blockquote');
    expect(ids(after)).toEqual(['c1']);
  });

  it('of a deleted block are not handed to another', () => {
    const state = stateOf(doc(paragraph('one', 'c1'), paragraph('two', 'c2')));
    const after = state.apply(state.tr.delete(5, 10).insert(5, paragraph('three'))).doc;
    expect(ids(after)).toEqual(['c1', 'new1']);
  });

  it('are not touched when the change came from somebody else', () => {
    const state = stateOf(doc(paragraph('one'), paragraph('two', 'c2')));
    const remote = state.tr.insertText('x', 1).setMeta('y-sync$', { isChangeOrigin: true });
    expect(ids(state.apply(remote).doc)).toEqual([null, 'c2']);
  });

  it('do not come in with pasted text, except those just cut from here', () => {
    const slice = new Slice(Fragment.from([paragraph('a', 'c1'), paragraph('b', 'c2')]), 1, 1);
    expect(ids(doc(...withoutClauseIds(slice).content.content))).toEqual([null, null]);
    expect(ids(doc(...withoutClauseIds(slice, (id) => id === 'c2').content.content))).toEqual([null, 'c2']);
    expect(withoutClauseIds(slice).openStart).toBe(1);
  });
});

type Edit = { kind: number; at: number; to: number };

/** One random edit; positions are taken modulo what is possible, refusals change nothing. */
function edit(state: EditorState, { kind, at, to }: Edit): EditorState {
  const size = state.doc.content.size;
  const from = at % (size + 1);
  const end = to % (size + 1);
  const [low, high] = from < end ? [from, end] : [end, from];
  const near = TextSelection.near(state.doc.resolve(from));
  const type = (name: string) => schema.nodes[name] as NonNullable<(typeof schema.nodes)[string]>;
  try {
    switch (kind % 9) {
      case 0:
        return state.apply(state.tr.insertText('word ', near.from));
      case 1:
        return state.apply(state.tr.split(near.from));
      case 2:
        return state.apply(state.tr.deleteRange(low, Math.min(high, low + 12)));
      case 3:
        return run(caretAt(state, from), joinBackward);
      case 4:
        return run(caretAt(state, from), setBlockType(type('heading'), { level: 1 + (to % 6) }));
      case 5:
        return run(caretAt(state, from), wrapIn(type(to % 2 ? 'blockquote' : 'callout')));
      case 6: {
        // A copy of a passage, ids and all, as a broken paste or two merged edits would leave it.
        const copy = state.doc.slice(low, Math.min(high, low + 30));
        return state.apply(state.tr.replaceRange(near.from, near.from, copy));
      }
      case 7: {
        const item = schema.node('listItem', null, [paragraph('item', 'c1')]);
        return state.apply(state.tr.insert(0, schema.node('bulletList', null, [item, item])));
      }
      default: {
        const cell = schema.node('tableCell', null, [paragraph('', 'c1')]);
        const row = schema.node('tableRow', { clauseId: 'c1' }, [cell, cell]);
        return state.apply(state.tr.insert(0, schema.node('table', null, [row, row])));
      }
    }
  } catch (error) {
    // A step that does not fit the document is refused by ProseMirror as a whole.
    if (
      error instanceof RangeError ||
      (error as Error).name === 'TransformError' ||
      (error as Error).name === 'ReplaceError'
    )
      return state;
    throw error;
  }
}

describe('clause ids after any edits', () => {
  it('are present and unique on every block', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ kind: fc.nat(8), at: fc.nat(400), to: fc.nat(400) }), {
          minLength: 1,
          maxLength: 30,
        }),
        (edits) => {
          let state = stateOf(doc(paragraph('First things', 'c1'), paragraph('second', 'c2')));
          for (const one of edits) {
            state = edit(state, one);
            state.doc.check();
            const all = ids(state.doc);
            expect(all).not.toContain(null);
            expect(new Set(all).size).toBe(all.length);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
