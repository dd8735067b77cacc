/**
 * Updates that build on something which did not come in time. They are in the log, where they wait, and here it
 * is known which: a client that holds such a thing offers it again whenever it comes.
 */
import type { ClockRange } from './ranges.ts';
import { Ranges } from './ranges.ts';
import { Known } from './known.ts';
import { cutUpdate, walkUpdate } from './walk.ts';
import type { Cut, WalkedUpdate } from './walk.ts';

/** What of an update a room with these clocks can take in, and what it cannot. */
export function cutFor(bytes: Uint8Array, clocks: ReadonlyMap<number, number>): Cut {
  const { reached } = new Known(clocks).reach(walkUpdate(bytes));
  return cutUpdate(bytes, (client) => reached.get(client) ?? clocks.get(client) ?? 0);
}

export class Aside {
  readonly #structs = new Map<number, Ranges>();
  readonly #deletes = new Map<number, Ranges>();

  /** How many clients something waits of. */
  get clients(): number {
    return this.#structs.size;
  }

  /** The clock after the last that waits of a client. */
  endOf(client: number): number {
    return this.#structs.get(client)?.end ?? 0;
  }

  add(update: WalkedUpdate): void {
    for (const [client, ranges] of runsOf(update)) put(this.#structs, client, ranges);
    for (const [client, ranges] of update.deletes) put(this.#deletes, client, ranges);
  }

  covers(update: WalkedUpdate): boolean {
    return hasAll(this.#structs, runsOf(update)) && hasAll(this.#deletes, update.deletes);
  }
}

function* runsOf(update: WalkedUpdate): Generator<[number, ClockRange[]]> {
  for (const [client, structs] of update.structs) yield [client, structs.filter(({ skip }) => !skip)];
}

function put(into: Map<number, Ranges>, client: number, ranges: readonly ClockRange[]): void {
  const mine = into.get(client);
  if (mine === undefined) into.set(client, new Ranges(ranges));
  else mine.addAll(ranges);
}

function hasAll(
  mine: ReadonlyMap<number, Ranges>,
  asked: Iterable<readonly [number, readonly ClockRange[]]>,
): boolean {
  for (const [client, ranges] of asked)
    if (!ranges.every(({ clock, length }) => mine.get(client)?.covers(clock, length))) return false;
  return true;
}
