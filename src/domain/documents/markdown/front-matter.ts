/**
 * The lines between two `---` at the head of a file. Only plain top-level fields are read: nothing is ever
 * expanded, so anchors and aliases cannot blow up, and no tag makes anything but text.
 */
import { LineCounter, isMap, isScalar, parseDocument } from 'yaml';
import { DomainError } from '../../errors.ts';

/** Characters of front matter. The largest real one seen has 2,500. */
export const frontMatterLengthLimit = 32 * 1024;
/** Open brackets at once. The parser walks down one call each. */
const bracketDepthLimit = 100;

export interface FrontMatterField {
  name: string;
  /** The value when it is a plain string, number or boolean; null for anything with structure. */
  value: string | null;
  /** 1-based line in the file. */
  line: number;
  /** The field as it was written. */
  source: string;
}

function deepestBracket(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const letter of text) {
    if (letter === '[' || letter === '{') deepest = Math.max(deepest, (depth += 1));
    else if (letter === ']' || letter === '}') depth = Math.max(0, depth - 1);
  }
  return deepest;
}

/** Block structure nests by indentation or by `- - -` and `? ? ?` on one line. */
const deepestIndent = (text: string): number =>
  Math.max(0, ...text.split('\n').map((line) => /^(?:[ \t]|[-?:] )*/u.exec(line)?.[0].length ?? 0));

/**
 * The fields of a front matter. `firstLine` is the line of the file on which `text` begins. Throws
 * `bad_front_matter` with the line where it stops being readable.
 */
export function readFrontMatter(text: string, firstLine: number): FrontMatterField[] {
  const refuse = (line: number) => new DomainError('bad_front_matter', { line });
  if (
    text.length > frontMatterLengthLimit ||
    deepestBracket(text) > bracketDepthLimit ||
    deepestIndent(text) > 2 * bracketDepthLimit
  )
    throw refuse(firstLine);
  const lines = new LineCounter();
  const parsed = parseDocument(text, {
    schema: 'core',
    merge: false,
    uniqueKeys: true,
    prettyErrors: false,
    logLevel: 'silent',
    lineCounter: lines,
  });
  const lineAt = (offset: number) => firstLine + Math.max(0, lines.linePos(offset).line - 1);
  const [problem] = parsed.errors;
  if (problem) throw refuse(lineAt(problem.pos[0]));
  if (parsed.contents === null) return [];
  if (!isMap(parsed.contents)) throw refuse(firstLine);
  return parsed.contents.items.map((pair) => {
    const from = isScalar(pair.key) ? (pair.key.range?.[0] ?? 0) : 0;
    const value: unknown = isScalar(pair.value) ? pair.value.value : null;
    const end = (pair.value as { range?: [number, number, number] | null } | null)?.range?.[1] ?? from;
    const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    return {
      name: isScalar(pair.key) ? String(pair.key.value) : '',
      value: isPlain ? String(value) : null,
      line: lineAt(from),
      source: text.slice(from, Math.max(end, from + 1)),
    };
  });
}
