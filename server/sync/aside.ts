/**
 * Updates that build on something which did not come in time. They are in the log, where they wait, and here it
 * is known which: a client that holds such a thing offers it again whenever it comes.
 */
import { frameBytesLimit } from '#domain/sync/wire.ts';
import { digestOf } from './digest.ts';
import type { Digest } from './digest.ts';
import type { Known } from './known.ts';
import { Ranges } from './ranges.ts';
import type { RangePairs } from './ranges.ts';
import { cutUpdate, walkUpdate } from './walk.ts';
import type { Cut } from './walk.ts';

/** What may be set aside in a room for one person and for all: every reading of the room walks it. */
export const asideRowsPerPersonLimit = 1_000;
export const asideRowsPerRoomLimit = 10_000;
/** One alone may be as large as a frame. */
export const asideBytesPerPersonLimit = frameBytesLimit;
export const asideBytesPerRoomLimit = 4 * frameBytesLimit;

/** What of an update a room that knows so much can take in, and what it cannot. */
export function cutFor(bytes: Uint8Array, known: Known): Cut {
  const { reached } = known.reach(walkUpdate(bytes));
  return cutUpdate(bytes, (client) => reached.get(client) ?? known.clockOf(client));
}

export interface Half {
  bytes: Uint8Array;
  digest: Digest;
}

/** Both sides of a cut, walked; null for one that would say nothing. */
export interface Halves {
  fits: Half | null;
  rest: Half | null;
}

export function halvesFor(bytes: Uint8Array, known: Known): Halves {
  const walked = (half: Uint8Array | null): Half | null =>
    half && { bytes: half, digest: digestOf(walkUpdate(half)) };
  const { fits, rest } = cutFor(bytes, known);
  return { fits: walked(fits), rest: walked(rest) };
}

interface Load {
  rows: number;
  bytes: number;
}

export class Aside {
  readonly #structs = new Map<number, Ranges>();
  readonly #deletes = new Map<number, Ranges>();
  readonly #people = new Map<string, Load>();
  readonly #all: Load = { rows: 0, bytes: 0 };

  /** How many clients something waits of. */
  get clients(): number {
    return this.#structs.size;
  }

  /** The clock after the last that waits of a client. */
  endOf(client: number): number {
    return this.#structs.get(client)?.end ?? 0;
  }

  hasRoomFor(user: string, bytes: number): boolean {
    const theirs = this.#people.get(user) ?? { rows: 0, bytes: 0 };
    return (
      theirs.rows < asideRowsPerPersonLimit &&
      theirs.bytes + bytes <= asideBytesPerPersonLimit &&
      this.#all.rows < asideRowsPerRoomLimit &&
      this.#all.bytes + bytes <= asideBytesPerRoomLimit
    );
  }

  add({ structs, deletes }: Digest, user: string, bytes: number): void {
    for (const [client, pairs] of structs) put(this.#structs, client, pairs);
    for (const [client, pairs] of deletes) put(this.#deletes, client, pairs);
    this.#count(user, 1, bytes);
  }

  /** One has come true: it takes no room any more, and is still known. */
  release(user: string, bytes: number): void {
    this.#count(user, -1, -bytes);
  }

  #count(user: string, rows: number, bytes: number): void {
    const theirs = this.#people.get(user) ?? { rows: 0, bytes: 0 };
    this.#people.set(user, theirs);
    for (const load of [theirs, this.#all]) {
      load.rows += rows;
      load.bytes += bytes;
    }
  }

  covers({ structs, deletes }: Digest): boolean {
    return hasAll(this.#structs, structs) && hasAll(this.#deletes, deletes);
  }
}

function put(into: Map<number, Ranges>, client: number, pairs: RangePairs): void {
  const mine = into.get(client);
  // A copy: what a room knows takes over the pairs of a digest.
  if (mine === undefined) into.set(client, Ranges.of(pairs.slice()));
  else mine.addAll([...Ranges.of(pairs)]);
}

function hasAll(mine: ReadonlyMap<number, Ranges>, asked: ReadonlyMap<number, RangePairs>): boolean {
  for (const [client, pairs] of asked)
    if (pairs.length > 0 && !mine.get(client)?.coversAll(Ranges.of(pairs))) return false;
  return true;
}
