/**
 * What a room has: clocks of each client and deleted ranges, without any text. Enough to answer the three
 * questions about an update that passed the walk: is anything in it new, does the room have what it builds
 * on, and under which client ids does it write. Rules R4-R7 in SPEC.md.
 */
import { ClientTable } from './client-table.ts';
import type { Digest } from './digest.ts';
import { Ranges } from './ranges.ts';
import type { RangePairs } from './ranges.ts';
import { Waiting } from './waiting.ts';
import type { Missing } from './waiting.ts';
import type { WalkedStruct, WalkedUpdate } from './walk.ts';

export type Judgement =
  /** Everything in it is here already. */
  | { verdict: 'known' }
  /** It may be stored; `clients` are those it brings new clocks for. */
  | { verdict: 'new'; clients: number[] }
  /** It builds on something that is neither here nor in it; on `missing` for one. */
  | { verdict: 'gap'; missing: Missing }
  /** It builds on itself in a circle: no document could ever take it in. */
  | { verdict: 'circle' };

/** An update as it was walked, or what is left of a large one after it was walked in a thread. */
export type Judged = WalkedUpdate | Digest;

const gapAt = (client: number, reached: number) =>
  ({ verdict: 'gap', missing: { client, clock: reached - 1 } }) as const;

const endOfPairs = (pairs: RangePairs | undefined): number => pairs?.at(-1) ?? 0;

const isDigest = (update: Judged): update is Digest => 'needs' in update;

/** How far a room could follow an update: clocks of the clients it would move on, and why no further. */
export interface Reach {
  reached: ReadonlyMap<number, number>;
  stopped: { verdict: 'gap'; missing: Missing } | { verdict: 'circle' } | null;
}

export class Known {
  readonly #clients: ClientTable;
  readonly #deletes = new Map<number, Ranges>();

  constructor(
    clocks: ReadonlyMap<number, number> = new Map(),
    deletes: ReadonlyMap<number, RangePairs> = new Map(),
    owners: ReadonlyMap<number, string> = new Map(),
    unconfirmed: readonly number[] = [],
  ) {
    this.#clients = new ClientTable(clocks, owners, unconfirmed);
    for (const [client, ranges] of deletes) this.#deletes.set(client, Ranges.of(ranges));
  }

  clockOf(client: number): number {
    return this.#clients.clockOf(client);
  }

  /** How many client ids something was written under. */
  get writers(): number {
    return this.#clients.writers;
  }

  clocks(): Map<number, number> {
    return this.#clients.clocks();
  }

