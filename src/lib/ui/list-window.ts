/** Lists longer than this show only the rows near the window. */
export const windowedFrom = 250;
/** Rows kept ready beyond each edge, so that a quick scroll and the next arrow key find them. */
const spare = 12;

/** The rows to draw, as a half-open range, for a list whose top edge is `top` pixels from the window's. */
export function visibleRange(count: number, rowPx: number, top: number, windowPx: number): [number, number] {
  if (count <= windowedFrom || rowPx <= 0) return [0, count];
  const first = Math.floor(-top / rowPx) - spare;
  const last = Math.ceil((windowPx - top) / rowPx) + spare;
  const start = Math.max(0, Math.min(first, count));
  return [start, Math.max(start, Math.min(last, count))];
}

/** The keys between two places of a list, both included, whichever way round. */
export function keysBetween(keys: readonly string[], one: string, other: string): string[] {
  const a = keys.indexOf(one);
  const b = keys.indexOf(other);
  return a < 0 || b < 0 ? [other] : keys.slice(Math.min(a, b), Math.max(a, b) + 1);
}
