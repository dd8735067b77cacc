import { prosemirrorJSONToYDoc, yDocToProsemirrorJSON } from '@tiptap/y-tiptap';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { contentOf, nestingLimit } from './content.ts';
import { readMarkdown } from './markdown/read.ts';
import { documentSchemaVersion } from './migrations.ts';
import { documentSchema } from './nodes.ts';
import { project } from './project.ts';
import { blankSeed, contentSeed, withClauseIds } from './seed.ts';
import { schemaVersionOf, textOf } from './shape.ts';

const schema = documentSchema();
const source = `# Title

Some *text* with a [link](https://x.example "t"), \`code\` and x<sup>2</sup>.

3. one
   - [x] done
   - [ ] open
4. two  
   three

> [!TIP]
> Hint

| a | b |
|:-:|---|
| 1 | 2 |

\`\`\`js
let a;
\`\`\`

---
`;
const content = readMarkdown({
  fileName: 'a.md',
  text: source,
  encoding: 'utf-8',
  frontMatter: 'read',
}).content;
const id = '019cae6b-6600-7000-8000-000000000001';
const docOf = (...updates: Uint8Array[]): Y.Doc => {
  const doc = new Y.Doc();
  for (const update of updates) Y.applyUpdate(doc, update);
  return doc;
};

describe('a seed', () => {
  it('is the same bytes at every making', () => {
    expect(blankSeed(id)).toEqual(blankSeed(id));
    expect(contentSeed(id, content)).toEqual(contentSeed(id, structuredClone(content)));
    // Bytes once written into logs and devices: a change here would seed old documents a second time.
    expect(Buffer.from(blankSeed(id).update).toString('base64')).toMatchInlineSnapshot(
      `"AQOJoP6ZDQAoAQRtZXRhDXNjaGVtYVZlcnNpb24BfQEHAQR0ZXh0AwlwYXJhZ3JhcGgoAImg/pkNAQhjbGF1c2VJZAF3C2MxNTBoYnFxaWtkAA=="`,
    );
  });

  it('writes under one client id, which differs by document and by content', () => {
    const ids = [
      blankSeed(id),
      blankSeed('other'),
      contentSeed(id, content),
      contentSeed('other', content),
      contentSeed(id, { type: 'doc', content: [{ type: 'paragraph' }] }),
    ].map((seed) => {
      expect([...Y.decodeStateVector(Y.encodeStateVectorFromUpdate(seed.update)).keys()]).toEqual([
        seed.clientId,
      ]);
      return seed.clientId;
    });
    expect(new Set(ids).size).toBe(ids.length);
    for (const one of ids) expect(one).toBeGreaterThan(0);
  });

  it('names the schema version and gives each citable block a clause id of its own', () => {
    const doc = docOf(contentSeed(id, content).update);
    expect(schemaVersionOf(doc)).toBe(documentSchemaVersion);
    const seen: unknown[] = [];
    schema.nodeFromJSON(contentOf(doc)).descendants((node) => {
      if ('clauseId' in node.attrs) seen.push(node.attrs['clauseId']);
    });
    expect(seen.length).toBeGreaterThan(10);
    expect(new Set(seen).size).toBe(seen.length);
    for (const one of seen) expect(one).toMatch(/^c[0-9a-z]{10}$/);
  });

  it('holds what y-tiptap would write, and y-tiptap reads it back', () => {
    const named = withClauseIds(content, id);
    const doc = docOf(contentSeed(id, content).update);
    const theirs = prosemirrorJSONToYDoc(schema, schema.nodeFromJSON(named).toJSON(), 'text');
    expect(schema.nodeFromJSON(yDocToProsemirrorJSON(doc, 'text')).eq(schema.nodeFromJSON(named))).toBe(true);
    expect(schema.nodeFromJSON(contentOf(theirs)).eq(schema.nodeFromJSON(contentOf(doc)))).toBe(true);
  });
});

describe('two places that begin one text', () => {
  it('show it once, whatever each writes before they meet', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 20 }), fc.stringMatching(/^[a-z]{1,5}$/)), {
          maxLength: 20,
        }),
        fc.boolean(),
        (edits, isBlank) => {
          const seeded = () => (isBlank ? blankSeed(id) : contentSeed(id, content)).update;
          // The server, and two devices that each made the seed by themselves.
          const places = [docOf(seeded()), docOf(seeded()), docOf(seeded())];
          const before = textOf(places[0] as Y.Doc).length;
          for (const [place, at, text] of edits) {
            const root = textOf(places[place] as Y.Doc);
            const line = new Y.XmlElement('paragraph');
            line.insert(0, [new Y.XmlText(text)]);
            root.insert(Math.min(at, root.length), [line]);
          }
          for (const one of places)
            for (const other of places)
              Y.applyUpdate(one, Y.encodeStateAsUpdate(other, Y.encodeStateVector(one)));
          const [first, ...others] = places.map((doc) => contentOf(doc));
          for (const other of others) expect(other).toEqual(first);
          expect(first?.content).toHaveLength(before + edits.length);
          expect(project(first ?? content).outline).toHaveLength(isBlank ? 0 : 1);
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('reading a text', () => {
  it('ends at a depth no editor makes and keeps the words below', () => {
    const doc = new Y.Doc();
    let parent: Y.XmlFragment = textOf(doc);
    for (let depth = 0; depth < 2_000; depth += 1) {
      const inner = new Y.XmlElement('blockquote');
      parent.insert(0, [inner]);
      parent = inner;
    }
    parent.insert(0, [new Y.XmlText('deep')]);
    expect(project(contentOf(doc)).text).toBe('deep');
    let depth = 0;
    for (let node = contentOf(doc); node.content?.[0]; node = node.content[0]) depth += 1;
    expect(depth).toBe(nestingLimit + 2);
  });

  it('writes nothing', () => {
    const doc = docOf(contentSeed(id, content).update);
    let writes = 0;
    doc.on('update', () => (writes += 1));
    contentOf(doc);
    expect(writes).toBe(0);
  });
});
