/** Where the others are: a caret with a name, in one of eight colours, and the passage they have selected. */
import type { PresenceUser } from '#domain/sync/wire.ts';
import { presenceColours } from '#domain/sync/wire.ts';

/** What travels as `user` in a presence. The server writes it over, so anything may be missing or odd. */
export function presenceUserOf(value: unknown): PresenceUser | null {
  if (typeof value !== 'object' || value === null) return null;
  const { id, name, colour } = value as Record<string, unknown>;
  if (typeof id !== 'string' || typeof name !== 'string') return null;
  const isKnown =
    typeof colour === 'number' && Number.isInteger(colour) && colour >= 0 && colour < presenceColours;
  return { id, name, colour: isKnown ? colour : 0 };
}

/** Six digits: y-tiptap prints a warning for any other form. The screen takes its colours from CSS classes. */
const unusedColour = '#000000';
export const caretUser = (user: PresenceUser): Record<string, unknown> => ({ ...user, color: unusedColour });

export function renderCaret(value: Record<string, unknown>): HTMLElement {
  const user = presenceUserOf(value);
  const caret = document.createElement('span');
  caret.className = `caret presence-${user?.colour ?? 0}`;
  // Read out, the names of others would stand in the middle of sentences; "who is here" names them.
  caret.setAttribute('aria-hidden', 'true');
  const label = document.createElement('span');
  label.className = 'caret-name';
  label.textContent = user?.name ?? '';
  // Word joiners keep the caret from breaking the line it stands in.
  caret.append('\u2060', label, '\u2060');
  return caret;
}

export const renderSelection = (value: Record<string, unknown>): { class: string } => ({
  class: `others-selection presence-${presenceUserOf(value)?.colour ?? 0}`,
});
