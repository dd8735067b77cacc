/**
 * What a room has: clocks of each client and deleted ranges, without any text. Enough to answer the three
 * questions about an update that passed the walk: is anything in it new, does the room have what it builds
 * on, and under which client ids does it write. Rules R4-R7 in SPEC.md.
 */
import { ClientTable } from './client-table.ts';
import type { ClockRange } from './log.ts';
import { Ranges } from './ranges.ts';
import type { WalkedStruct, WalkedUpdate } from './walk.ts';

export type Judgement =
  /** Everything in it is here already. */
  | { verdict: 'known' }
  /** It may be stored; `clients` are those it brings new clocks for. */
  | { verdict: 'new'; clients: number[] }
  /** It builds on something that is neither here nor in it. */
  | { verdict: 'gap' }
  /** It builds on itself in a circle: no document could ever take it in. */
  | { verdict: 'circle' };

export class Known {
  readonly #clients: ClientTable;
  readonly #deletes = new Map<number, Ranges>();

  constructor(
    clocks: ReadonlyMap<number, number> = new Map(),
    deletes: ReadonlyMap<number, readonly ClockRange[]> = new Map(),
    owners: ReadonlyMap<number, string> = new Map(),
  ) {
    this.#clients = new ClientTable(clocks, owners);
    for (const [client, ranges] of deletes) this.#deletes.set(client, new Ranges(ranges));
  }

  clockOf(client: number): number {
    return this.#clients.clockOf(client);
  }

  clocks(): Map<number, number> {
    return this.#clients.clocks();
  }

  /** Whose a client id is, by what was written under it. */
  ownerOf(client: number): string | undefined {
    return this.#clients.ownerOf(client);
  }

  /** Bytes in its tables; what a room costs besides its sockets. */
  get bytes(): number {
    let bytes = this.#clients.bytes;
    for (const ranges of this.#deletes.values()) bytes += ranges.bytes;
    return bytes;
  }

  claim(client: number, person: string): void {
    this.#clients.setOwner(client, person);
  }

  judge(update: WalkedUpdate): Judgement {
    const clients: number[] = [];
    for (const [client, structs] of update.structs)
      if (endOf(structs) > this.clockOf(client)) clients.push(client);
    if (clients.length === 0 && this.#hasDeletes(update)) return { verdict: 'known' };
    const reached = this.#reach(update);
    if (reached === 'gap' || reached === 'circle') return { verdict: reached };
    for (const [client, ranges] of update.deletes) {
      const clock = reached.get(client) ?? this.clockOf(client);
      if (ranges.some((range) => range.clock + range.length > clock)) return { verdict: 'gap' };
    }
    return { verdict: 'new', clients };
  }

  /** Takes in an update that was judged `new`. */
  add(update: WalkedUpdate): void {
    for (const [client, structs] of update.structs) {
      const end = endOf(structs);
      if (end > this.clockOf(client)) this.#clients.setClock(client, end);
    }
    for (const [client, ranges] of update.deletes) {
      const mine = this.#deletes.get(client);
      if (mine === undefined) this.#deletes.set(client, new Ranges(ranges));
      else mine.addAll(ranges);
    }
  }

  #hasDeletes(update: WalkedUpdate): boolean {
    for (const [client, ranges] of update.deletes) {
      const mine = this.#deletes.get(client);
      if (mine === undefined || !ranges.every(({ clock, length }) => mine.covers(clock, length)))
        return false;
    }
    return true;
  }

  /**
   * Walks the update in an order in which every struct finds what it builds on, as Yjs does when it
   * integrates. Each client advances until it is blocked by another and continues when that one has come
   * far enough.
   */
  #reach(update: WalkedUpdate): Map<number, number> | 'gap' | 'circle' {
    const reached = new Map<number, number>();
    const clockOf = (client: number): number => reached.get(client) ?? this.clockOf(client);
    const next = new Map<number, number>();
    const waiting = new Map<number, { client: number; clock: number }[]>();
    const ready = [...update.structs.keys()];
    let isGap = false;
    let blocked = 0;
    for (let client = ready.pop(); client !== undefined; client = ready.pop()) {
      const structs = update.structs.get(client) as readonly WalkedStruct[];
      let index = next.get(client) ?? 0;
      let block: { client: number; clock: number } | null = null;
      for (; index < structs.length; index += 1) {
        const struct = structs[index] as WalkedStruct;
        const end = struct.clock + struct.length;
        if (end <= clockOf(client)) continue;
        if (struct.skip || struct.clock > clockOf(client)) {
          // A hole can only be filled by another update.
          isGap = true;
          block = null;
          break;
        }
        block = blockOf(struct, client, clockOf);
        if (block !== null) break;
        reached.set(client, end);
      }
      next.set(client, index);
      if (block !== null) {
        blocked += 1;
        const { client: by, clock } = block;
        if (endOf(update.structs.get(by) ?? []) <= clock) isGap = true;
        const queue = waiting.get(by);
        if (queue === undefined) waiting.set(by, [{ client, clock }]);
        else queue.push({ client, clock });
      }
      const queue = waiting.get(client);
      if (queue !== undefined) {
        const still = queue.filter((waiter) => waiter.clock >= clockOf(client));
        for (const waiter of queue)
          if (waiter.clock < clockOf(client)) {
            blocked -= 1;
            ready.push(waiter.client);
          }
        waiting.set(client, still);
      }
    }
    if (isGap) return 'gap';
    return blocked > 0 ? 'circle' : reached;
  }
}

/** The first thing a struct builds on that has not been reached, or null. */
function blockOf(
  struct: WalkedStruct,
  own: number,
  clockOf: (client: number) => number,
): { client: number; clock: number } | null {
  for (let at = 0; at < struct.refs.length; at += 2) {
    const client = struct.refs[at] as number;
    const clock = struct.refs[at + 1] as number;
    // The walk has made sure that references to oneself point backwards.
    if (client !== own && clock >= clockOf(client)) return { client, clock };
  }
  return null;
}

/** Where the last struct that is not a hole ends. */
function endOf(structs: readonly WalkedStruct[]): number {
  for (let index = structs.length - 1; index >= 0; index -= 1) {
    const struct = structs[index] as WalkedStruct;
    if (!struct.skip) return struct.clock + struct.length;
  }
  return 0;
}
