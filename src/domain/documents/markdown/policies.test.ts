/** Every real policy at hand, counted twice: by a walk over mdast that shares nothing with the reader, and here. */
import { globSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Nodes } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { frontmatterFromMarkdown } from 'mdast-util-frontmatter';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { frontmatter } from 'micromark-extension-frontmatter';
import { gfm } from 'micromark-extension-gfm';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { contentOf } from '../content.ts';
import type { ContentNode } from '../content.ts';
import { leadsSomewhere } from '../links.ts';
import { documentSchema } from '../nodes.ts';
import { contentSeed, withClauseIds } from '../seed.ts';
import { readMarkdown } from './read.ts';

const dataDir = process.env['TEST_DATA_DIR'];
const files = dataDir ? globSync(join(dataDir, 'policies/**/*.md')).sort() : [];
const schema = documentSchema();

interface Counted {
  headings: string[];
  listItems: number;
  tables: number;
  cells: number;
  codeBlocks: number;
  inlineCode: number;
  quotes: number;
  rules: number;
  links: string[];
  words: string[];
}

const nothing = (): Counted => ({
  headings: [],
  listItems: 0,
  tables: 0,
  cells: 0,
  codeBlocks: 0,
  inlineCode: 0,
  quotes: 0,
  rules: 0,
  links: [],
  words: [],
});

const wordsOf = (text: string): string[] => text.match(/[\p{L}\p{N}]+/gu) ?? [];

function countSource(source: string): Counted {
  const root = fromMarkdown(source, {
    extensions: [frontmatter(['yaml']), gfm()],
    mdastExtensions: [frontmatterFromMarkdown(['yaml']), gfmFromMarkdown()],
  });
  const counted = nothing();
  let text = '';
  const walk = (node: Nodes): void => {
    if (node.type === 'html' && /^<br/iu.test(node.value)) text += '\n';
    if (node.type === 'yaml' || node.type === 'html') return;
    if (node.type === 'heading') counted.headings.push(String(node.depth));
    if (node.type === 'listItem') counted.listItems += 1;
    if (node.type === 'table') counted.tables += 1;
    // Rows are filled up with empty cells.
    if (node.type === 'tableCell' && node.children.length > 0) counted.cells += 1;
    if (node.type === 'code') counted.codeBlocks += 1;
    if (node.type === 'inlineCode') counted.inlineCode += 1;
    if (node.type === 'blockquote') counted.quotes += 1;
    if (node.type === 'thematicBreak') counted.rules += 1;
    if (node.type === 'link') counted.links.push(node.url);
    if ('value' in node)
      text += node.value.replace(/^\[!(?:NOTE|TIP|WARNING|IMPORTANT|CAUTION)\](?:\n|$)/u, '');
    if ('children' in node) {
      for (const child of node.children) walk(child);
      if (!['emphasis', 'strong', 'link', 'delete'].includes(node.type)) text += '\n';
    }
    if (node.type === 'break' || node.type === 'code') text += '\n';
  };
  walk(root);
  counted.words = wordsOf(text);
  return counted;
}

function countContent(root: ContentNode): Counted {
  const counted = nothing();
  let text = '';
  let lastLink: unknown = null;
  let wasCode = false;
  const walk = (node: ContentNode): void => {
    if (node.type === 'heading') counted.headings.push(String(node.attrs?.['level']));
    if (node.type === 'listItem' || node.type === 'taskItem') counted.listItems += 1;
    if (node.type === 'table') counted.tables += 1;
    const isCell = node.type === 'tableCell' || node.type === 'tableHeader';
    if (isCell && node.content?.[0]?.content) counted.cells += 1;
    if (node.type === 'codeBlock') counted.codeBlocks += 1;
    if (node.type === 'blockquote' || node.type === 'callout') counted.quotes += 1;
    if (node.type === 'horizontalRule') counted.rules += 1;
    const link = node.marks?.find(({ type }) => type === 'link')?.attrs?.['href'];
    if (typeof link === 'string' && link !== lastLink) counted.links.push(link);
    lastLink = node.type === 'text' ? (link ?? null) : null;
    const isCode = node.marks?.some(({ type }) => type === 'code') ?? false;
    if (isCode && !wasCode) counted.inlineCode += 1;
    wasCode = isCode;
    text += node.text ?? '';
    for (const child of node.content ?? []) walk(child);
    if (node.type !== 'text') text += '\n';
  };
  walk(root);
  counted.words = wordsOf(text);
  return counted;
}

/** Two links to the same place without a word between them become one. */
const withoutRepeats = (links: readonly string[]): string[] =>
  links.filter((link, index) => link !== links[index - 1]);

describe('real policies', () => {
  it.skipIf(!dataDir)('are at hand (skipped without TEST_DATA_DIR)', () => {
    expect(files).toHaveLength(57);
  });

  it.skipIf(!dataDir).each(files.map((path) => [relative(dataDir ?? '', path), path] as const))(
    'import whole: %s',
    (_name, path) => {
      const source = readFileSync(path, 'utf8');
      const read = readMarkdown({ fileName: path, text: source, encoding: 'utf-8', frontMatter: 'read' });
      schema.nodeFromJSON(read.content).check();
      const before = countSource(source);
      const after = countContent(read.content);
      expect({ ...after, words: [], links: withoutRepeats(after.links) }).toEqual({
        ...before,
        words: [],
        links: withoutRepeats(before.links.filter(leadsSomewhere)),
      });
      const dead = before.links.filter((href) => !leadsSomewhere(href)).length;
      expect(read.losses.filter(({ what }) => what === 'dead-link')).toHaveLength(dead);
      expect(after.words).toEqual(before.words);

      const title = /^title: (.*)$/mu.exec(source)?.[1]?.replace(/^(['"])(.*)\1$/u, '$2');
      expect(read).toMatchObject({ title, language: 'en', kind: 'policy' });
      const comments = source.match(/<!--/gu)?.length ?? 0;
      expect(read.losses.filter(({ what }) => what === 'html-comment')).toHaveLength(comments);
      expect(read.losses.map(({ what }) => what)).not.toContain('more');

      // And the same again through Yjs.
      const doc = new Y.Doc();
      Y.applyUpdate(doc, contentSeed('one', read.content).update);
      expect(countContent(contentOf(doc))).toEqual(after);
      expect(
        schema.nodeFromJSON(contentOf(doc)).eq(schema.nodeFromJSON(withClauseIds(read.content, 'one'))),
      ).toBe(true);
    },
  );
});
