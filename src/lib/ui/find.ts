/** Finding by typing: forgiving of case and accents, the better match first. */

const marks = /\p{M}/gu;
const beyondAscii = /[^\x20-\x7e]/;
/** Small letters without accents, so that "politica" finds "Política". */
export const folded = (text: string): string =>
  (beyondAscii.test(text) ? text.normalize('NFD').replace(marks, '') : text).toLowerCase();

const partOfWord = /[\p{L}\p{N}]/u;
function beginsSomeWord(whole: string, word: string, first: number): boolean {
  for (let at = first; at >= 0; at = whole.indexOf(word, at + 1))
    if (!partOfWord.test(whole.charAt(at - 1))) return true;
  return false;
}

/**
 * How well a text answers what was typed, 0 for not at all. Every word typed must begin some word of the
 * text, or stand inside it; the beginning of the text counts most. Made once for many texts.
 */
export function scorerOf(typed: string): (text: string) => number {
  const words = folded(typed).split(/\s+/u).filter(Boolean);
  return (text) => {
    const whole = folded(text);
    let score = 0;
    for (const word of words) {
      const at = whole.indexOf(word);
      if (at < 0) return 0;
      score += at === 0 ? 4 : beginsSomeWord(whole, word, at) ? 2 : 1;
    }
    return score;
  };
}

/** The items that answer, best first, order of equals kept, at most `limit`: one walk, however many answer. */
export function findIn<Item>(
  items: readonly Item[],
  typed: string,
  textOf: (item: Item) => string,
  limit: number,
): Item[] {
  if (typed.trim() === '') return items.slice(0, limit);
  const score = scorerOf(typed);
  const byScore: Item[][] = [];
  for (const item of items) {
    const points = score(textOf(item));
    if (points === 0) continue;
    const equals = (byScore[points] ??= []);
    if (equals.length < limit) equals.push(item);
  }
  return byScore.reverse().flat().slice(0, limit);
}
