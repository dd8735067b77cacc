/**
 * What is left to know of a large update once it has been walked: where each client ends, what must be there
 * before it, what it deletes. Small whatever the update's size was, so that it can come back from a thread; and
 * it does not depend on the room, which may have moved on meanwhile.
 */
import { Known } from './known.ts';
import { Ranges } from './ranges.ts';
import type { RangePairs } from './ranges.ts';
import type { WalkedStruct, WalkedUpdate } from './walk.ts';

/** From this size on an update is walked in a thread: 64 KiB of the smallest structs there are take about 40 ms. */
export const walkedInThreadFrom = 64 * 1024;

export interface Digest {
  /** The clocks that the update brings of a client. */
  structs: ReadonlyMap<number, RangePairs>;
  /** The clock that a client must have reached before. */
  needs: ReadonlyMap<number, number>;
  deletes: ReadonlyMap<number, RangePairs>;
  /** It builds on itself in a circle. */
  isCircle: boolean;
}

export function digestOf(update: WalkedUpdate): Digest {
  const brought = new Map<number, RangePairs>();
  const needs = new Map<number, number>();
  const need = (client: number, clock: number) => {
    if (clock > (needs.get(client) ?? 0)) needs.set(client, clock);
  };
  for (const [client, structs] of update.structs) {
    brought.set(client, new Ranges(structs.filter(({ skip }) => !skip)).pairs);
    let isAfterHole = true;
    for (const { clock, skip, refs } of structs) {
      if (!skip && isAfterHole) need(client, clock);
      isAfterHole = skip;
      for (let at = 0; at < refs.length; at += 2) {
        const by = refs[at] as number;
        const to = refs[at + 1] as number;
        if (!brings(update.structs.get(by), to)) need(by, to + 1);
      }
    }
  }
  const deletes = new Map<number, RangePairs>();
  for (const [client, ranges] of update.deletes) deletes.set(client, new Ranges(ranges).pairs);
  const { stopped } = new Known(needs).reach(update);
  return { structs: brought, needs, deletes, isCircle: stopped?.verdict === 'circle' };
}

/** Whether a clock is in the structs (binary search for the last one that starts at or before it). */
function brings(structs: readonly WalkedStruct[] | undefined, clock: number): boolean {
  if (structs === undefined) return false;
  let low = 0;
  let high = structs.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if ((structs[middle] as WalkedStruct).clock <= clock) low = middle + 1;
    else high = middle - 1;
  }
  const found = structs[high];
  return found !== undefined && !found.skip && clock < found.clock + found.length;
}
