/**
 * Clocks of one client as a set of ranges, in as few bytes as will do: eight a range, sorted, without overlaps
 * or neighbours that touch. A room keeps these for as long as somebody is in it.
 */

/** A run of clocks of one Yjs client. */
export interface ClockRange {
  clock: number;
  length: number;
}

/** First clock and clock after the last of each range: sorted, without overlaps or neighbours that touch. */
export type RangePairs = Uint32Array<ArrayBuffer>;

/** More than this many at once are sorted in together: each one by itself moves what lies behind it. */
const addedOneByOneLimit = 32;

export class Ranges {
  /** What lies beyond `#size` is room to grow. */
  #pairs: RangePairs = new Uint32Array(0);
  #size = 0;

  constructor(ranges: readonly ClockRange[] = []) {
    this.#set(ranges);
  }

  #set(ranges: readonly ClockRange[]): void {
    const sorted = isSorted(ranges) ? ranges : [...ranges].sort((a, b) => a.clock - b.clock);
    this.#pairs = new Uint32Array(2 * sorted.length);
    this.#size = 0;
    for (const { clock, length } of sorted) {
      if (this.#size > 0 && clock <= this.#endAt(this.#size - 1)) {
        if (clock + length > this.#endAt(this.#size - 1)) this.#pairs[2 * this.#size - 1] = clock + length;
      } else {
        this.#pairs[2 * this.#size] = clock;
        this.#pairs[2 * this.#size + 1] = clock + length;
        this.#size += 1;
      }
    }
    if (2 * this.#size < this.#pairs.length) this.#pairs = this.#pairs.slice(0, 2 * this.#size);
  }

  /** The pairs are taken over, not copied. */
  static of(pairs: RangePairs): Ranges {
    const ranges = new Ranges();
    ranges.#pairs = pairs;
    ranges.#size = pairs.length / 2;
    return ranges;
  }

  get pairs(): RangePairs {
    return this.#pairs.slice(0, 2 * this.#size);
  }

  /** The clock after the last; 0 when there is none. */
  get end(): number {
    return this.#size === 0 ? 0 : this.#endAt(this.#size - 1);
  }

  get bytes(): number {
    return this.#pairs.byteLength;
  }

  covers(clock: number, length: number): boolean {
    const at = this.#lastAtOrBefore(clock);
    return at >= 0 && this.#endAt(at) >= clock + length;
  }

  coversAll(others: Ranges): boolean {
    let at = 0;
    for (let other = 0; other < others.#size; other += 1) {
      while (at < this.#size && this.#endAt(at) < others.#endAt(other)) at += 1;
      if (at === this.#size || this.#startAt(at) > others.#startAt(other)) return false;
    }
    return true;
  }

  add(clock: number, length: number): void {
    const end = clock + length;
    const before = this.#lastAtOrBefore(clock);
    /** The first and the one after the last of the ranges that become one with the new one. */
    const from = before >= 0 && this.#endAt(before) >= clock ? before : before + 1;
    let to = from;
    while (to < this.#size && this.#startAt(to) <= end) to += 1;
    if (from === to) this.#open(from);
    else {
      const last = Math.max(end, this.#endAt(to - 1));
      if (this.#startAt(from) > clock) this.#pairs[2 * from] = clock;
      this.#pairs[2 * from + 1] = last;
      this.#pairs.copyWithin(2 * from + 2, 2 * to, 2 * this.#size);
      this.#size -= to - from - 1;
      return;
    }
    this.#pairs[2 * from] = clock;
    this.#pairs[2 * from + 1] = end;
  }

  addAll(ranges: readonly ClockRange[]): void {
    const added = ranges.filter(({ clock, length }) => !this.covers(clock, length));
    if (added.length <= addedOneByOneLimit) for (const { clock, length } of added) this.add(clock, length);
    else this.#set([...this, ...added]);
  }

  *[Symbol.iterator](): Generator<ClockRange> {
    for (let at = 0; at < this.#size; at += 1)
      yield { clock: this.#startAt(at), length: this.#endAt(at) - this.#startAt(at) };
  }

  /** Makes room for one more at this place. */
  #open(at: number): void {
    if (2 * this.#size === this.#pairs.length) {
      const larger = new Uint32Array(2 * (this.#size + Math.max(1, this.#size >> 3)));
      larger.set(this.#pairs);
      this.#pairs = larger;
    }
    this.#pairs.copyWithin(2 * at + 2, 2 * at, 2 * this.#size);
    this.#size += 1;
  }

  #startAt(index: number): number {
    return this.#pairs[2 * index] as number;
  }

  #endAt(index: number): number {
    return this.#pairs[2 * index + 1] as number;
  }

  /** Index of the last range that starts at or before a clock; -1 when none does. */
  #lastAtOrBefore(clock: number): number {
    let low = 0;
    let high = this.#size - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (this.#startAt(middle) <= clock) low = middle + 1;
      else high = middle - 1;
    }
    return high;
  }
}

const isSorted = (ranges: readonly ClockRange[]): boolean =>
  ranges.every((range, index) => index === 0 || (ranges[index - 1] as ClockRange).clock <= range.clock);
