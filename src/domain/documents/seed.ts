/**
 * The first content of a document as one Yjs update. The same input gives the same bytes, on the server and
 * on every device: Yjs client id, clause ids and order are derived, nothing is drawn by chance. Two places
 * that seed the same document therefore say the same thing once, where two seeds with ids of their own would
 * show the text twice.
 *
 * A seed's client id is never written under again: apply the update to the document that is edited.
 */
import * as Y from 'yjs';
import type { ContentMark, ContentNode } from './content.ts';
import { isClauseNodeName } from './clauses.ts';
import { stampSchemaVersion, textOf } from './shape.ts';

/** Two independent 32-bit hashes (cyrb53, public domain): no secret, only a good spread. */
function hashes(text: string): [number, number] {
  let one = 0xdeadbeef;
  let two = 0x41c6ce57;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    one = Math.imul(one ^ unit, 2_654_435_761);
    two = Math.imul(two ^ unit, 1_597_334_677);
  }
  one = Math.imul(one ^ (one >>> 16), 2_246_822_507) ^ Math.imul(two ^ (two >>> 13), 3_266_489_909);
  two = Math.imul(two ^ (two >>> 16), 2_246_822_507) ^ Math.imul(one ^ (one >>> 13), 3_266_489_909);
  return [one >>> 0, two >>> 0];
}

/** Never 0, and below 2^32 as Yjs 13 draws its own. */
const clientIdOf = (text: string): number => hashes(text)[0] || 1;

/** Names that are the same at every making, and different for every block of every document. */
function clauseIds(documentId: string): () => string {
  let count = 0;
  const given = new Set<string>();
  return () => {
    for (;;) {
      const [one, two] = hashes(`${documentId}/clause/${count}`);
      count += 1;
      const id = `c${one.toString(36).padStart(7, '0')}${(two % 46_656).toString(36).padStart(3, '0')}`;
      if (given.has(id)) continue;
      given.add(id);
      return id;
    }
  };
}

/** A copy in which every citable block has a clause id, in document order. */
export function withClauseIds(root: ContentNode, documentId: string): ContentNode {
  const next = clauseIds(documentId);
  const copy = (node: ContentNode): ContentNode => ({
    ...node,
    ...(isClauseNodeName(node.type) ? { attrs: { ...node.attrs, clauseId: next() } } : {}),
    ...(node.content ? { content: node.content.map(copy) } : {}),
  });
  return copy(root);
}

const attributesOf = (marks: readonly ContentMark[] | undefined): Record<string, unknown> =>
  Object.fromEntries((marks ?? []).map(({ type, attrs }) => [type, attrs ?? {}]));

/** Neighbouring text shares one Y.XmlText, as y-tiptap stores it. */
function typesOf(nodes: readonly ContentNode[]): (Y.XmlElement | Y.XmlText)[] {
  const types: (Y.XmlElement | Y.XmlText)[] = [];
  let run: { insert: string; attributes: Record<string, unknown> }[] = [];
  const endRun = () => {
    if (run.length === 0) return;
    const text = new Y.XmlText();
    text.applyDelta(run);
    types.push(text);
    run = [];
  };
  for (const node of nodes) {
    if (node.type === 'text') {
      run.push({ insert: node.text ?? '', attributes: attributesOf(node.marks) });
      continue;
    }
    endRun();
    types.push(elementOf(node));
  }
  endRun();
  return types;
}

function elementOf(node: ContentNode): Y.XmlElement {
  // Yjs types attributes as text but stores any value, and y-tiptap keeps numbers and booleans as they are.
  const element = new Y.XmlElement(node.type);
  for (const [name, value] of Object.entries(node.attrs ?? {}))
    if (value !== null && value !== undefined) element.setAttribute(name, value as string);
  element.insert(0, typesOf(node.content ?? []));
  return element;
}

/** What a seed writes under; the log keeps it as the server's own. */
export interface Seed {
  clientId: number;
  update: Uint8Array;
}

function seedOf(root: ContentNode, clientId: number): Seed {
  const doc = new Y.Doc();
  doc.clientID = clientId;
  doc.transact(() => {
    stampSchemaVersion(doc);
    textOf(doc).insert(0, typesOf(root.content ?? []));
  });
  const update = Y.encodeStateAsUpdate(doc);
  doc.destroy();
  return { clientId, update };
}

/** An empty paragraph to write in: what a document created in the app begins with. */
export function blankSeed(documentId: string): Seed {
  const root = { type: 'doc', content: [{ type: 'paragraph' }] };
  return seedOf(withClauseIds(root, documentId), clientIdOf(`${documentId}/blank`));
}

/**
 * An imported text. The client id depends on the content too: other content under the same id would be
 * taken for the same writing, and one of the two never shown.
 */
export function contentSeed(documentId: string, root: ContentNode): Seed {
  const named = withClauseIds(root, documentId);
  return seedOf(named, clientIdOf(`${documentId}/content/${JSON.stringify(named)}`));
}
