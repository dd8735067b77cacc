/** Who is in a document right now, from what the server let through. */
import type { Awareness } from 'y-protocols/awareness';
import { presenceColours } from '#domain/sync/wire.ts';
import type { PresenceUser } from '#domain/sync/wire.ts';

/** What travels as `user` in a presence. The server writes it over, so anything may be missing or odd. */
export function presenceUserOf(value: unknown): PresenceUser | null {
  if (typeof value !== 'object' || value === null) return null;
  const { id, name, colour } = value as Record<string, unknown>;
  if (typeof id !== 'string' || typeof name !== 'string') return null;
  const isKnown =
    typeof colour === 'number' && Number.isInteger(colour) && colour >= 0 && colour < presenceColours;
  return { id, name, colour: isKnown ? colour : 0 };
}

/** Everyone here once, however many tabs they have open, the longest present first. */
export function peopleIn(awareness: Awareness): PresenceUser[] {
  const people = new Map<string, PresenceUser>();
  for (const state of awareness.getStates().values()) {
    const user = presenceUserOf((state as { user?: unknown } | null)?.user);
    if (user && !people.has(user.id)) people.set(user.id, user);
  }
  return [...people.values()];
}
