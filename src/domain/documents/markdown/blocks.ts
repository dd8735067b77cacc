/** Blocks: mdast to the nodes of `nodes.ts`. What the schema has no form for keeps its text. */
import type {
  AlignType,
  BlockContent,
  Blockquote,
  List,
  ListItem,
  Nodes,
  PhrasingContent,
  RootContent,
  Table,
} from 'mdast';
import type { ContentNode } from '../content.ts';
import { nestingLimit } from '../content.ts';
import type { CalloutKind } from '../nodes.ts';
import { lineOf, plainText, readInline } from './inline.ts';
import type { Reading } from './inline.ts';

/** Leaves room below `nestingLimit` for the row, cell and paragraph of a table at the deepest place. */
export const blockDepthLimit = nestingLimit - 10;

const paragraph = (content: ContentNode[]): ContentNode =>
  content.length > 0 ? { type: 'paragraph', content } : { type: 'paragraph' };

const inlineNode = (type: string, content: ContentNode[], attrs?: Record<string, unknown>): ContentNode => ({
  type,
  ...(attrs ? { attrs } : {}),
  ...(content.length > 0 ? { content } : {}),
});

/** Text as it stands, its lines kept apart. */
const literal = (text: string): ContentNode => {
  const lines = text.split('\n').map((line) => line.trimEnd());
  const content = lines.flatMap((line, index): ContentNode[] => [
    ...(index > 0 ? [{ type: 'hardBreak' }] : []),
    ...(line === '' ? [] : [{ type: 'text', text: line }]),
  ]);
  return paragraph(content);
};

/** A comment that is never closed hides the rest of the file in HTML; here it stays text. */
const comment = /<!--[\s\S]*?-->/gu;

/** Comments go with a line in the list of losses; other HTML is shown as what it is, text. */
function readHtml(node: Nodes & { value: string }, reading: Reading): ContentNode[] {
  for (const match of node.value.matchAll(comment)) {
    const linesBefore = node.value.slice(0, match.index).split('\n').length - 1;
    reading.losses.add('html-comment', lineOf(node) + linesBefore, match[0]);
  }
  const rest = node.value
    .replace(comment, '')
    .replace(/\n{2,}/gu, '\n')
    .trim();
  if (rest === '') return [];
  reading.losses.add('html', lineOf(node), rest);
  return [literal(rest)];
}

const calloutSign = /^\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\][ \t]*(?:\n|$)/iu;
const calloutKind: Readonly<Record<string, CalloutKind>> = {
  note: 'note',
  important: 'note',
  tip: 'tip',
  warning: 'warning',
  caution: 'warning',
};

/** `> [!NOTE]` on a line of its own, as GitHub writes callouts; the sign is taken out of the text. */
function calloutOf(quote: Blockquote): { kind: CalloutKind; children: Blockquote['children'] } | null {
  const [first, ...rest] = quote.children;
  const start = first?.type === 'paragraph' ? first.children[0] : undefined;
  if (first?.type !== 'paragraph' || start?.type !== 'text') return null;
  const sign = calloutSign.exec(start.value);
  const kind = calloutKind[sign?.[1]?.toLowerCase() ?? ''];
  if (!sign || !kind) return null;
  const value = start.value.slice(sign[0].length);
  const words: PhrasingContent[] = [
    ...(value === '' ? [] : [{ ...start, value }]),
    ...first.children.slice(1),
  ];
  if (words[0]?.type === 'break') words.shift();
  return { kind, children: words.length === 0 ? rest : [{ ...first, children: words }, ...rest] };
}

const checkbox = (item: ListItem): ContentNode[] =>
  typeof item.checked === 'boolean' ? [{ type: 'text', text: item.checked ? '[x] ' : '[ ] ' }] : [];

function readItem(
  item: ListItem,
  type: 'listItem' | 'taskItem',
  reading: Reading,
  depth: number,
): ContentNode {
  let content = readBlocks(item.children, reading, depth + 1);
  // An item begins with a line to write on, as the editor makes it.
  if (content[0]?.type !== 'paragraph') content = [paragraph([]), ...content];
  if (type === 'taskItem') return { type, attrs: { checked: item.checked === true }, content };
  const box = checkbox(item);
  if (box.length > 0 && content[0]) {
    reading.losses.add('task', lineOf(item), plainText(item));
    content[0] = paragraph([...box, ...(content[0].content ?? [])]);
  }
  return { type, content };
}

