/**
 * A document's text as plain JSON, in the form ProseMirror writes (`nodes.ts` names the types), and the same
 * read from a Y.Doc. Reading never writes: y-prosemirror's own reader may delete what it cannot place.
 */
import * as Y from 'yjs';
import { textOf } from './shape.ts';

export interface ContentMark {
  type: string;
  attrs?: Record<string, unknown>;
}

export interface ContentNode {
  type: string;
  attrs?: Record<string, unknown>;
  content?: ContentNode[];
  text?: string;
  marks?: ContentMark[];
}

/** Blocks inside blocks. Nobody writes this deep; it keeps every reader of the text off the stack's end. */
export const nestingLimit = 40;

const markOf = ([type, value]: [string, unknown]): ContentMark =>
  value !== null && typeof value === 'object' && Object.keys(value).length > 0
    ? { type, attrs: { ...value } }
    : { type };

function textNodes(text: Y.XmlText): ContentNode[] {
  const delta = text.toDelta() as { insert: unknown; attributes?: Record<string, unknown> }[];
  return delta.flatMap(({ insert, attributes }) => {
    if (typeof insert !== 'string' || insert === '') return [];
    const marks = Object.entries(attributes ?? {}).map(markOf);
    return [{ type: 'text', text: insert, ...(marks.length > 0 ? { marks } : {}) }];
  });
}

/** Text at a depth that no editor makes is kept as one run, so that a search still finds it. */
function flattened(root: Y.XmlElement): ContentNode[] {
  let text = '';
  const waiting: unknown[] = [root];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (next instanceof Y.XmlText) text += textNodes(next).reduce((all, node) => all + (node.text ?? ''), '');
    else if (next instanceof Y.XmlElement) waiting.push(...next.toArray().reverse());
  }
  return text === '' ? [] : [{ type: 'text', text }];
}

function nodesOf(parent: Y.XmlFragment, depth: number): ContentNode[] {
  return parent.toArray().flatMap((child): ContentNode[] => {
    if (child instanceof Y.XmlText) return textNodes(child);
    if (!(child instanceof Y.XmlElement)) return [];
    const attrs = child.getAttributes() as Record<string, unknown>;
    const content = depth < nestingLimit ? nodesOf(child, depth + 1) : flattened(child);
    return [
      {
        type: child.nodeName,
        ...(Object.keys(attrs).length > 0 ? { attrs } : {}),
        ...(content.length > 0 ? { content } : {}),
      },
    ];
  });
}

/** What the document says now. */
export const contentOf = (doc: Y.Doc): ContentNode => ({ type: 'doc', content: nodesOf(textOf(doc), 0) });
