/** Words inside a block: mdast phrasing to text nodes with marks. */
import type { Definition, Link, LinkReference, Nodes, PhrasingContent } from 'mdast';
import type { ContentMark, ContentNode } from '../content.ts';
import { nestingLimit } from '../content.ts';
import { isSafeHref, leadsSomewhere } from '../links.ts';
import type { Losses } from './losses.ts';

/** What the whole file knows while its parts are read. */
export interface Reading {
  losses: Losses;
  definitions: ReadonlyMap<string, Definition>;
}

export const lineOf = (node: Nodes): number => node.position?.start.line ?? 0;

/** The order of the schema's marks; a node whose marks stand otherwise is not valid. */
export const markOrder = [
  'link',
  'bold',
  'italic',
  'strike',
  'code',
  'underline',
  'subscript',
  'superscript',
] as const;
const rankOf = (mark: ContentMark): number => (markOrder as readonly string[]).indexOf(mark.type);

const withMark = (marks: readonly ContentMark[], mark: ContentMark): ContentMark[] =>
  marks.some(({ type }) => type === mark.type)
    ? [...marks]
    : [...marks, mark].sort((a, b) => rankOf(a) - rankOf(b));

/** HTML that Markdown has no sign for and that means nothing but itself. Only bare tags, in pairs. */
const tagMarks: Readonly<Record<string, string>> = { sub: 'subscript', sup: 'superscript', u: 'underline' };
const bareTag = /^<(\/?)(sub|sup|u)>$/iu;
const breakTag = /^<br\s*\/?>$/iu;
const commentTag = /^<!--[\s\S]*-->$/u;
/** `<a name="x"></a>`: an address for links, no text. */
const anchorTag = /^<a\s+(?:name|id)\s*=\s*["'][^"'<>]*["']\s*\/?>$/iu;

/** All text below a node, without recursion: for what stands too deep to keep its form. */
export function plainText(root: Nodes): string {
  let text = '';
  const waiting: Nodes[] = [root];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if ('value' in node) text += node.value;
    else if ('alt' in node && node.alt) text += node.alt;
    else if (node.type === 'break') text += '\n';
    if ('children' in node) waiting.push(...node.children.toReversed());
  }
  return text;
}