/** A bullet list whose items are partly tasks becomes several lists, one after the other. */
function readList(list: List, reading: Reading, depth: number): ContentNode[] {
  if (list.ordered === true) {
    const start = list.start ?? 1;
    const content = list.children.map((item) => readItem(item, 'listItem', reading, depth + 1));
    return [{ type: 'orderedList', attrs: { start }, content }];
  }
  const lists: ContentNode[] = [];
  for (const item of list.children) {
    const isTask = typeof item.checked === 'boolean';
    const type = isTask ? 'taskList' : 'bulletList';
    const node = readItem(item, isTask ? 'taskItem' : 'listItem', reading, depth + 1);
    const last = lists.at(-1);
    if (last?.type === type) last.content?.push(node);
    else lists.push({ type, content: [node] });
  }
  return lists;
}

const alignOf = (align: AlignType | undefined): Record<string, unknown> =>
  align ? { attrs: { align } } : {};

/** Rows are filled up to the longest one, so that the table is a rectangle and no cell is lost. */
function readTable(table: Table, reading: Reading): ContentNode {
  const columns = Math.max(1, ...table.children.map((row) => row.children.length));
  const content = table.children.map((row, rowIndex): ContentNode => {
    const cells = Array.from({ length: columns }, (_, column): ContentNode => {
      const words = readInline(row.children[column]?.children ?? [], reading);
      return {
        type: rowIndex === 0 ? 'tableHeader' : 'tableCell',
        ...alignOf(table.align?.[column]),
        content: [paragraph(words)],
      };
    });
    return { type: 'tableRow', content: cells };
  });
  return { type: 'table', content };
}

function readBlock(node: RootContent, reading: Reading, depth: number): ContentNode[] {
  if (depth > blockDepthLimit && 'children' in node && node.type !== 'paragraph') {
    const text = plainText(node);
    reading.losses.add('too-deep', lineOf(node), text);
    return [literal(text)];
  }
  switch (node.type) {
    case 'paragraph': {
      const content = readInline(node.children, reading);
      // A paragraph of nothing but comments leaves no empty line behind.
      return content.length === 0 && node.children.length > 0 ? [] : [paragraph(content)];
    }
    case 'heading':
      return [inlineNode('heading', readInline(node.children, reading), { level: node.depth })];
    case 'thematicBreak':
      return [{ type: 'horizontalRule' }];
    case 'blockquote': {
      const callout = calloutOf(node);
      const content = readBlocks(callout?.children ?? node.children, reading, depth + 1);
      const inside = content.length > 0 ? content : [paragraph([])];
      return callout
        ? [{ type: 'callout', attrs: { kind: callout.kind }, content: inside }]
        : [{ type: 'blockquote', content: inside }];
    }
    case 'list':
      return readList(node, reading, depth);
    case 'listItem':
      return [readItem(node, 'listItem', reading, depth)];
    case 'code': {
      if (node.meta) reading.losses.add('code-info', lineOf(node), node.meta);
      const attrs = { language: node.lang ?? null };
      return [inlineNode('codeBlock', node.value === '' ? [] : [{ type: 'text', text: node.value }], attrs)];
    }
    case 'table':
      return [readTable(node, reading)];
    case 'html':
      return readHtml(node, reading);
    case 'footnoteDefinition': {
      const label = `[${node.label ?? node.identifier}] `;
      reading.losses.add('footnote', lineOf(node), plainText(node));
      const content = readBlocks(node.children, reading, depth + 1);
      const [first, ...rest] = content;
      const words = first?.type === 'paragraph' ? (first.content ?? []) : [];
      return [
        paragraph([{ type: 'text', text: label }, ...words]),
        ...(first?.type === 'paragraph' ? rest : content),
      ];
    }
    // Front matter is read before, definitions where they are used.
    case 'yaml':
    case 'definition':
      return [];
    default:
      return [paragraph(readInline([node as PhrasingContent], reading))];
  }
}

export const readBlocks = (
  nodes: readonly (RootContent | BlockContent)[],
  reading: Reading,
  depth = 0,
): ContentNode[] => nodes.flatMap((node) => readBlock(node, reading, depth));
