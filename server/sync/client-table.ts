/** Nothing, shared by all empty tables: three arrays of no length weigh a kilobyte. */
const noIds = new Float64Array(0);
const noNumbers = new Uint32Array(0);

/**
 * The Yjs clients of a room: how far each has come and whose it is. Sorted columns instead of maps: a document
 * that has lived for years has met ten thousands of clients.
 */
export class ClientTable {
  #ids = noIds;
  #clocks = noNumbers;
  /** 1 + index into `#people`; 0 is nobody's yet. */
  #owners = noNumbers;
  #size = 0;
  readonly #people: string[] = [];

  constructor(
    clocks: ReadonlyMap<number, number> = new Map(),
    owners: ReadonlyMap<number, string> = new Map(),
  ) {
    if (clocks.size + owners.size === 0) return;
    const ids = Float64Array.from(new Set([...clocks.keys(), ...owners.keys()])).sort();
    this.#ids = ids;
    this.#size = ids.length;
    this.#clocks = Uint32Array.from(ids, (id) => clocks.get(id) ?? 0);
    this.#owners = Uint32Array.from(ids, (id) => {
      const owner = owners.get(id);
      return owner === undefined ? 0 : this.#numberOf(owner);
    });
  }

  get bytes(): number {
    return this.#ids.byteLength + this.#clocks.byteLength + this.#owners.byteLength;
  }

  clockOf(client: number): number {
    const at = this.#find(client);
    return at < 0 ? 0 : (this.#clocks[at] as number);
  }

  setClock(client: number, clock: number): void {
    // First the place: finding it may exchange the columns for larger ones.
    const at = this.#place(client);
    this.#clocks[at] = clock;
  }

  ownerOf(client: number): string | undefined {
    const at = this.#find(client);
    return at < 0 ? undefined : this.#people[(this.#owners[at] as number) - 1];
  }

  setOwner(client: number, person: string): void {
    const at = this.#place(client);
    this.#owners[at] = this.#numberOf(person);
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
    if (this.#size === this.#ids.length) {
      const capacity = this.#size + Math.max(4, this.#size >> 3);
      this.#ids = grown(this.#ids, new Float64Array(capacity));
      this.#clocks = grown(this.#clocks, new Uint32Array(capacity));
      this.#owners = grown(this.#owners, new Uint32Array(capacity));
    }
    for (const column of [this.#ids, this.#clocks, this.#owners]) column.copyWithin(at + 1, at, this.#size);
    this.#ids[at] = client;
    this.#clocks[at] = 0;
    this.#owners[at] = 0;
    this.#size += 1;
    return at;
  }
}

function grown<Column extends Float64Array | Uint32Array>(from: Column, into: Column): Column {
  into.set(from);
  return into;
}
