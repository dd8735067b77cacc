/**
 * Updates on their way to many sockets, encoded once. A stock client is sent each as a frame of its own, one
 * that asked for bundles a few frames with many; nobody is sent what came from themselves. Rules C1, C10.
 */
import { messageTypes, syncTypes } from '#domain/sync/wire.ts';
import { frameHeadLength, writeFrameHead } from './line.ts';

/** A bundle is not begun again once it has this many bytes; one larger message travels alone. */
export const bundleBytesLimit = 64 * 1024;

export interface Outgoing<Member> {
  bytes: Uint8Array;
  /** Who sent it and therefore has it. */
  from: Member | null;
  /** Nobody is sent it: it waits in the log for what it builds on. */
  isAside?: boolean;
}

/** Items one after the other in one buffer; `ends[i]` is where item i ends. */
interface Strip {
  buffer: Buffer;
  ends: number[];
}

export class Delivery<Member> {
  readonly #updates: readonly Outgoing<Member>[];
  readonly #authors = new Set<Member | null>();
  readonly #isWhole: boolean;
  /** Of the updates themselves. */
  readonly bytes: number;
  #frames: Strip | null = null;
  #items: Strip | null = null;
  /** What those are sent who wrote nothing of it. */
  #bundles: Buffer[] | null = null;

  constructor(updates: readonly Outgoing<Member>[]) {
    this.#updates = updates;
    for (const { from } of updates) this.#authors.add(from);
    this.bytes = updates.reduce((sum, { bytes }) => sum + bytes.length, 0);
    this.#isWhole = !updates.some(({ isAside }) => isAside === true);
  }

  /** All of it, one frame a message. */
  inOnePiece(): Buffer {
    this.#frames ??= strip(this.#updates, frameHeadLength, writeFrameHead);
    return this.#frames.buffer;
  }

  /** One frame a message, from the update at `start` on. */
  framesFor(member: Member, start = 0): Buffer[] {
    this.#frames ??= strip(this.#updates, frameHeadLength, writeFrameHead);
    const { buffer, ends } = this.#frames;
    if (this.#isForAll(member, start)) return ends.length === 0 ? [] : [buffer];
    return this.#runs(member, start).map(({ from, to }) =>
      buffer.subarray(ends[from - 1] ?? 0, ends[to - 1]),
    );
  }

  /** As few frames as hold it all, each in one buffer. */
  bundlesFor(member: Member, start = 0): Buffer[] {
    if (this.#updates.length === 1) return this.framesFor(member, start);
    if (!this.#isForAll(member, start)) return this.#bundle(this.#runs(member, start));
    this.#bundles ??= [Buffer.concat(this.#bundle([{ from: 0, to: this.#updates.length }]))];
    return this.#bundles;
  }

  #isForAll(member: Member, start: number): boolean {
    return start === 0 && this.#isWhole && !this.#authors.has(member);
  }

  /** Stretches of updates that did not come from this member. */
  #runs(member: Member, start: number): { from: number; to: number }[] {
    const runs: { from: number; to: number }[] = [];
    let from = -1;
    for (let index = start; index <= this.#updates.length; index += 1) {
      const update = this.#updates[index];
      const isTheirs = update === undefined || update.from === member || update.isAside === true;
      if (!isTheirs && from < 0) from = index;
      if (isTheirs && from >= 0) {
        runs.push({ from, to: index });
        from = -1;
      }
    }
    return runs;
  }

  #bundle(runs: readonly { from: number; to: number }[]): Buffer[] {
    this.#items ??= strip(this.#updates, varUintLength, writeVarUint);
    const { buffer, ends } = this.#items;
    const frames: Buffer[] = [];
    let pieces: Buffer[] = [];
    let bytes = 0;
    const finish = () => {
      if (bytes === 0) return;
      const head = Buffer.allocUnsafe(frameHeadLength(bytes + 1) + 1);
      head[writeFrameHead(head, 0, bytes + 1)] = messageTypes.bundle;
      frames.push(Buffer.concat([head, ...pieces]));
      pieces = [];
      bytes = 0;
    };
    for (const run of runs) {
      let from = run.from;
      for (let at = run.from; at < run.to; at += 1) {
        const next = (ends[at] as number) - (ends[at - 1] ?? 0);
        const gathered = (ends[at - 1] ?? 0) - (ends[from - 1] ?? 0);
        if (bytes + gathered > 0 && bytes + gathered + next > bundleBytesLimit) {
          if (gathered > 0) pieces.push(buffer.subarray(ends[from - 1] ?? 0, ends[at - 1]));
          bytes += gathered;
          finish();
          from = at;
        }
      }
      pieces.push(buffer.subarray(ends[from - 1] ?? 0, ends[run.to - 1]));
      bytes += (ends[run.to - 1] as number) - (ends[from - 1] ?? 0);
    }
    finish();
    return frames;
  }
}

const varUintLength = (value: number): number => {
  let length = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length += 1;
  return length;
};

function writeVarUint(into: Buffer, at: number, value: number): number {
  let rest = value;
  let end = at;
  for (; rest >= 128; rest = Math.floor(rest / 128)) into[end++] = (rest % 128) | 128;
  into[end++] = rest;
  return end;
}

/** Update messages one after the other, each behind a head that tells its length. */
function strip(
  updates: readonly Outgoing<unknown>[],
  headLength: (length: number) => number,
  writeHead: (into: Buffer, at: number, length: number) => number,
): Strip {
  let total = 0;
  for (const { bytes } of updates) {
    const length = 2 + varUintLength(bytes.length) + bytes.length;
    total += headLength(length) + length;
  }
  const buffer = Buffer.allocUnsafe(total);
  const ends: number[] = [];
  let at = 0;
  for (const { bytes } of updates) {
    at = writeHead(buffer, at, 2 + varUintLength(bytes.length) + bytes.length);
    buffer[at] = messageTypes.sync;
    buffer[at + 1] = syncTypes.update;
    at = writeVarUint(buffer, at + 2, bytes.length);
    buffer.set(bytes, at);
    at += bytes.length;
    ends.push(at);
  }
  return { buffer, ends };
}