  deletes(): Map<number, RangePairs> {
    return new Map([...this.#deletes].map(([client, ranges]) => [client, ranges.pairs]));
  }

  /** Whose a client id is, by what was written under it. */
  ownerOf(client: number): string | undefined {
    return this.#clients.ownerOf(client);
  }

  /** Whether its owner has written under a client id in this epoch of the room. */
  isConfirmed(client: number): boolean {
    return this.#clients.isConfirmed(client);
  }

  /** Bytes in its tables; what a room costs besides its sockets. */
  get bytes(): number {
    let bytes = this.#clients.bytes;
    for (const ranges of this.#deletes.values()) bytes += ranges.bytes;
    return bytes;
  }

  claim(clients: readonly number[], person: string): void {
    this.#clients.meet(clients);
    for (const client of clients) this.#clients.setOwner(client, person);
  }

  /** A client id that somebody shows who has not written under it. */
  bind(client: number, person: string): void {
    this.#clients.setOwner(client, person, false);
  }

  boundTo(person: string): number {
    return this.#clients.boundTo(person);
  }

  judge(update: Judged): Judgement {
    return isDigest(update) ? this.#judgeDigest(update) : this.#judgeWalked(update);
  }

  #judgeWalked(update: WalkedUpdate): Judgement {
    const clients: number[] = [];
    for (const [client, structs] of update.structs)
      if (endOf(structs) > this.clockOf(client)) clients.push(client);
    if (clients.length === 0 && this.#hasDeletes(update)) return { verdict: 'known' };
    const { reached, stopped } = this.reach(update);
    if (stopped !== null) return stopped;
    for (const [client, ranges] of update.deletes) {
      const clock = reached.get(client) ?? this.clockOf(client);
      const beyond = ranges.find((range) => range.clock + range.length > clock);
      if (beyond !== undefined) return gapAt(client, beyond.clock + beyond.length);
    }
    return { verdict: 'new', clients };
  }

  #judgeDigest(digest: Digest): Judgement {
    const clients: number[] = [];
    for (const [client, pairs] of digest.structs)
      if (endOfPairs(pairs) > this.clockOf(client)) clients.push(client);
    const deletes = [...digest.deletes].map(([client, pairs]) => ({ client, ranges: Ranges.of(pairs) }));
    const hasDeletes = deletes.every(({ client, ranges }) => this.#deletes.get(client)?.coversAll(ranges));
    if (clients.length === 0 && hasDeletes) return { verdict: 'known' };
    if (digest.isCircle) return { verdict: 'circle' };
    for (const [client, clock] of digest.needs) if (clock > this.clockOf(client)) return gapAt(client, clock);
    for (const { client, ranges } of deletes)
      if (ranges.end > Math.max(this.clockOf(client), endOfPairs(digest.structs.get(client))))
        return gapAt(client, ranges.end);
    return { verdict: 'new', clients };
  }

  /** Takes in an update that was judged `new`. */
  add(update: Judged): void {
    if (isDigest(update)) {
      this.#clients.meet(update.structs.keys());
      for (const [client, pairs] of update.structs) this.#advance(client, endOfPairs(pairs));
      for (const [client, pairs] of update.deletes) {
        const ranges = Ranges.of(pairs);
        const mine = this.#deletes.get(client);
        if (mine === undefined) this.#deletes.set(client, ranges);
        else mine.addAll([...ranges]);
      }
      return;
    }
    this.#clients.meet(update.structs.keys());
    for (const [client, structs] of update.structs) this.#advance(client, endOf(structs));
    for (const [client, ranges] of update.deletes) {
      const mine = this.#deletes.get(client);
      if (mine === undefined) this.#deletes.set(client, new Ranges(ranges));
      else mine.addAll(ranges);
    }
  }

  #advance(client: number, end: number): void {
    if (end > this.clockOf(client)) this.#clients.setClock(client, end);
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
  reach(update: WalkedUpdate): Reach {
    const reached = new Map<number, number>();
    const clockOf = (client: number): number => reached.get(client) ?? this.clockOf(client);
    const next = new Map<number, number>();
    const waiting = new Waiting<number>();
    const ready = [...update.structs.keys()];
    let gap: Reach['stopped'] = null;
    for (let client = ready.pop(); client !== undefined; client = ready.pop()) {
      const structs = update.structs.get(client) as readonly WalkedStruct[];
      let index = next.get(client) ?? 0;
      let block: Missing | null = null;
      for (; index < structs.length; index += 1) {
        const struct = structs[index] as WalkedStruct;
        const end = struct.clock + struct.length;
        if (end <= clockOf(client)) continue;
        if (struct.skip || struct.clock > clockOf(client)) {
          // A hole can only be filled by another update.
          gap ??= gapAt(client, struct.skip ? end : struct.clock);
          break;
        }
        block = blockOf(struct, clockOf);
        if (block !== null) break;
        reached.set(client, end);
      }
      next.set(client, index);
      if (block !== null) {
        if (endOf(update.structs.get(block.client) ?? []) <= block.clock)
          gap ??= { verdict: 'gap', missing: block };
        waiting.add(block, client);
      }
      ready.push(...waiting.take(client, clockOf(client)));
    }
    return { reached, stopped: gap ?? (waiting.size > 0 ? { verdict: 'circle' } : null) };
  }
}

/** The first thing a struct builds on that has not been reached, or null. */
function blockOf(struct: WalkedStruct, clockOf: (client: number) => number): Missing | null {
  for (let at = 0; at < struct.refs.length; at += 2) {
    const client = struct.refs[at] as number;
    const clock = struct.refs[at + 1] as number;
    if (clock >= clockOf(client)) return { client, clock };
  }
  return null;
}

/** Where the last struct that is not a hole ends. */
export function endOf(structs: readonly WalkedStruct[]): number {
  for (let index = structs.length - 1; index >= 0; index -= 1) {
    const struct = structs[index] as WalkedStruct;
    if (!struct.skip) return struct.clock + struct.length;
  }
  return 0;
}
