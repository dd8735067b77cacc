/** Finding by typing: forgiving of case and accents, the better match first. */

const marks = /\p{M}/gu;
/** Small letters without accents, so that "politica" finds "Política". */
export const folded = (text: string): string => text.normalize('NFD').replace(marks, '').toLocaleLowerCase();

/**
 * How well a text answers what was typed, 0 for not at all. Every word typed must begin some word of the
 * text, or stand inside it; the beginning of the text counts most.
 */
export function scoreOf(text: string, typed: string): number {
  const whole = folded(text);
  let score = 0;
  for (const word of folded(typed).split(/\s+/u).filter(Boolean)) {
    const at = whole.indexOf(word);
    if (at < 0) return 0;
    const beginsWord = new RegExp(
      `(^|[^\\p{L}\\p{N}])${word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`,
      'u',
    ).test(whole);
    score += at === 0 ? 4 : beginsWord ? 2 : 1;
  }
  return score;
}

/** The items that answer, best first, order of equals kept, at most `limit`. */
export function findIn<Item>(
  items: readonly Item[],
  typed: string,
  textOf: (item: Item) => string,
  limit: number,
): Item[] {
  if (typed.trim() === '') return items.slice(0, limit);
  return items
    .map((item) => ({ item, score: scoreOf(textOf(item), typed) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, limit)
    .map(({ item }) => item);
}
