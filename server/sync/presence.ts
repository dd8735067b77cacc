/**
 * Who is here: the newest state of each client, relayed and never stored. Identity comes from the session,
 * not from the state. Stock clients send back every presence they receive, so those of others are skipped
 * first and cost nothing. Rules P1-P8 in SPEC.md.
 */
import {
  presenceColourOf,
  presenceExpiryMs,
  presencesPerPersonLimit,
  presencesPerRoomLimit,
  presenceStateBytesLimit,
} from '#domain/sync/wire.ts';
import type { PresenceUser } from '#domain/sync/wire.ts';
import { presenceFrame } from './frames.ts';
import type { Presence } from './frames.ts';

/** y-protocols counts up from 0, once every 15 s; this is not reached by anyone honest. */
const presenceClockLimit = 2 ** 31;
const gone = 'null';

/** A connection as far as presence goes; compared by identity. */
export interface PresenceOwner {
  readonly personId: string;
  readonly name: string;
}

interface Entry extends Presence {
  personId: string;
  /** The connection that speaks for it; null when that has closed. */
  owner: PresenceOwner | null;
  renewedAtMs: number;
}

export interface PresenceBoard {
  /** Whether a client is known to be somebody else's: what is said of it here is an echo. */
  isForeign(from: PresenceOwner, client: number): boolean;
  /** Whose a client is by what was said of it here, if anyone's; also when it has gone a moment ago. */
  personOf(client: number): string | undefined;
  /** Takes in what a connection sent; answers with frames for that connection alone. */
  receive(from: PresenceOwner, presences: readonly Presence[], nowMs: number): Uint8Array[];
  /** The connection has closed: its clients are gone. */
  leave(owner: PresenceOwner, nowMs: number): void;
  /** Forgets whoever has not renewed. */
  expire(nowMs: number): void;
  /** What changed since the last call, as a frame for everyone; null when nothing did. */
  takeChanges(): Uint8Array | null;
  /** Everyone who is here, for a newcomer; null when nobody is. */
  everyone(): Uint8Array | null;
}

/**
 * `writerOf` tells whose a Yjs client id is by the log, if anyone's; `onLeftOut` hears of each state that was not
 * taken although it was the sender's own.
 */
export function createPresenceBoard(
  writerOf: (client: number) => string | undefined,
  onLeftOut: () => void = () => undefined,
): PresenceBoard {
  const entries = new Map<number, Entry>();
  const changed = new Set<number>();

  const markGone = (entry: Entry, nowMs: number) => {
    entry.owner = null;
    entry.renewedAtMs = nowMs;
    if (entry.state === gone) return;
    // At the last clock, not above it: a client that comes back with that clock must not be shut out.
    entry.state = gone;
    changed.add(entry.client);
    // To the end: of the gone, the first in line left first.
    entries.delete(entry.client);
    entries.set(entry.client, entry);
    const goneOfPerson = [...entries.values()].filter(
      ({ personId, state }) => personId === entry.personId && state === gone,
    );
    forget(goneOfPerson, goneOfPerson.length - presencesPerPersonLimit);
  };

  /** The first so many, unless their end is still to be told. */
  const forget = (list: readonly Entry[], count: number): void => {
    const told = list.filter(({ client }) => !changed.has(client));
    for (const { client } of told.slice(0, Math.max(0, count))) entries.delete(client);
  };

  const countOf = (personId: string): number => {
    let count = 0;
    for (const entry of entries.values()) if (entry.personId === personId && entry.state !== gone) count += 1;
    return count;
  };

  const isForeign = (from: PresenceOwner, client: number): boolean => {
    const person = entries.get(client)?.personId ?? writerOf(client);
    return person !== undefined && person !== from.personId;
  };

  function receiveOne(from: PresenceOwner, presence: Presence, nowMs: number): Uint8Array | null {
    const { client, clock } = presence;
    const entry = entries.get(client);
    if (isForeign(from, client)) return null;
    if (clock >= presenceClockLimit) return null;
    if (presence.state === gone) {
      if (entry !== undefined && clock >= entry.clock) {
        entry.clock = clock;
        markGone(entry, nowMs);
      }
      return null;
    }
    if (entry !== undefined && clock <= entry.clock)
      // Either an echo, or the client itself is back while the others hold it for gone at this clock.
      return entry.state === gone ? presenceFrame([{ client, clock: entry.clock, state: gone }]) : null;
    const state = withIdentity(presence.state, from);
    if (entry === undefined && entries.size >= presencesPerRoomLimit)
      forget(
        [...entries.values()].filter(({ state: its }) => its === gone),
        1,
      );
    const isOneMore = entry === undefined || entry.state === gone;
    if (
      state === null ||
      (isOneMore && countOf(from.personId) >= presencesPerPersonLimit) ||
      (entry === undefined && entries.size >= presencesPerRoomLimit)
    ) {
      onLeftOut();
      return null;
    }
    entries.set(client, { client, clock, state, personId: from.personId, owner: from, renewedAtMs: nowMs });
    changed.add(client);
    return null;
  }

  const frameOf = (list: readonly Entry[]): Uint8Array | null =>
    list.length === 0 ? null : presenceFrame(list);

  return {
    isForeign,
    personOf: (client) => entries.get(client)?.personId,
    receive: (from, presences, nowMs) =>
      presences.flatMap((presence) => receiveOne(from, presence, nowMs) ?? []),
    leave(owner, nowMs) {
      for (const entry of entries.values()) if (entry.owner === owner) markGone(entry, nowMs);
    },
    expire(nowMs) {
      for (const entry of [...entries.values()]) {
        if (nowMs - entry.renewedAtMs < presenceExpiryMs) continue;
        // The gone are remembered for a while, so that a late echo does not bring them back.
        if (entry.state === gone) entries.delete(entry.client);
        else markGone(entry, nowMs);
      }
    },
    takeChanges() {
      const list = [...changed].flatMap((client) => entries.get(client) ?? []);
      changed.clear();
      return frameOf(list);
    },
    everyone: () => frameOf([...entries.values()].filter(({ state }) => state !== gone)),
  };
}

/** The state with `user` written over; null when it is too large or no object. */
function withIdentity(text: string, { personId, name }: PresenceOwner): string | null {
  if (Buffer.byteLength(text) > presenceStateBytesLimit) return null;
  try {
    const state: unknown = JSON.parse(text);
    if (typeof state !== 'object' || state === null || Array.isArray(state)) return null;
    const user: PresenceUser = { id: personId, name, colour: presenceColourOf(personId) };
    return JSON.stringify({ ...state, user });
  } catch {
    return null;
  }
}
