import { describe, expect, it } from 'vitest';
import { errorCodeOf } from '../../errors.ts';
import type { DomainError } from '../../errors.ts';
import type { ContentNode } from '../content.ts';
import { importLossKinds } from '../document.ts';
import { markdownByteLimit } from '../import-limits.ts';
import { documentSchema } from '../nodes.ts';
import { readMarkdown } from './read.ts';
import type { MarkdownFile } from './read.ts';

const schema = documentSchema();

const read = (text: string, file: Partial<MarkdownFile> = {}) => {
  const result = readMarkdown({
    fileName: 'file.md',
    encoding: 'utf-8',
    frontMatter: 'read',
    ...file,
    text,
  });
  schema.nodeFromJSON(result.content).check();
  return result;
};
const blocks = (text: string): ContentNode[] => read(text).content.content ?? [];
const lossesOf = (text: string) => read(text).losses.map(({ what, line, sample }) => [what, line, sample]);

const text = (words: string, ...marks: string[]): ContentNode =>
  marks.length > 0
    ? { type: 'text', text: words, marks: marks.map((type) => ({ type })) }
    : { type: 'text', text: words };
const paragraph = (...content: ContentNode[]): ContentNode => ({ type: 'paragraph', content });
const link = (words: string, href: string, title: string | null = null): ContentNode => ({
  type: 'text',
  text: words,
  marks: [{ type: 'link', attrs: { href, title } }],
});
const refusal = (run: () => unknown): Pick<DomainError, 'code' | 'details'> | undefined => {
  try {
    run();
  } catch (error) {
    if (!errorCodeOf(error)) throw error;
    return { code: (error as DomainError).code, details: (error as DomainError).details };
  }
  return undefined;
};

