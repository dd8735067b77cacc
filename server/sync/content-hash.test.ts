import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { nestedTypes } from '../../test/poison.ts';
import { contentHash } from './content-hash.ts';

const hashOf = (write: (doc: Y.Doc) => void): string => {
  const doc = new Y.Doc();
  write(doc);
  return contentHash(doc);
};

describe('The hash of what a document says (L10)', () => {
  it('is the same however the text was cut into pieces, and after encoding', () => {
    const pieces = (doc: Y.Doc) => {
      doc.getText('text').insert(0, 'wrld');
      doc.getText('text').insert(1, 'o');
      doc.getText('text').insert(0, 'hello gone ');
      doc.getText('text').delete(6, 5);
    };
    expect(hashOf(pieces)).toBe(hashOf((doc) => doc.getText('text').insert(0, 'hello world')));
    const doc = new Y.Doc();
    pieces(doc);
    doc.getXmlFragment('xml').insert(0, [new Y.XmlElement('p'), new Y.XmlText('words')]);
    doc.getArray('list').push([1, { a: [null, 10n] }, new Uint8Array([1])]);
    doc.getMap('map').set('nested', new Y.Map([['key', 'value']]));
    const again = new Y.Doc();
    Y.applyUpdate(again, Y.encodeStateAsUpdate(doc));
    expect(contentHash(again)).toBe(contentHash(doc));
  });

  it('differs with anything that reads differently', () => {
    const changes: ((doc: Y.Doc) => void)[] = [
      () => undefined,
      (doc) => doc.getText('text').insert(0, 'a'),
      (doc) => doc.getText('other').insert(0, 'a'),
      (doc) => doc.getText('text').insert(0, 'a', { bold: true }),
      (doc) => doc.getText('text').insert(0, 'a', { bold: 1 }),
      (doc) => doc.getText('text').insertEmbed(0, { a: 1 }),
      (doc) => doc.getXmlFragment('text').insert(0, [new Y.XmlElement('p')]),
      (doc) => doc.getXmlFragment('text').insert(0, [new Y.XmlElement('h')]),
      (doc) => doc.getXmlFragment('text').insert(0, [new Y.XmlText('p')]),
      (doc) => doc.getArray('list').push([1]),
      (doc) => doc.getArray('list').push(['1']),
      (doc) => doc.getArray('list').push([new Uint8Array([1])]),
      (doc) => doc.getMap('map').set('a', 1),
      (doc) => doc.getMap('map').set('b', 1),
      (doc) => doc.getMap('map').set('a', new Y.Map()),
    ];
    expect(new Set(changes.map(hashOf)).size).toBe(changes.length);
  });

  it('is made however deep types are nested', () => {
    const doc = new Y.Doc();
    Y.applyUpdate(doc, nestedTypes(9).nested);
    expect(contentHash(doc)).toHaveLength(64);
  });
});
