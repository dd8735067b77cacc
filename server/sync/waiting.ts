/** What must be there first: this clock of this client. */
export interface Missing {
  client: number;
  clock: number;
}

interface Waiter<Item> {
  clock: number;
  item: Item;
}

/**
 * Things that wait until a client has come past a clock, found by that alone: whoever moves on wakes those who
 * wait for just that, however many others wait. A heap for each client, the least clock first.
 */
export class Waiting<Item> {
  readonly #heaps = new Map<number, Waiter<Item>[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  *[Symbol.iterator](): Generator<Item> {
    for (const heap of this.#heaps.values()) for (const { item } of heap) yield item;
  }

  add({ client, clock }: Missing, item: Item): void {
    const heap = this.#heaps.get(client);
    if (heap === undefined) this.#heaps.set(client, [{ clock, item }]);
    else rise(heap, { clock, item });
    this.#size += 1;
  }

  /** Takes out those that wait for a clock below this one, which the client has reached. */
  take(client: number, reached: number): Item[] {
    const heap = this.#heaps.get(client);
    const taken: Item[] = [];
    while (heap?.[0] !== undefined && heap[0].clock < reached) {
      taken.push(heap[0].item);
      const last = heap.pop() as Waiter<Item>;
      if (heap.length > 0) sink(heap, last);
    }
    if (heap?.length === 0) this.#heaps.delete(client);
    this.#size -= taken.length;
    return taken;
  }

  /** Takes out all of a kind, whatever they wait for. */
  drop(isIt: (item: Item) => boolean): Item[] {
    const dropped: Item[] = [];
    for (const [client, heap] of this.#heaps) {
      const kept = heap.filter(({ item }) => !isIt(item));
      if (kept.length === heap.length) continue;
      for (const { item } of heap) if (isIt(item)) dropped.push(item);
      // What is sorted is a heap.
      kept.sort((a, b) => a.clock - b.clock);
      if (kept.length > 0) this.#heaps.set(client, kept);
      else this.#heaps.delete(client);
    }
    this.#size -= dropped.length;
    return dropped;
  }
}

/** Puts in one more. */
function rise<Item>(heap: Waiter<Item>[], waiter: Waiter<Item>): void {
  let at = heap.length;
  heap.push(waiter);
  while (at > 0) {
    const above = (at - 1) >> 1;
    if ((heap[above] as Waiter<Item>).clock <= waiter.clock) break;
    heap[at] = heap[above] as Waiter<Item>;
    at = above;
  }
  heap[at] = waiter;
}

/** Puts one in the place of the first. */
function sink<Item>(heap: Waiter<Item>[], waiter: Waiter<Item>): void {
  const clockAt = (at: number) => heap[at]?.clock ?? Infinity;
  let at = 0;
  for (;;) {
    const left = 2 * at + 1;
    const below = clockAt(left + 1) < clockAt(left) ? left + 1 : left;
    if (clockAt(below) >= waiter.clock) break;
    heap[at] = heap[below] as Waiter<Item>;
    at = below;
  }
  heap[at] = waiter;
}
