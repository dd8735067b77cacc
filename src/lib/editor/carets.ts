/** Where the others are: a caret with a name, in one of eight colours, and the passage they have selected. */
import type { PresenceUser } from '#domain/sync/wire.ts';
import { presenceUserOf } from '../sync/presence.ts';
import { inkOnPresence, presenceColours } from '../ui/presence-colours.ts';

const colourOf = (value: Record<string, unknown>) =>
  presenceColours[presenceUserOf(value)?.colour ?? 0] ?? presenceColours[0];

/** y-tiptap wants six digits in `color` and prints a warning for any other form. */
export const caretUser = (user: PresenceUser): Record<string, unknown> => ({
  ...user,
  color: presenceColours[user.colour] ?? presenceColours[0],
});

export function renderCaret(value: Record<string, unknown>): HTMLElement {
  const colour = colourOf(value);
  const caret = document.createElement('span');
  caret.className = 'caret';
  caret.style.setProperty('--presence', colour);
  caret.style.setProperty('--presence-ink', inkOnPresence(colour));
  // Read out, the names of others would stand in the middle of sentences; "who is here" names them.
  caret.setAttribute('aria-hidden', 'true');
  const label = document.createElement('span');
  label.className = 'caret-name';
  label.textContent = presenceUserOf(value)?.name ?? '';
  // Word joiners keep the caret from breaking the line it stands in.
  caret.append('\u2060', label, '\u2060');
  return caret;
}

export const renderSelection = (value: Record<string, unknown>): { class: string; style: string } => ({
  class: 'others-selection',
  style: `--presence: ${colourOf(value)}`,
});
