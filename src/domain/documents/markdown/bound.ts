/**
 * Nesting beyond all reason is made text before the parser sees it. The parser's time grows with the square
 * of the depth and its walk ends the stack: ten thousand quotes in quotes would take minutes and then fail.
 * A sign too many gets a backslash, so that it is read as the character it is.
 */
import { blockDepthLimit } from './blocks.ts';
import type { Losses } from './losses.ts';

/** Runs of `*`, `_` or `~` in one paragraph, and brackets open at once in it. */
export const emphasisSignsLimit = 400;
export const openBracketsLimit = 40;
/** Columns of white space before a list sign; two or more a level. */
const indentLimit = 2 * blockDepthLimit;

/** Signs that open a quote or a list item, as many as one line carries. */
const containerSigns = /^(?:[ \t]*(?:>|[-+*](?=[ \t])|\d{1,9}[.)](?=[ \t])))+/u;
const oneSign = /[ \t]*(?:>|[-+*](?=[ \t])|\d{1,9}[.)](?=[ \t]))/gu;
/** `- - -` is a rule, however long. */
const ruleLine = /^ {0,3}([-*])(?:[ \t]*\1){2,}[ \t]*$/u;
const indentedSign = /^([ \t]+)((?:[-+*]|\d{1,9}[.)])[ \t])/u;
/** Lines that begin a new run of words, for which counting starts again. */
const freshLine = /^\s*(?:$|[|#]|[-+*][ \t]|\d{1,9}[.)][ \t])/u;

function boundContainers(line: string): string {
  const signs = containerSigns.exec(line)?.[0];
  if (signs === undefined || ruleLine.test(line)) return line;
  const ends = Array.from(signs.matchAll(oneSign), (match) => match.index + match[0].length);
  const cut = ends[blockDepthLimit - 1];
  if (cut !== undefined && ends.length > blockDepthLimit)
    return `${line.slice(0, cut)} \\${line.slice(cut).trimStart()}`;
  const [, indent = ''] = indentedSign.exec(line) ?? [];
  const columns = indent.length + 3 * (indent.split('\t').length - 1);
  // Without its white space it goes on with the words above, whatever list those stand in.
  return columns > indentLimit ? `\\${line.trimStart()}` : line;
}

interface Counts {
  emphasis: number;
  brackets: number;
  /** Closed without being open: the parser looks back through the whole paragraph for each. */
  strayBrackets: number;
}

const inlineSign = /\\.|[*_~]+|[[\]]/gu;

function boundInline(line: string, counts: Counts): string {
  return line.replace(inlineSign, (sign) => {
    if (sign.startsWith('\\')) return sign;
    if (sign === '[') {
      if (counts.brackets >= openBracketsLimit) return '\\[';
      counts.brackets += 1;
    } else if (sign === ']') {
      if (counts.brackets > 0) counts.brackets -= 1;
      else if ((counts.strayBrackets += 1) > openBracketsLimit) return '\\]';
    } else if ((counts.emphasis += sign.length) > emphasisSignsLimit) return sign.replace(/./gu, '\\$&');
    return sign;
  });
}

/** `firstLine` is the first line after the front matter, counted from 0. */
export function boundNesting(text: string, firstLine: number, losses: Losses): string {
  const counts: Counts = { emphasis: 0, brackets: 0, strayBrackets: 0 };
  let wasListed = false;
  return text
    .split('\n')
    .map((line, index) => {
      if (index < firstLine) return line;
      if (freshLine.test(line)) {
        counts.emphasis = 0;
        counts.brackets = 0;
        counts.strayBrackets = 0;
        wasListed = false;
      }
      const bounded = boundInline(boundContainers(line), counts);
      // One entry for a paragraph is enough: every line of it may be over the limit.
      if (bounded !== line && !wasListed) {
        losses.add('too-deep', index + 1, line);
        wasListed = true;
      }
      return bounded;
    })
    .join('\n');
}