describe('what Markdown can say and a document keeps', () => {
  it('keeps headings of all levels and both ways of writing them', () => {
    expect(blocks('# One\n\nTwo\n---\n\n###### Six')).toEqual([
      { type: 'heading', attrs: { level: 1 }, content: [text('One')] },
      { type: 'heading', attrs: { level: 2 }, content: [text('Two')] },
      { type: 'heading', attrs: { level: 6 }, content: [text('Six')] },
    ]);
  });

  it('keeps emphasis, nested and side by side, in the order the schema wants', () => {
    expect(blocks('*a **b*** ~~c~~ `d` ***`e`***')).toEqual([
      paragraph(
        text('a ', 'italic'),
        text('b', 'bold', 'italic'),
        text(' '),
        text('c', 'strike'),
        text(' '),
        text('d', 'code'),
        text(' '),
        text('e', 'bold', 'italic', 'code'),
      ),
    ]);
  });

  it('reads bare sub, sup and u tags in pairs as marks, and nothing else of HTML', () => {
    expect(blocks('H<sub>2</sub>O x<sup>*n*</sup> <u>y</u>')).toEqual([
      paragraph(
        text('H'),
        text('2', 'subscript'),
        text('O x'),
        text('n', 'italic', 'superscript'),
        text(' '),
        text('y', 'underline'),
      ),
    ]);
    expect(blocks('a <sub>b')).toEqual([paragraph(text('a <sub>b'))]);
    expect(lossesOf('a <sub>b')).toEqual([['html', 1, '<sub>']]);
  });

  it('keeps links with their titles, by reference too', () => {
    expect(
      blocks('[a](https://x.example/ "T") [b][1] <https://y.example>\n\n[1]: https://z.example'),
    ).toEqual([
      paragraph(
        link('a', 'https://x.example/', 'T'),
        text(' '),
        link('b', 'https://z.example'),
        text(' '),
        link('https://y.example', 'https://y.example'),
      ),
    ]);
  });

  it('shows the address of a link without words', () => {
    expect(blocks('[](https://x.example/)')).toEqual([
      paragraph(link('https://x.example/', 'https://x.example/')),
    ]);
  });

  it('keeps nested lists and where an ordered one starts', () => {
    expect(blocks('7. a\n8. b\n   - c\n     1. d')).toEqual([
      {
        type: 'orderedList',
        attrs: { start: 7 },
        content: [
          { type: 'listItem', content: [paragraph(text('a'))] },
          {
            type: 'listItem',
            content: [
              paragraph(text('b')),
              {
                type: 'bulletList',
                content: [
                  {
                    type: 'listItem',
                    content: [
                      paragraph(text('c')),
                      {
                        type: 'orderedList',
                        attrs: { start: 1 },
                        content: [{ type: 'listItem', content: [paragraph(text('d'))] }],
                      },
                    ],
                  },
                ],
              },
            ],
          },
        ],
      },
    ]);
  });

  it('keeps tasks, and splits a list that mixes them with plain items', () => {
    const found = blocks('- [x] a\n- [ ] b\n- c');
    expect(found.map(({ type }) => type)).toEqual(['taskList', 'bulletList']);
    expect(found[0]?.content?.map(({ attrs }) => attrs)).toEqual([{ checked: true }, { checked: false }]);
    expect(found[1]?.content).toEqual([{ type: 'listItem', content: [paragraph(text('c'))] }]);
  });

  it('keeps the boxes of an ordered list as text and says so', () => {
    expect(blocks('1. [x] a')[0]?.content?.[0]?.content).toEqual(
      [paragraph(text('[x] a'))].map((node) => ({ ...node, content: [text('[x] '), text('a')] })),
    );
    expect(lossesOf('1. [x] a')).toEqual([['task', 1, 'a']]);
  });

  it('gives every list item a line to write on', () => {
    expect(blocks('-\n- # h')[0]?.content?.map(({ content }) => content?.map(({ type }) => type))).toEqual([
      ['paragraph'],
      ['paragraph', 'heading'],
    ]);
  });

  it('keeps tables as rectangles with alignment and every cell', () => {
    const [table] = blocks('| a | b |\n|:-:|--:|\n| 1 |\n| 2 | 3 | 4 |');
    expect(
      table?.content?.map((row) => row.content?.map(({ type, attrs }) => [type, attrs?.['align']])),
    ).toEqual([
      [
        ['tableHeader', 'center'],
        ['tableHeader', 'right'],
        ['tableHeader', undefined],
      ],
      [
        ['tableCell', 'center'],
        ['tableCell', 'right'],
        ['tableCell', undefined],
      ],
      [
        ['tableCell', 'center'],
        ['tableCell', 'right'],
        ['tableCell', undefined],
      ],
    ]);
    expect(read('| a | b |\n|:-:|--:|\n| 1 |\n| 2 | 3 | 4 |').projection.text).toContain('2\t3\t4');
  });

  it('keeps code with its language, and lists what else stood on the fence', () => {
    expect(blocks('```js title="x"\na\n\n  b\n```')).toEqual([
      { type: 'codeBlock', attrs: { language: 'js' }, content: [text('a\n\n  b')] },
    ]);
    expect(lossesOf('```js title="x"\na\n```')).toEqual([['code-info', 1, 'title="x"']]);
    expect(blocks('```\n```')).toEqual([{ type: 'codeBlock', attrs: { language: null } }]);
  });

  it('keeps quotes, rules and hard breaks', () => {
    expect(blocks('> a  \n> b\n\n***')).toEqual([
      { type: 'blockquote', content: [paragraph(text('a'), { type: 'hardBreak' }, text('b'))] },
      { type: 'horizontalRule' },
    ]);
    expect(blocks('a<br>b')).toEqual([paragraph(text('a'), { type: 'hardBreak' }, text('b'))]);
  });

  it('reads GitHub callouts', () => {
    expect(blocks('> [!WARNING]\n> Take care.')).toEqual([
      { type: 'callout', attrs: { kind: 'warning' }, content: [paragraph(text('Take care.'))] },
    ]);
    expect(blocks('> [!NOTE] not alone')[0]?.type).toBe('blockquote');
  });

  it('reads a line end inside a paragraph as a space, in every style of line end', () => {
    for (const end of ['\n', '\r\n', '\r'])
      expect(blocks(`a${end}b${end}${end}c`)).toEqual([paragraph(text('a b')), paragraph(text('c'))]);
  });

  it('drops a byte order mark before the front matter', () => {
    expect(read('\ufeff---\ntitle: T\n---\n').title).toBe('T');
  });
});

