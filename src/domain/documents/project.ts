/** What others need to know of a text: its words for search and lists, its headings, its links. */
import type { ContentNode } from './content.ts';

export interface OutlineEntry {
  /** Null for a heading that no editor with the clause-id plugin has touched yet. */
  clauseId: string | null;
  level: number;
  text: string;
}

export interface LinkTarget {
  href: string;
  /** The words that are linked. */
  text: string;
  /** The nearest block that has one. */
  clauseId: string | null;
}

export interface Projection {
  /** One line a block, cells separated by tabs. */
  text: string;
  words: number;
  /** The first words of the body on one line, for lists. */
  excerpt: string;
  outline: OutlineEntry[];
  links: LinkTarget[];
}

export const excerptLengthLimit = 200;
export const outlineLengthLimit = 2_000;
export const linksLengthLimit = 5_000;
const outlineTextLimit = 200;

const wordPattern = /[\p{L}\p{N}]+(?:[.,'’/-]?[\p{L}\p{N}]+)*/gu;

/** Runs of letters and digits; `e-mail`, `d’água`, `R$ 1.000,00` count one, one and two. */
export function countWords(text: string): number {
  let words = 0;
  for (const _word of text.matchAll(wordPattern)) words += 1;
  return words;
}

const textBlocks: ReadonlySet<string> = new Set(['paragraph', 'heading', 'codeBlock']);
const cells: ReadonlySet<string> = new Set(['tableCell', 'tableHeader']);

/** PostgreSQL stores no zero characters, and a browser may paste one. */
const plain = (text: string | undefined): string => (text ?? '').replaceAll('\u0000', '').toWellFormed();
const isBreak = ({ type }: ContentNode): boolean => type === 'hardBreak';

const attributeText = (node: ContentNode, name: string): string | null => {
  const value = node.attrs?.[name];
  return typeof value === 'string' && value !== '' ? value : null;
};

/** Cuts at a word and shows that it did. */
function shorten(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const cut = text.slice(0, limit - 1).toWellFormed();
  const space = cut.lastIndexOf(' ');
  return `${space > limit / 2 ? cut.slice(0, space) : cut}…`;
}

/** Content comes from `contentOf` or the Markdown reader, both of which bound its depth. */
export function project(root: ContentNode): Projection {
  const lines: string[] = [];
  const body: string[] = [];
  let bodyLength = 0;
  const outline: OutlineEntry[] = [];
  const links: LinkTarget[] = [];

  function inline(node: ContentNode, clauseId: string | null): string {
    let text = '';
    let last: LinkTarget | undefined;
    for (const child of node.content ?? []) {
      const part =
        child.type === 'text' ? plain(child.text) : isBreak(child) ? '\n' : inline(child, clauseId);
      text += part;
      const mark = child.marks?.find(({ type }) => type === 'link');
      const href = mark?.attrs?.['href'];
      if (typeof href !== 'string') last = undefined;
      else if (last?.href === href) last.text += part;
      else if (links.length < linksLengthLimit) links.push((last = { href, text: part, clauseId }));
    }
    return text;
  }

  function block(node: ContentNode, nearest: string | null): void {
    const clauseId = attributeText(node, 'clauseId') ?? nearest;
    if (textBlocks.has(node.type) || node.content?.some(({ type }) => type === 'text')) {
      const text = inline(node, clauseId);
      lines.push(text);
      if (node.type === 'heading') {
        const level = node.attrs?.['level'];
        if (outline.length < outlineLengthLimit)
          outline.push({
            clauseId: attributeText(node, 'clauseId'),
            level: typeof level === 'number' ? level : 1,
            text: shorten(text.replace(/\s+/gu, ' ').trim(), outlineTextLimit),
          });
      } else if (bodyLength <= excerptLengthLimit) {
        const line = text.replace(/\s+/gu, ' ').trim();
        if (line !== '') body.push(line);
        bodyLength += line.length + 1;
      }
      return;
    }
    const from = lines.length;
    for (const child of node.content ?? []) block(child, clauseId);
    if (node.type === 'tableRow') {
      const row = lines.splice(from);
      if (row.length > 0) lines.push(row.join('\t'));
    } else if (cells.has(node.type)) {
      // An empty cell keeps its place in the row.
      lines.push(lines.splice(from).join(' '));
    }
  }

  for (const child of root.content ?? []) block(child, null);
  const text = lines.filter((line) => line.trim() !== '').join('\n');
  return {
    text,
    words: countWords(text),
    excerpt: shorten(body.join(' '), excerptLengthLimit),
    outline,
    links,
  };
}
