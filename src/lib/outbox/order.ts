/**
 * Which commands may leave now. Within one aggregate they leave one after the other, in the order they were
 * given, because the later ones build on the earlier; a refused one holds back all that follow it. Different
 * aggregates do not wait for each other.
 */
import type { CommandRow } from '../device/rows.ts';

export type Standing = 'next' | 'behind' | 'held' | 'refused';

/** How each command stands, oldest first. */
export function standings(rows: readonly CommandRow[]): { row: CommandRow; standing: Standing }[] {
  const firstOf = new Map<string, 'waiting' | 'refused'>();
  return rows.map((row) => {
    const before = firstOf.get(row.aggregate);
    if (row.refusal) {
      firstOf.set(row.aggregate, 'refused');
      return { row, standing: 'refused' };
    }
    firstOf.set(row.aggregate, before ?? 'waiting');
    return { row, standing: before === undefined ? 'next' : before === 'refused' ? 'held' : 'behind' };
  });
}

/** Those that wait behind a refused one: the person decides about all of them at once. */
export const behind = (rows: readonly CommandRow[], refused: CommandRow): CommandRow[] =>
  rows.filter((row) => row.aggregate === refused.aggregate && row.order > refused.order);