/** Reads the children of one block. Neighbours with the same marks are joined, empty text is left out. */
export function readInline(children: readonly PhrasingContent[], reading: Reading): ContentNode[] {
  const out: ContentNode[] = [];

  function addText(text: string, marks: readonly ContentMark[]): void {
    // A line end inside a paragraph is a space.
    const clean = text.replace(/[ \t]*\n[ \t]*/gu, ' ');
    if (clean === '') return;
    const last = out.at(-1);
    if (last?.type === 'text' && JSON.stringify(last.marks ?? []) === JSON.stringify(marks))
      last.text = `${last.text ?? ''}${clean}`;
    else out.push({ type: 'text', text: clean, ...(marks.length > 0 ? { marks: [...marks] } : {}) });
  }

  function addBreak(): void {
    out.push({ type: 'hardBreak' });
  }

  /**
   * A link around what `inside` writes; its address stands in when that is nothing. One that leads nowhere from
   * here would only look as if it did: its words stay, its address is in the list of losses.
   */
  function addLink(
    node: Link | LinkReference,
    target: { href: string; title: string | null },
    marks: readonly ContentMark[],
    inside: (marks: ContentMark[]) => void,
  ): void {
    const isSafe = isSafeHref(target.href);
    const isKept = isSafe && leadsSomewhere(target.href);
    if (!isSafe) reading.losses.add('unsafe-link', lineOf(node), target.href);
    else if (!isKept) reading.losses.add('dead-link', lineOf(node), `${plainText(node)} (${target.href})`);
    const linked = isKept ? withMark(marks, { type: 'link', attrs: target }) : [...marks];
    const before = textLength(out);
    inside(linked);
    if (textLength(out) === before) addText(target.href, linked);
  }

  function addImage(
    node: Nodes,
    image: { url: string; alt: string; title: string | null },
    marks: readonly ContentMark[],
  ): void {
    reading.losses.add('image', lineOf(node), image.alt === '' ? image.url : `${image.alt} (${image.url})`);
    const words = image.alt === '' ? image.url : image.alt;
    // Inside a link the words carry that link; the picture's own address is in the list of losses.
    const isLinked = marks.some(({ type }) => type === 'link');
    const isKept = !isLinked && isSafeHref(image.url) && leadsSomewhere(image.url);
    const target = { href: image.url, title: image.title };
    addText(words, isKept ? withMark(marks, { type: 'link', attrs: target }) : marks);
  }

  function addHtml(node: Nodes & { value: string }): void {
    if (breakTag.test(node.value)) addBreak();
    else if (commentTag.test(node.value)) reading.losses.add('html-comment', lineOf(node), node.value);
    else {
      reading.losses.add('html', lineOf(node), node.value);
      addText(node.value, []);
    }
  }

  /** Siblings in order; bare pairs of tags become a mark on what stands between them. */
  function addAll(nodes: readonly PhrasingContent[], marks: readonly ContentMark[], depth: number): void {
    const open: { tag: string; outer: readonly ContentMark[] }[] = [];
    let current = marks;
    nodes.forEach((node, index) => {
      if (node.type !== 'html') return addOne(node, current, depth);
      const [, slash, name] = bareTag.exec(node.value) ?? [];
      const tag = name?.toLowerCase();
      const mark = tag === undefined ? undefined : tagMarks[tag];
      if (tag !== undefined && mark !== undefined) {
        if (slash === '' && nodes.slice(index + 1).some((later) => closes(later, tag))) {
          open.push({ tag, outer: current });
          current = withMark(current, { type: mark });
          return;
        }
        if (slash === '/' && open.at(-1)?.tag === tag) {
          current = open.pop()?.outer ?? marks;
          return;
        }
      }
      if (anchorTag.test(node.value) && nodes.slice(index + 1).some((later) => closes(later, 'a'))) {
        open.push({ tag: 'a', outer: current });
        reading.losses.add('html', lineOf(node), node.value);
        return;
      }
      if (/^<\/a>$/iu.test(node.value) && open.at(-1)?.tag === 'a') {
        open.pop();
        return;
      }
      addHtml(node);
    });
  }

  function addOne(node: PhrasingContent, marks: readonly ContentMark[], depth: number): void {
    if (depth > nestingLimit) {
      reading.losses.add('too-deep', lineOf(node), plainText(node));
      return addText(plainText(node), marks);
    }
    switch (node.type) {
      case 'text':
        return addText(node.value, marks);
      case 'inlineCode':
        return addText(node.value, withMark(marks, { type: 'code' }));
      case 'emphasis':
        return addAll(node.children, withMark(marks, { type: 'italic' }), depth + 1);
      case 'strong':
        return addAll(node.children, withMark(marks, { type: 'bold' }), depth + 1);
      case 'delete':
        return addAll(node.children, withMark(marks, { type: 'strike' }), depth + 1);
      case 'break':
        return addBreak();
      case 'link':
        return addLink(node, { href: node.url, title: node.title ?? null }, marks, (inner) =>
          addAll(node.children, inner, depth + 1),
        );
      case 'linkReference': {
        const target = reading.definitions.get(node.identifier);
        if (!target) return addAll(node.children, marks, depth + 1);
        return addLink(node, { href: target.url, title: target.title ?? null }, marks, (inner) =>
          addAll(node.children, inner, depth + 1),
        );
      }
      case 'image':
        return addImage(node, { url: node.url, alt: node.alt ?? '', title: node.title ?? null }, marks);
      case 'imageReference': {
        const target = reading.definitions.get(node.identifier);
        const title = target?.title ?? null;
        return addImage(node, { url: target?.url ?? '', alt: node.alt ?? '', title }, marks);
      }
      case 'footnoteReference':
        reading.losses.add('footnote', lineOf(node), `[^${node.label ?? node.identifier}]`);
        return addText(`[${node.label ?? node.identifier}]`, withMark(marks, { type: 'superscript' }));
      case 'html':
        return addHtml(node);
    }
  }

  addAll(children, [], 0);
  return out;
}

const closes = (node: PhrasingContent, tag: string): boolean =>
  node.type === 'html' && node.value.toLowerCase() === `</${tag}>`;

const textLength = (nodes: readonly ContentNode[]): number =>
  nodes.reduce((sum, node) => sum + (node.text?.length ?? 0), 0);