describe('what cannot be kept is listed with its line', () => {
  it('shows HTML as text', () => {
    expect(blocks('<div onclick="x()">\n<b>hi</b>\n</div>')).toEqual([
      paragraph(
        text('<div onclick="x()">'),
        { type: 'hardBreak' },
        text('<b>hi</b>'),
        { type: 'hardBreak' },
        text('</div>'),
      ),
    ]);
    expect(lossesOf('a\n\n<script>alert(1)</script>')).toEqual([['html', 3, '<script>alert(1)</script>']]);
  });

  it('takes out comments, in and between blocks, leaving no empty lines', () => {
    expect(blocks('a <!-- x --> b\n\n<!-- y -->\n\nc')).toEqual([
      paragraph(text('a  b')),
      paragraph(text('c')),
    ]);
    expect(lossesOf('a <!-- x --> b\n\n<!-- y -->\n\nc')).toEqual([
      ['html-comment', 1, '<!-- x -->'],
      ['html-comment', 3, '<!-- y -->'],
    ]);
  });

  it('keeps the text behind a comment that is never closed', () => {
    expect(read('a\n\n<!-- open\n\n# b').projection.text).toContain('# b');
  });

  it('takes out empty anchors, which hold an address and no text', () => {
    expect(blocks('## <a name="x"></a>H')).toEqual([
      { type: 'heading', attrs: { level: 2 }, content: [text('H')] },
    ]);
    expect(lossesOf('<a name="x"></a>H')).toEqual([['html', 1, '<a name="x">']]);
  });

  it('unlinks addresses that could run something', () => {
    expect(blocks('[a](javascript:alert(1)) [b](JAVASCRIPT:x) [c](data:text/html,x)')).toEqual([
      paragraph(text('a b c')),
    ]);
    expect(lossesOf('[a](javascript:alert%281%29)')).toEqual([['unsafe-link', 1, 'javascript:alert%281%29']]);
  });

  it.each(['/site-policy/acceptable-use', '../other.md', 'img/', '?page=2', '', 'www.example.com'])(
    'keeps the words of a link to %s, which leads nowhere from here, and lists its address',
    (href) => {
      expect(blocks(`See *the [other](<${href}>)* rule`)).toEqual([
        paragraph(text('See '), text('the other', 'italic'), text(' rule')),
      ]);
      expect(lossesOf(`\n[other](<${href}>)`)).toEqual([['dead-link', 2, `other (${href})`]]);
    },
  );

  it.each([
    'https://example.com/a',
    '//example.com/a',
    'mailto:a@example.com',
    '#scope',
    '/documents/0197a1b2-0000-7000-8000-000000000001#scope',
    '/boards/sellers',
  ])('keeps a link to %s', (href) => {
    expect(blocks(`[other](${href})`)).toEqual([paragraph(link('other', href))]);
    expect(lossesOf(`[other](${href})`)).toEqual([]);
  });

  it('keeps a picture as a link with its words', () => {
    expect(blocks('![Seal](img/s.png) [![In](a.png)](/b)')).toEqual([paragraph(text('Seal In'))]);
    expect(blocks('![Seal](https://a.example/s.png) [![In](a.png)](https://b.example)')).toEqual([
      paragraph(link('Seal', 'https://a.example/s.png'), text(' '), link('In', 'https://b.example')),
    ]);
    expect(lossesOf('![Seal](img/s.png)')).toEqual([['image', 1, 'Seal (img/s.png)']]);
    expect(blocks('![](data:image/png;base64,AA)')).toEqual([paragraph(text('data:image/png;base64,AA'))]);
  });

  it('keeps footnotes where they stand', () => {
    const found = read('a[^1]\n\n[^1]: Because.');
    expect(found.projection.text).toBe('a[1]\n[1] Because.');
    expect(found.losses.map(({ what, line }) => [what, line])).toEqual([
      ['footnote', 1],
      ['footnote', 3],
    ]);
  });

  it('lists template tags outside code, and leaves them in the text', () => {
    const found = read('{% data x.y %} and {{ z }}\n\n```\n{% raw %}\n```');
    expect(found.losses).toEqual([
      { what: 'liquid', line: 1, sample: '{% data x.y %}' },
      { what: 'liquid', line: 1, sample: '{{ z }}' },
    ]);
    expect(found.projection.text).toContain('{% data x.y %} and {{ z }}');
  });

  it('lists unused link definitions', () => {
    expect(lossesOf('a\n\n[x]: https://x.example')).toEqual([['definition', 3, '[x]: https://x.example']]);
  });

  it('lists control characters by their names', () => {
    expect(lossesOf('a\n\nb\u0007c')).toEqual([['control-character', 3, 'U+0007']]);
    expect(blocks('b\u0007c')).toEqual([paragraph(text('bc'))]);
  });

  it('counts what a record has no room to list', () => {
    const { losses } = read('<x-y>\n\n'.repeat(1_000));
    expect(losses).toHaveLength(201);
    expect(losses.at(-1)).toEqual({ what: 'more', line: 0, sample: '800' });
  });

  it('has a name for each kind', () => {
    expect(new Set(importLossKinds).size).toBe(importLossKinds.length);
  });
});

