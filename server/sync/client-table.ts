/** Nothing, shared by all empty tables: three arrays of no length weigh a kilobyte. */
const noIds = new Float64Array(0);
const noNumbers = new Uint32Array(0);

/** More new clients than this at once are merged in: each one by itself moves what lies behind it. */
const placedOneByOneLimit = 32;

/**
 * The Yjs clients of a room: how far each has come and whose it is. Sorted columns instead of maps: a document
 * that has lived for years has met ten thousands of clients.
 */
export class ClientTable {
  #ids = noIds;
  #clocks = noNumbers;
  /** Twice 1 + index into `#people`, and 1 when that is confirmed; 0 is nobody's yet. */
  #owners = noNumbers;
  #size = 0;
  #writers = 0;
  readonly #people: string[] = [];

  constructor(
    clocks: ReadonlyMap<number, number> = new Map(),
    owners: ReadonlyMap<number, string> = new Map(),
    unconfirmed: readonly number[] = [],
  ) {
    if (clocks.size + owners.size === 0) return;
    const ids = Float64Array.from(new Set([...clocks.keys(), ...owners.keys()])).sort();
    this.#ids = ids;
    this.#size = ids.length;
    this.#clocks = Uint32Array.from(ids, (id) => clocks.get(id) ?? 0);
    this.#writers = this.#clocks.reduce((count, clock) => count + (clock > 0 ? 1 : 0), 0);
    this.#owners = Uint32Array.from(ids, (id) => {
      const owner = owners.get(id);
      return owner === undefined ? 0 : 2 * this.#numberOf(owner) + 1;
    });
    for (const client of unconfirmed) this.setOwner(client, owners.get(client) as string, false);
  }

  get bytes(): number {
    return this.#ids.byteLength + this.#clocks.byteLength + this.#owners.byteLength;
  }

  /** How many have written something. */
  get writers(): number {
    return this.#writers;
  }

  clockOf(client: number): number {
    const at = this.#find(client);
    return at < 0 ? 0 : (this.#clocks[at] as number);
  }

  /** Makes places for clients, as many as there are, before anything is said of them. */
  meet(clients: Iterable<number>): void {
    const unmet = new Set<number>();
    for (const client of clients) if (this.#find(client) < 0) unmet.add(client);
    if (unmet.size <= placedOneByOneLimit) for (const client of unmet) this.#place(client);
    else this.#merge(Float64Array.from(unmet).sort());
  }

  setClock(client: number, clock: number): void {
    // First the place: finding it may exchange the columns for larger ones.
    const at = this.#place(client);
    if (this.#clocks[at] === 0 && clock > 0) this.#writers += 1;
    this.#clocks[at] = clock;
  }

  ownerOf(client: number): string | undefined {
    const at = this.#find(client);
    return at < 0 ? undefined : this.#people[((this.#owners[at] as number) >> 1) - 1];
  }

  /** Whether its owner is known to have written under it, in this epoch of the room. */
  isConfirmed(client: number): boolean {
    const at = this.#find(client);
    return at >= 0 && ((this.#owners[at] as number) & 1) === 1;
  }

  /** How many are somebody's who has written nothing under them. */
  boundTo(person: string): number {
    const number = this.#people.indexOf(person) + 1;
    let bound = 0;
    for (let at = 0; number > 0 && at < this.#size; at += 1)
      if ((this.#owners[at] as number) >> 1 === number && this.#clocks[at] === 0) bound += 1;
    return bound;
  }

  setOwner(client: number, person: string, isConfirmed = true): void {
    const at = this.#place(client);
    this.#owners[at] = 2 * this.#numberOf(person) + (isConfirmed ? 1 : 0);
  }

  /** Clients that have written something, with their clocks. */
  clocks(): Map<number, number> {
    const clocks = new Map<number, number>();
    for (let at = 0; at < this.#size; at += 1) {
      const clock = this.#clocks[at] as number;
      if (clock > 0) clocks.set(this.#ids[at] as number, clock);
    }
    return clocks;
  }

  #numberOf(person: string): number {
    const found = this.#people.indexOf(person);
    return found >= 0 ? found + 1 : this.#people.push(person);
  }

  /** The index of a client, or -1 - the index where it would stand. */
  #find(client: number): number {
    let low = 0;
    let high = this.#size - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const id = this.#ids[middle] as number;
      if (id === client) return middle;
      if (id < client) low = middle + 1;
      else high = middle - 1;
    }
    return -1 - low;
  }

  #place(client: number): number {
    const found = this.#find(client);
    if (found >= 0) return found;
    const at = -1 - found;
    this.#growTo(this.#size + 1);
    for (const column of [this.#ids, this.#clocks, this.#owners]) column.copyWithin(at + 1, at, this.#size);
    this.#ids[at] = client;
    this.#clocks[at] = 0;
    this.#owners[at] = 0;
    this.#size += 1;
    return at;
  }

  /** Clients that are not there yet, sorted: from the last to the first, so that nothing is moved twice. */
  #merge(unmet: Float64Array): void {
    this.#growTo(this.#size + unmet.length);
    let from = this.#size - 1;
    let left = unmet.length - 1;
    this.#size += unmet.length;
    for (let at = this.#size - 1; left >= 0; at -= 1) {
      const isUnmet = from < 0 || (unmet[left] as number) > (this.#ids[from] as number);
      this.#ids[at] = (isUnmet ? unmet[left] : this.#ids[from]) as number;
      this.#clocks[at] = isUnmet ? 0 : (this.#clocks[from] as number);
      this.#owners[at] = isUnmet ? 0 : (this.#owners[from] as number);
      if (isUnmet) left -= 1;
      else from -= 1;
    }
  }

  #growTo(size: number): void {
    if (size <= this.#ids.length) return;
    const capacity = size + Math.max(3, size >> 3);
    this.#ids = grown(this.#ids, new Float64Array(capacity));
    this.#clocks = grown(this.#clocks, new Uint32Array(capacity));
    this.#owners = grown(this.#owners, new Uint32Array(capacity));
  }
}

function grown<Column extends Float64Array | Uint32Array>(from: Column, into: Column): Column {
  into.set(from);
  return into;
}
