/**
 * Looks through a stored text for anything this version of the app does not know, before an editor is bound
 * to it. Binding is what destroys: y-tiptap deletes a node it cannot build, for everybody, without a key
 * pressed. Reads only; nothing here opens a Yjs transaction.
 */
import type { MarkType, NodeType, Schema } from '@tiptap/pm/model';
import * as Y from 'yjs';

export interface UnknownContent {
  /** `placement`: a known thing where this version does not allow it, which binding would delete as well. */
  what: 'node' | 'mark' | 'attribute' | 'placement';
  name: string;
  /** The block it was found in; the root is `doc`. */
  within: string;
}

/** y-tiptap adds a hash to the names of marks that may overlap with themselves. */
const markHash = /--[a-zA-Z0-9+/=]{8}$/;

/** The first thing this schema would lose, in document order, or null when all of it is known. */
export const findUnknownContent = (text: Y.XmlFragment, schema: Schema): UnknownContent | null =>
  unknownInChildren(text, schema.topNodeType);

function unknownInChildren(parent: Y.XmlFragment, parentType: NodeType): UnknownContent | null {
  let match = parentType.contentMatch;
  for (const child of parent.toArray()) {
    if (child instanceof Y.XmlText) {
      const found = unknownInText(child, parentType);
      if (found) return found;
      continue;
    }
    // Y.XmlHook extends Y.Map and stores things this app never writes.
    const name = child instanceof Y.XmlElement ? child.nodeName : 'hook';
    const type = parentType.schema.nodes[name];
    if (!type || !(child instanceof Y.XmlElement)) return { what: 'node', name, within: parentType.name };
    const next = match.matchType(type);
    if (!next) return { what: 'placement', name, within: parentType.name };
    match = next;
    const attribute = unknownName(child.getAttributes(), type.spec.attrs);
    if (attribute !== undefined) return { what: 'attribute', name: attribute, within: name };
    const found = unknownInChildren(child, type);
    if (found) return found;
  }
  return null;
}

function unknownInText(text: Y.XmlText, parentType: NodeType): UnknownContent | null {
  const { schema, name: within } = parentType;
  for (const { insert, attributes } of text.toDelta() as { insert: unknown; attributes?: object }[]) {
    if (typeof insert !== 'string') return { what: 'node', name: 'embed', within };
    if (!parentType.inlineContent) return { what: 'placement', name: 'text', within };
    for (const [key, value] of Object.entries(attributes ?? {})) {
      const name = key.replace(markHash, '');
      const type: MarkType | undefined = schema.marks[name];
      if (!type) return { what: 'mark', name, within };
      if (!parentType.allowsMarkType(type)) return { what: 'placement', name, within };
      const attribute = unknownName(value, type.spec.attrs);
      if (attribute !== undefined) return { what: 'attribute', name: attribute, within: name };
    }
  }
  return null;
}

function unknownName(given: unknown, known: object | null | undefined): string | undefined {
  if (typeof given !== 'object' || given === null) return undefined;
  return Object.keys(given).find((name) => !Object.hasOwn(known ?? {}, name));
}
