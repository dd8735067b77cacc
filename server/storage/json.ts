/** JSON as text columns, on both databases alike. */

export const toJson = (value: unknown): string => JSON.stringify(value);

/** Reads what `toJson` wrote. Our own writing only: what comes from outside is parsed with zod. */
export const fromJson = <Value>(text: string): Value => JSON.parse(text) as Value;

/** The same for a column that may be empty. */
export const fromJsonOr = <Value>(text: string | null, otherwise: Value): Value =>
  text === null ? otherwise : (JSON.parse(text) as Value);

/** Booleans are 0 or 1 in both databases. */
export const toFlag = (value: boolean): 0 | 1 => (value ? 1 : 0);
export const fromFlag = (value: number): boolean => value !== 0;

/** JSON with sorted keys, so that the same input has the same hash whatever order a client wrote it in. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(
          Object.entries(inner as Record<string, unknown>).sort(([a], [b]) => (a < b ? -1 : 1)),
        )
      : inner,
  );
}
