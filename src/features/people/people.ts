/** How people are listed: those who are here first, by role, then by name; the deactivated at the end. */
import { roles } from '#domain/access.ts';
import type { PersonRecord } from '#domain/workspaces/workspace.ts';

const rank = ({ role }: PersonRecord): number => (role === null ? -1 : roles.indexOf(role));

export const listed = (all: readonly PersonRecord[], locale: string): PersonRecord[] =>
  [...all].sort(
    (a, b) =>
      Number(b.active) - Number(a.active) || rank(b) - rank(a) || a.name.localeCompare(b.name, locale),
  );

/** The end of a day that was picked in a calendar, in the picker's own time zone, as an instant. */
export function endOfPickedDay(picked: string): string | null {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(picked);
  if (!parts) return null;
  return new Date(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]), 23, 59, 59, 999).toISOString();
}
