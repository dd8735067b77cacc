import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { contrast } from './colour-maths.ts';

const css = readFileSync(new URL('../../app.css', import.meta.url), 'utf8');
const themes = ['light', 'dark'] as const;

/** The colour pairs of one `:root` block, the plain one or the one under a media query. */
function tokensOf(block: string): Map<string, { light: string; dark: string }> {
  const found = new Map<string, { light: string; dark: string }>();
  for (const [, name, light, dark] of block.matchAll(
    /(--[a-z-]+):\s*light-dark\((#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\)/g,
  )) {
    found.set(name as string, { light: light as string, dark: dark as string });
  }
  return found;
}
const plain = tokensOf(css.slice(0, css.indexOf('@media (prefers-contrast')));
const more = new Map([
  ...plain,
  ...tokensOf(css.slice(css.indexOf('@media (prefers-contrast'), css.indexOf('@media (prefers-reduced'))),
]);

const papers = ['--paper', '--paper-raised', '--paper-sunk', '--hover'];
const pairs: { ink: string; on: string[]; atLeast: number; what: string }[] = [
  { ink: '--ink', on: papers, atLeast: 12, what: 'text that is read' },
  { ink: '--ink-soft', on: papers, atLeast: 7, what: 'second text' },
  { ink: '--ink-faint', on: papers, atLeast: 4.5, what: 'remarks' },
  { ink: '--accent', on: [...papers, '--accent-soft'], atLeast: 4.5, what: 'links and selected things' },
  { ink: '--accent-strong', on: [...papers, '--accent-soft'], atLeast: 4.5, what: 'links under the pointer' },
  { ink: '--accent-ink', on: ['--accent', '--accent-strong'], atLeast: 4.5, what: 'words on the accent' },
  { ink: '--bad-ink', on: ['--bad'], atLeast: 4.5, what: 'words on a dangerous button' },
  { ink: '--good', on: [...papers, '--good-soft'], atLeast: 4.5, what: 'good' },
  { ink: '--warn', on: [...papers, '--warn-soft'], atLeast: 4.5, what: 'warning' },
  { ink: '--bad', on: [...papers, '--bad-soft'], atLeast: 4.5, what: 'bad' },
  { ink: '--info', on: [...papers, '--info-soft'], atLeast: 4.5, what: 'information' },
  {
    ink: '--ink',
    on: ['--accent-soft', '--good-soft', '--warn-soft', '--bad-soft', '--info-soft'],
    atLeast: 7,
    what: 'text on a coloured ground',
  },
  { ink: '--rule-strong', on: papers.slice(0, 3), atLeast: 3, what: 'the edge of a field' },
];

describe('the palette', () => {
  it('draws the lines of a table with the rule that is seen: an empty one has nothing else', () => {
    const document = readFileSync(new URL('../editor/document.css', import.meta.url), 'utf8');
    expect(/:is\(td, th\) \{[^}]*border: 1px solid var\(--rule-strong/.test(document)).toBe(true);
  });
  for (const [name, tokens] of [
    ['ordinary contrast', plain],
    ['more contrast', more],
  ] as const) {
    for (const theme of themes) {
      for (const { ink, on, atLeast, what } of pairs) {
        it(`${theme}, ${name}: ${what} (${ink}) reads at ${atLeast}:1 or better`, () => {
          for (const ground of on) {
            const front = tokens.get(ink)?.[theme] ?? 'missing';
            const back = tokens.get(ground)?.[theme] ?? 'missing';
            expect(contrast(front, back), `${ink} ${front} on ${ground} ${back}`).toBeGreaterThanOrEqual(
              atLeast,
            );
          }
        });
      }
    }
  }
});
