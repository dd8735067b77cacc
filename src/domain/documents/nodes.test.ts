import { describe, expect, it } from 'vitest';
import { clauseNodeNames } from './clauses.ts';
import { isSafeHref } from './links.ts';
import { documentSchemaHistory, documentSchemaVersion } from './migrations.ts';
import { documentSchema } from './nodes.ts';

/** Every name ever written into a document. Lines are added with a new version, and never taken away. */
const golden = {
  nodes: {
    doc: [],
    text: [],
    paragraph: ['clauseId'],
    heading: ['clauseId', 'level'],
    bulletList: [],
    orderedList: ['start', 'type'],
    listItem: ['clauseId'],
    taskList: [],
    taskItem: ['checked', 'clauseId'],
    blockquote: [],
    callout: ['kind'],
    codeBlock: ['language'],
    table: [],
    tableRow: ['clauseId'],
    tableHeader: ['align', 'colspan', 'colwidth', 'rowspan'],
    tableCell: ['align', 'colspan', 'colwidth', 'rowspan'],
    horizontalRule: [],
    hardBreak: [],
  } as Record<string, string[]>,
  marks: {
    bold: [],
    italic: [],
    strike: [],
    code: [],
    underline: [],
    link: ['href', 'title'],
    subscript: [],
    superscript: [],
  } as Record<string, string[]>,
};

const attributesOf = (type: { spec: { attrs?: object | null } }): string[] =>
  Object.keys(type.spec.attrs ?? {}).sort();

describe('the document schema', () => {
  it('loads without a DOM', () => {
    expect('document' in globalThis).toBe(false);
    expect(documentSchema().topNodeType.name).toBe('doc');
  });

  it('knows every name in the golden list, and nothing that the list does not know', () => {
    const schema = documentSchema();
    const nodes = Object.fromEntries(
      Object.entries(schema.nodes).map(([name, type]) => [name, attributesOf(type)]),
    );
    const marks = Object.fromEntries(
      Object.entries(schema.marks).map(([name, type]) => [name, attributesOf(type)]),
    );
    expect(nodes).toEqual(golden.nodes);
    expect(marks).toEqual(golden.marks);
  });

  it('gives every citable block a clause id that is empty until the editor sets it', () => {
    const schema = documentSchema();
    for (const name of clauseNodeNames) {
      expect(schema.nodes[name]?.spec.attrs?.['clauseId']).toMatchObject({ default: null });
    }
  });

  it('lets every stored container be empty, so that no merge can make an app delete it', () => {
    const schema = documentSchema();
    for (const type of Object.values(schema.nodes)) {
      if (type.name === 'doc') continue;
      expect(type.contentMatch.validEnd, type.name).toBe(true);
    }
  });

  it('needs no attribute to be given', () => {
    const schema = documentSchema();
    for (const type of Object.values(schema.nodes)) {
      if (!type.isText) expect(() => type.create(), type.name).not.toThrow();
    }
    for (const type of Object.values(schema.marks)) expect(() => type.create(), type.name).not.toThrow();
  });

  it('makes a paragraph where a block is wanted', () => {
    const schema = documentSchema();
    for (const name of ['doc', 'listItem', 'taskItem', 'blockquote', 'callout', 'tableCell']) {
      expect(schema.nodes[name]?.contentMatch.defaultType?.name, name).toBe('paragraph');
    }
  });

  it('allows emphasis and links on code', () => {
    const schema = documentSchema();
    const marks = [schema.mark('bold'), schema.mark('link', { href: '/a' }), schema.mark('code')];
    const text = schema.text('x', marks);
    const paragraph = schema.node('paragraph', null, [text]);
    paragraph.check();
    expect(paragraph.firstChild?.marks).toHaveLength(3);
    expect(schema.mark('code').addToSet([schema.mark('bold')])).toHaveLength(2);
  });
});

describe('the schema version', () => {
  it('is the last line of its history, counted from one without gaps', () => {
    expect(documentSchemaHistory.map((entry) => entry.version)).toEqual(
      documentSchemaHistory.map((_, index) => index + 1),
    );
    expect(documentSchemaVersion).toBe(documentSchemaHistory.length);
  });
});

describe('addresses of links', () => {
  it.each(['https://a.example', 'http://a.example', 'mailto:a@b.example', '/rules', 'rules.md', '#part', ''])(
    'may lead to %j',
    (href) => {
      expect(isSafeHref(href)).toBe(true);
    },
  );

  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    ' java\nscript:alert(1)',
    'java\u0000script:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    'tel:123',
  ])('may not lead to %j', (href) => {
    expect(isSafeHref(href)).toBe(false);
  });
});
