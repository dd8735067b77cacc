/** Where the others are: a caret with a name, in one of eight colours, and the passage they have selected. */
import type { Awareness } from 'y-protocols/awareness';
import type * as Y from 'yjs';
import type { PresenceUser } from '#domain/sync/wire.ts';
import { presenceUserOf } from '../sync/presence.ts';
import { inkOnPresence, presenceColours } from '../ui/presence-colours.ts';

/** How long a name stays at a caret after its owner moved or wrote. */
export const nameShownMs = 3_000;

const colourOf = (value: Record<string, unknown>) =>
  presenceColours[presenceUserOf(value)?.colour ?? 0] ?? presenceColours[0];

/** y-tiptap wants six digits in `color` and prints a warning for any other form. */
export const caretUser = (user: PresenceUser): Record<string, unknown> => ({
  ...user,
  color: presenceColours[user.colour] ?? presenceColours[0],
});

function renderCaret(value: Record<string, unknown>): HTMLElement {
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

export interface Carets {
  render: (value: Record<string, unknown>) => HTMLElement;
  stop: () => void;
}

/**
 * Draws the carets below `element` and takes their names away when nobody moves or writes: whose caret stands
 * at the end of a paragraph writes there without moving, as positions in a Y.Doc are told.
 */
export function drawCarets(element: HTMLElement, doc: Y.Doc, awareness: Awareness): Carets {
  const timers = new Map<string, ReturnType<typeof setTimeout>>();
  const mark = (caret: HTMLElement) => {
    caret.classList.toggle('still', !timers.has(caret.dataset['person'] ?? ''));
    return caret;
  };
  const markAll = (id: string) => {
    for (const caret of element.querySelectorAll<HTMLElement>('.caret'))
      if (caret.dataset['person'] === id) mark(caret);
  };
  const show = (clients: Iterable<number>) => {
    for (const client of clients) {
      const id = presenceUserOf(awareness.getStates().get(client)?.['user'])?.id;
      if (id === undefined || client === awareness.clientID) continue;
      clearTimeout(timers.get(id));
      const fade = () => {
        timers.delete(id);
        markAll(id);
      };
      timers.set(id, setTimeout(fade, nameShownMs));
      markAll(id);
    }
  };

  const moved = ({ added, updated }: { added: number[]; updated: number[] }) => show([...added, ...updated]);
  const wrote = ({ local, beforeState, afterState }: Y.Transaction) => {
    if (!local) show([...afterState.keys()].filter((id) => afterState.get(id) !== beforeState.get(id)));
  };
  awareness.on('change', moved);
  doc.on('afterTransaction', wrote);
  show(awareness.getStates().keys());
  return {
    render: (value) => {
      const caret = renderCaret(value);
      caret.dataset['person'] = presenceUserOf(value)?.id ?? '';
      return mark(caret);
    },
    stop: () => {
      awareness.off('change', moved);
      doc.off('afterTransaction', wrote);
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}

export const renderSelection = (value: Record<string, unknown>): { class: string; style: string } => ({
  class: 'others-selection',
  style: `--presence: ${colourOf(value)}`,
});
