/**
 * Eight colours for people, found by search: as far apart as eight can be for normal sight and for the three
 * kinds of colour blindness together, while each stays visible as a caret on light and on dark paper.
 * Never the only sign: initials or the name stand beside them. Their test holds these claims.
 */
export const presenceColours = [
  '#1c7afe',
  '#dd6c00',
  '#559c75',
  '#b308bc',
  '#7730ff',
  '#cd071e',
  '#9883c5',
  '#70666c',
] as const;
export type PresenceColour = (typeof presenceColours)[number];

/** The ink for initials and name labels on each colour, whichever of the two reads better there. */
const inkOn: Record<PresenceColour, '#ffffff' | '#140f0a'> = {
  '#1c7afe': '#140f0a',
  '#dd6c00': '#140f0a',
  '#559c75': '#140f0a',
  '#b308bc': '#ffffff',
  '#7730ff': '#ffffff',
  '#cd071e': '#ffffff',
  '#9883c5': '#140f0a',
  '#70666c': '#ffffff',
};
export const inkOnPresence = (colour: PresenceColour): string => inkOn[colour];

/** The same person has the same colour on every screen and device: chosen by their id alone. */
export function presenceColourOf(personId: string): PresenceColour {
  let hash = 2166136261;
  for (let index = 0; index < personId.length; index += 1) {
    hash = Math.imul(hash ^ personId.charCodeAt(index), 16777619);
  }
  return presenceColours[(hash >>> 0) % presenceColours.length] as PresenceColour;
}

/** First letters of the first and the last name; one letter for a single name, `?` for none. */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/u).filter(Boolean);
  const first = words[0];
  if (first === undefined) return '?';
  const last = words.length > 1 ? words.at(-1) : undefined;
  return [first, last]
    .map((word) => (word ? ([...word][0] ?? '') : ''))
    .join('')
    .toLocaleUpperCase();
}
