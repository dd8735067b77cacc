/**
 * Which commands may leave now. Within one aggregate they leave one after the other, in the order they were
 * given, because the later ones build on the earlier; a refused one holds back all that follow it. Another
 * aggregate is waited for only where a command says that it builds on it.
 */
import { commandNamed } from '#domain/commands.ts';
import type { CommandRow } from '../device/rows.ts';

export type Standing = 'next' | 'behind' | 'held' | 'refused';

/** The aggregates a stored command builds on; none for a command of another version of the app. */
function needsOf(row: CommandRow): readonly string[] {
  const spec = commandNamed(row.name);
  const input = spec?.needs ? spec.input.safeParse(row.input) : null;
  return input?.success ? (spec?.needs?.(input.data) ?? []) : [];
}

/** How each command stands, oldest first. */
export function standings(rows: readonly CommandRow[]): { row: CommandRow; standing: Standing }[] {
  const stateOf = new Map<string, 'waiting' | 'refused'>();
  return rows.map((row) => {
    const before = [row.aggregate, ...needsOf(row)].map((aggregate) => stateOf.get(aggregate));
    const isHeld = before.includes('refused');
    stateOf.set(row.aggregate, row.refusal || isHeld ? 'refused' : 'waiting');
    if (row.refusal) return { row, standing: 'refused' };
    return { row, standing: isHeld ? 'held' : before.includes('waiting') ? 'behind' : 'next' };
  });
}

/** Those that wait behind a refused one: the person decides about all of them at once. */
export const behind = (rows: readonly CommandRow[], refused: CommandRow): CommandRow[] =>
  rows.filter((row) => row.aggregate === refused.aggregate && row.order > refused.order);
