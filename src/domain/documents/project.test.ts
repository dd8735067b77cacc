import { describe, expect, it } from 'vitest';
import type { ContentNode } from './content.ts';
import { readMarkdown } from './markdown/read.ts';
import { countWords, excerptLengthLimit, linksLengthLimit, outlineLengthLimit, project } from './project.ts';
import { withClauseIds } from './seed.ts';

const read = (text: string) =>
  readMarkdown({ fileName: 'a.md', text, encoding: 'utf-8', frontMatter: 'read' }).content;

describe('what others see of a text', () => {
  it('is one line a block, with cells apart', () => {
    const source = '# A\n\nb *c*\n\n- d\n  - e\n\n| f | |\n|-|-|\n| g | h |\n\n```\ni\n```\n\n> j  \n> k';
    expect(project(read(source)).text).toBe('A\nb c\nd\ne\nf\t\ng\th\ni\nj\nk');
  });

  it('names headings and links by the clause they stand in', () => {
    const root = withClauseIds(
      read('## One **two**\n\nsee [a *b*](https://x.example) and [c](https://x.example)\n\n- [d](#e)'),
      'doc',
    );
    const { outline, links } = project(root);
    const [heading, paragraph, list] = root.content ?? [];
    expect(outline).toEqual([{ clauseId: heading?.attrs?.['clauseId'], level: 2, text: 'One two' }]);
    expect(links).toEqual([
      { href: 'https://x.example', text: 'a b', clauseId: paragraph?.attrs?.['clauseId'] },
      { href: 'https://x.example', text: 'c', clauseId: paragraph?.attrs?.['clauseId'] },
      { href: '#e', text: 'd', clauseId: list?.content?.[0]?.content?.[0]?.attrs?.['clauseId'] },
    ]);
  });

  it('holds no character that a database refuses', () => {
    const words = { type: 'text', text: 'a\u0000b\ud800c', marks: [{ type: 'link', attrs: { href: '/x' } }] };
    const { text, excerpt, links } = project({
      type: 'doc',
      content: [{ type: 'paragraph', content: [words] }],
    });
    expect([text, excerpt, links[0]?.text]).toEqual(['ab\ufffdc', 'ab\ufffdc', 'ab\ufffdc']);
  });

  it('begins its excerpt with the body and ends it at a word', () => {
    const { excerpt } = project(read(`# Title\n\n${'word '.repeat(100)}`));
    expect(excerpt.length).toBeLessThanOrEqual(excerptLengthLimit);
    expect(excerpt).toMatch(/^word .* word…$/);
    expect(project(read('# Only a title')).excerpt).toBe('');
  });

  it('is bounded however long the text is', () => {
    const heading: ContentNode = { type: 'heading', content: [{ type: 'text', text: 'h' }] };
    const linked: ContentNode = {
      type: 'paragraph',
      content: [{ type: 'text', text: 'l', marks: [{ type: 'link', attrs: { href: '/l' } }] }],
    };
    const many = (node: ContentNode) => Array.from({ length: 6_000 }, () => node);
    const { outline, links } = project({ type: 'doc', content: [...many(heading), ...many(linked)] });
    expect(outline).toHaveLength(outlineLengthLimit);
    expect(links).toHaveLength(linksLengthLimit);
  });

  it.each([
    ['', 0],
    ['one  two\nthree', 3],
    ['e-mail d’água 1.000,00', 3],
    ['não é — ação!', 3],
    ['日本語', 1],
  ])('counts the words of %j', (text, words) => {
    expect(countWords(text)).toBe(words);
  });
});
