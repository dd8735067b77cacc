/** Markdown as nobody writes it: the reader never breaks, and what it makes is always a valid document. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorCodeOf } from '../../errors.ts';
import { nestingLimit } from '../content.ts';
import type { ContentNode } from '../content.ts';
import { documentSchema } from '../nodes.ts';
import { readMarkdown } from './read.ts';

const schema = documentSchema();

/** Pieces that mean something, and whole blocks; glued in any order they reach the corners of the grammar. */
const piece = fc.constantFrom(
  ...'# |## |- |* |+ |1. |7) |> |- [ ] |- [x] |```|~~~|    |\t|\n|\n\n|  \n|\\|`|``|*|**|_|__|~~|[|]|(|)|![|](|][|]: |<|>|<!--|-->|<br>|<sub>|</sub>|<u>|</u>|<a name="x">|</a>|<div>|</div>|---|===|***|&amp;|&#0;|{{ x }}|{% y %}|[^1]|[^1]: |[!NOTE]|https://a.b|javascript:x|a@b.c|www.a.b|x|word |é|😀|\u0301|\u202e|\ud83d|\u0007|\r|\u2028'.split(
    '|',
  ),
  '|',
  '| a | b |\n|:-|-:|\n| c |\n',
  '\n[ref]: /x "t"\n',
  '---\ntitle: T\n---\n',
);
const markdown = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''));

const depthOf = (node: ContentNode): number =>
  1 + Math.max(0, ...(node.content ?? []).map((child) => depthOf(child)));

describe('any text', () => {
  it('is read into a valid document, or refused with a code', () => {
    fc.assert(
      fc.property(markdown, fc.constantFrom('read', 'asText'), (text, frontMatter) => {
        let content: ContentNode;
        try {
          content = readMarkdown({ fileName: 'a.md', text, encoding: 'utf-8', frontMatter }).content;
        } catch (error) {
          expect(errorCodeOf(error)).toBeDefined();
          return;
        }
        schema.nodeFromJSON(content).check();
        expect(JSON.stringify(content)).not.toContain('"href":"javascript');
        expect(depthOf(content)).toBeLessThanOrEqual(nestingLimit + 2);
      }),
      { numRuns: 600 },
    );
  });

  it('keeps every plain word in its order', () => {
    const word = fc.stringMatching(/^[a-z]{2,8}$/);
    const block = fc.oneof(
      word,
      fc
        .array(word, { minLength: 1, maxLength: 4 })
        .map((words) => words.map((one) => `- ${one}`).join('\n')),
      word.map((one) => `> ${one}`),
      word.map((one) => `## ${one}`),
      word.map((one) => `**${one}** *${one}* \`${one}\``),
      word.map((one) => `[${one}](/x)`),
      word.map((one) => `\`\`\`\n${one}\n\`\`\``),
      fc.tuple(word, word).map(([a, b]) => `| ${a} | ${b} |\n|-|-|\n| ${b} | ${a} |`),
      word.map((one) => `<div>${one}</div>`),
    );
    fc.assert(
      fc.property(fc.array(block, { maxLength: 12 }), (blocks) => {
        const text = blocks.join('\n\n');
        const read = readMarkdown({ fileName: 'a.md', text, encoding: 'utf-8', frontMatter: 'read' });
        const words = (of: string) => of.replace(/\/x/gu, '').match(/[a-z]{2,8}/gu) ?? [];
        expect(words(read.projection.text)).toEqual(words(text));
      }),
      { numRuns: 200 },
    );
  });
});
