import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { documentSchemaVersion } from '#domain/documents/migrations.ts';
import { documentSchema } from '#domain/documents/nodes.ts';
import { metaOf, stampSchemaVersion, textOf } from '#domain/documents/shape.ts';
import { guardText, newerTextIn } from './guard.ts';
import { mirrorOf } from './mirror.ts';

const schema = documentSchema();

function textDoc(): Y.Doc {
  const doc = new Y.Doc();
  textOf(doc).insert(0, [new Y.XmlElement('paragraph')]);
  stampSchemaVersion(doc);
  return doc;
}

const copyOf = (doc: Y.Doc): Y.Doc => {
  const copy = new Y.Doc();
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc));
  return copy;
};

describe('the guard of an open text', () => {
  it('finds nothing to fear in a text of today', () => {
    expect(newerTextIn(textDoc(), schema)).toBeNull();
  });

  it('knows a text by its version before anything unknown is in it', () => {
    const doc = textDoc();
    metaOf(doc).set('schemaVersion', documentSchemaVersion + 1);
    expect(newerTextIn(doc, schema)).toMatchObject({ what: 'version' });
  });

  it('speaks before the editor’s observers hear of an update that brings an unknown node', () => {
    const mine = textDoc();
    const theirs = copyOf(mine);
    const heard: string[] = [];
    const editor = () => heard.push('editor');
    textOf(mine).observeDeep(editor);
    const stop = guardText(mine, schema, (found) => {
      heard.push(`guard: ${found.name}`);
      textOf(mine).unobserveDeep(editor);
    });
    textOf(theirs).push([new Y.XmlElement('diagram')]);
    Y.applyUpdate(mine, Y.encodeStateAsUpdate(theirs), 'server');
    expect(heard).toEqual(['guard: diagram']);
    expect(textOf(mine).length).toBe(2);
    stop();
  });

  it('lets ordinary updates through, and is silent once stopped', () => {
    const mine = textDoc();
    const theirs = copyOf(mine);
    let found = 0;
    const stop = guardText(mine, schema, () => (found += 1));
    textOf(theirs).push([new Y.XmlElement('heading')]);
    Y.applyUpdate(mine, Y.encodeStateAsUpdate(theirs), 'server');
    stop();
    textOf(theirs).push([new Y.XmlElement('diagram')]);
    Y.applyUpdate(mine, Y.encodeStateAsUpdate(theirs), 'server');
    expect(found).toBe(0);
  });
});

describe('the mirror of a text', () => {
  it('shows what is and what comes, and gives nothing back', () => {
    const doc = textDoc();
    const mirror = mirrorOf(doc);
    expect(textOf(mirror.doc).length).toBe(1);
    textOf(doc).push([new Y.XmlElement('heading')]);
    expect(textOf(mirror.doc).length).toBe(2);
    textOf(mirror.doc).delete(0, 2);
    expect(textOf(doc).length).toBe(2);
    mirror.stop();
    textOf(doc).push([new Y.XmlElement('paragraph')]);
    expect(textOf(doc).length).toBe(3);
  });
});