describe('what a file says about itself', () => {
  it('reads title, language and kind from the front matter and lists the rest', () => {
    const found = read('---\ntitle: Devoluções\nlang: pt_BR\nkind: SOP\nversions:\n  fpt: "*"\n---\nx');
    expect(found).toMatchObject({ title: 'Devoluções', language: 'pt-BR', kind: 'sop' });
    expect(found.losses).toEqual([{ what: 'front-matter-field', line: 5, sample: 'versions: fpt: "*"' }]);
  });

  it('lists a language or kind that it does not know and looks further', () => {
    const found = read('---\nlang: es\nkind: poem\n---\nThe rules of the house are for you.');
    expect(found).toMatchObject({ language: 'en', kind: 'policy' });
    expect(found.losses.map(({ sample }) => sample)).toEqual(['lang: es', 'kind: poem']);
  });

  it('takes the first heading of level one, else the name of the file', () => {
    expect(read('## a\n\n# The *rules*').title).toBe('The rules');
    expect(read('## a', { fileName: 'x/refund-policy_v2.md' }).title).toBe('Refund policy v2');
    expect(read('', { fileName: '.md' }).title).toBe('.md');
  });

  it('tells the language by small words', () => {
    expect(read('O vendedor não pode anunciar um produto que é proibido por lei.').language).toBe('pt-BR');
    expect(read('The seller may not list a product that is banned by law.').language).toBe('en');
  });

  it('tells the kind by folder and title', () => {
    expect(read('x', { fileName: 'playbooks/suspension.md' }).kind).toBe('playbook');
    expect(read('# POP de reembolso', { fileName: 'a.md' }).kind).toBe('sop');
    expect(read('# Política de devolução', { fileName: 'a.md' }).kind).toBe('policy');
  });

  it('is a document even when it is empty, or nothing but front matter', () => {
    for (const source of ['', '\n\n', '---\n---\n', '---\ntitle: T\n---'])
      expect(read(source).content).toEqual({ type: 'doc', content: [{ type: 'paragraph' }] });
  });
});

