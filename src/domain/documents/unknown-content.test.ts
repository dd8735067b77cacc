import { yXmlFragmentToProseMirrorRootNode } from '@tiptap/y-tiptap';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { documentSchema } from './nodes.ts';
import { textOf } from './shape.ts';
import { findUnknownContent } from './unknown-content.ts';

const schema = documentSchema();

/** A document with one good paragraph and whatever a newer app may have added. */
function documentWith(add: (text: Y.XmlFragment) => void): Y.Doc {
  const doc = new Y.Doc();
  const paragraph = new Y.XmlElement('paragraph');
  const words = new Y.XmlText();
  words.insert(0, 'Sellers answer within two days.', { bold: {}, link: { href: '/a', title: null } });
  paragraph.insert(0, [words]);
  paragraph.setAttribute('clauseId', 'c1');
  textOf(doc).insert(0, [paragraph]);
  add(textOf(doc));
  return doc;
}

const element = (name: string, children: (Y.XmlElement | Y.XmlText)[] = []): Y.XmlElement => {
  const made = new Y.XmlElement(name);
  made.insert(0, children);
  return made;
};

const text = (words: string, marks?: object): Y.XmlText => {
  const made = new Y.XmlText();
  made.insert(0, words, marks);
  return made;
};

const newer: Record<string, { add: (text: Y.XmlFragment) => void; found: object }> = {
  'a node': {
    add: (root) => root.push([element('diagram')]),
    found: { what: 'node', name: 'diagram', within: 'doc' },
  },
  'a node deep inside': {
    add: (root) =>
      root.push([element('blockquote', [element('bulletList', [element('listItem', [element('video')])])])]),
    found: { what: 'node', name: 'video', within: 'listItem' },
  },
  'an inline node': {
    add: (root) => root.push([element('paragraph', [text('see '), element('mention')])]),
    found: { what: 'node', name: 'mention', within: 'paragraph' },
  },
  'a mark': {
    add: (root) => root.push([element('paragraph', [text('x', { highlight: { color: 'red' } })])]),
    found: { what: 'mark', name: 'highlight', within: 'paragraph' },
  },
  'a mark that may overlap': {
    add: (root) => root.push([element('paragraph', [text('x', { 'remark--abcd1234': {} })])]),
    found: { what: 'mark', name: 'remark', within: 'paragraph' },
  },
  'an attribute of a node': {
    add: (root) => {
      const heading = element('heading');
      heading.setAttribute('audience', 'sellers');
      root.push([heading]);
    },
    found: { what: 'attribute', name: 'audience', within: 'heading' },
  },
  'an attribute of a mark': {
    add: (root) => root.push([element('paragraph', [text('x', { link: { href: '/a', hreflang: 'en' } })])]),
    found: { what: 'attribute', name: 'hreflang', within: 'link' },
  },
  'an embed in text': {
    add: (root) => {
      const words = new Y.XmlText();
      root.push([element('paragraph', [words])]);
      words.insertEmbed(0, { image: 'x' });
    },
    found: { what: 'node', name: 'embed', within: 'paragraph' },
  },
  'a known node in a new place': {
    add: (root) => root.push([element('listItem')]),
    found: { what: 'placement', name: 'listItem', within: 'doc' },
  },
  'text where this version has blocks': {
    add: (root) => root.push([element('blockquote', [text('loose')])]),
    found: { what: 'placement', name: 'text', within: 'blockquote' },
  },
};

describe('unknown content', () => {
  it('is not found in a text of today', () => {
    expect(findUnknownContent(textOf(documentWith(() => undefined)), schema)).toBeNull();
    expect(findUnknownContent(textOf(new Y.Doc()), schema)).toBeNull();
  });

  it.each(Object.entries(newer))(
    'names %s that a newer app wrote, and writes nothing',
    (_name, { add, found }) => {
      const doc = documentWith(add);
      const before = Y.encodeStateAsUpdate(doc);
      let written = 0;
      doc.on('update', () => (written += 1));
      expect(findUnknownContent(textOf(doc), schema)).toEqual(found);
      expect(written).toBe(0);
      expect(Y.encodeStateAsUpdate(doc)).toEqual(before);
    },
  );

  it('guards against a loss that is real: rendering an unknown node deletes it from the document', () => {
    const doc = documentWith((root) => root.push([element('diagram')]));
    expect(textOf(doc).length).toBe(2);
    yXmlFragmentToProseMirrorRootNode(textOf(doc), schema);
    expect(textOf(doc).length).toBe(1);
  });
});
