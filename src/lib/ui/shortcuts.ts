/** Keys as commands name them (`mod+k`, `?`, `g d`) and as people see them. Pure, so that it can be tested. */

/** Two keys in a row count as one command when the second comes within this time. */
export const sequenceMs = 1_000;

export interface PressedKey {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

/** The name of one press, or null for a press that is part of something else (Alt, a lone modifier). */
export function nameOfPress(event: PressedKey): string | null {
  if (event.altKey || ['Control', 'Meta', 'Shift', 'Alt', 'AltGraph', 'Dead'].includes(event.key))
    return null;
  const key = event.key === ' ' ? 'space' : event.key.toLowerCase();
  return event.ctrlKey || event.metaKey ? `mod+${key}` : key;
}

/**
 * What a press means, given the one before it: the keys of a command, or the beginning of a sequence that
 * must be remembered, or nothing.
 */
export function readPress(
  press: string,
  before: string | null,
  known: readonly string[],
): { hit: string | null; pending: string | null } {
  const sequence = before === null ? null : `${before} ${press}`;
  if (sequence !== null && known.includes(sequence)) return { hit: sequence, pending: null };
  if (known.includes(press)) return { hit: press, pending: null };
  return { hit: null, pending: known.some((keys) => keys.startsWith(`${press} `)) ? press : null };
}

/** Typing in a field must never fire a single-letter command; combinations with Ctrl or Command still may. */
export function isTyping(target: EventTarget | null): boolean {
  const element = target as { closest?: (selector: string) => unknown; isContentEditable?: boolean } | null;
  if (!element?.closest) return false;
  return (
    element.isContentEditable === true ||
    element.closest('input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable=true]') !==
      null
  );
}

/** `mod+k` as the caps of this machine's keyboard: `Ctrl K` or `⌘ K`. */
export function capsOf(keys: string, isApple: boolean): string[] {
  const caps: Record<string, string> = { mod: isApple ? '⌘' : 'Ctrl', shift: '⇧', enter: '↵', escape: 'Esc' };
  return keys
    .split(' ')
    .flatMap((press) => (press === '+' ? ['+'] : press.split('+')))
    .map((part) => caps[part] ?? (part.length === 1 ? part.toUpperCase() : part));
}