describe('files that cannot be read', () => {
  it('names the limit and the size when a file is too large, before parsing', () => {
    const source = 'á'.repeat(markdownByteLimit / 2 + 1);
    expect(refusal(() => read(source))).toEqual({
      code: 'too_large',
      details: { limit: markdownByteLimit, bytes: markdownByteLimit + 2 },
    });
    expect(refusal(() => read('x'.repeat(50_000_000)))?.code).toBe('too_large');
  });

  it('refuses text with zero bytes', () => {
    expect(refusal(() => read('a\u0000b'))?.code).toBe('not_markdown');
  });

  it('names the line where the front matter breaks', () => {
    expect(refusal(() => read('---\ntitle: a\nlist: [1, 2\n---\nx'))).toEqual({
      code: 'bad_front_matter',
      details: { line: 3 },
    });
    expect(refusal(() => read('---\ntitle: "a\n---\nx'))?.code).toBe('bad_front_matter');
    expect(refusal(() => read('---\na: 1\na: 2\n---\nx'))).toEqual({
      code: 'bad_front_matter',
      details: { line: 3 },
    });
    expect(refusal(() => read('---\njust words\n---\nx'))?.code).toBe('bad_front_matter');
  });

  it('keeps broken front matter as text when asked', () => {
    const found = read('---\ntitle: "a\n---\nx', { frontMatter: 'asText' });
    expect(found.content.content).toEqual([
      { type: 'codeBlock', attrs: { language: 'yaml' }, content: [text('title: "a')] },
      paragraph(text('x')),
    ]);
    expect(found.losses).toEqual([{ what: 'front-matter', line: 1, sample: 'title: "a' }]);
  });

  it('never expands aliases', () => {
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]'];
    for (let index = 1; index < 30; index += 1) {
      const name = `k${index}`;
      const last = index === 1 ? 'a' : `k${index - 1}`;
      bomb.push(
        `${name}: &${name} [*${last},*${last},*${last},*${last},*${last},*${last},*${last},*${last}]`,
      );
    }
    expect(read(`---\ntitle: T\n${bomb.join('\n')}\n---\nx`).losses).toHaveLength(30);
  });

  it('refuses front matter that nests without end or is endless', () => {
    for (const source of [
      `a: ${'['.repeat(20_000)}`,
      `a: ${'{a: '.repeat(5_000)}`,
      `${'- '.repeat(10_000)}a`,
      `a: ${'x'.repeat(40_000)}`,
      Array.from({ length: 400 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
    ])
      expect(refusal(() => read(`---\n${source}\n---\nx`))).toEqual({
        code: 'bad_front_matter',
        details: { line: 2 },
      });
  });
});

describe('nesting without end', () => {
  it.each([
    ['quotes', `${'>'.repeat(10_000)} deep`],
    ['quotes with spaces', `${'> '.repeat(10_000)}deep`],
    ['bullets', `${'- '.repeat(10_000)}deep`],
    ['numbers', `${'1. '.repeat(10_000)}deep`],
    [
      'indentation',
      Array.from({ length: 1_000 }, (_, depth) => `${' '.repeat(2 * depth)}- level`).join('\n') + ' deep',
    ],
    ['emphasis', `${'*a '.repeat(10_000)}deep${' a*'.repeat(10_000)}`],
    ['strong', `${'**a '.repeat(5_000)}deep${' a**'.repeat(5_000)}`],
    ['brackets', `${'['.repeat(10_000)}deep${']'.repeat(10_000)}`],
    ['pictures', `${'!['.repeat(2_000)}deep${'](x)'.repeat(2_000)}`],
  ])('of %s is bounded, listed, and loses no word', (_name, source) => {
    const found = read(source);
    expect(found.projection.text).toContain('deep');
    expect(found.losses.map(({ what }) => what)).toContain('too-deep');
  });

  it('leaves a long rule a rule', () => {
    expect(blocks('- '.repeat(100))).toEqual([{ type: 'horizontalRule' }]);
  });
});
