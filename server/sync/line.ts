/**
 * The way out of one socket. Websocket frames to a client carry no mask, so a frame is the same bytes for
 * everybody: it is made once and written to the stream that the upgrade handed us, beside `ws`, which goes on
 * reading, pinging and closing. Whatever one turn of the event loop has for a socket leaves in one write.
 */
import type { Duplex } from 'node:stream';

/** Beyond this a line is cut: nothing that is sent unasked comes near it. */
export const backlogLimit = 8 * 1024 * 1024;

/** A message as a binary websocket frame from a server, header included. */
export function framed(message: Uint8Array): Buffer {
  const head = frameHeadLength(message.length);
  const frame = Buffer.allocUnsafe(head + message.length);
  writeFrameHead(frame, 0, message.length);
  frame.set(message, head);
  return frame;
}

/** Bytes that stand before a message of this length. */
export const frameHeadLength = (length: number): number => (length < 126 ? 2 : length < 65_536 ? 4 : 10);

/** The head of one whole, unmasked, uncompressed binary frame (RFC 6455, 5.2); answers where it ends. */
export function writeFrameHead(into: Buffer, at: number, length: number): number {
  into[at] = 0x82;
  if (length < 126) into[at + 1] = length;
  else if (length < 65_536) {
    into[at + 1] = 126;
    into.writeUInt16BE(length, at + 2);
  } else {
    into[at + 1] = 127;
    into.writeBigUInt64BE(BigInt(length), at + 2);
  }
  return at + frameHeadLength(length);
}

/** Of something large so much is handed to the network at a time; the next when it has taken this. */
export const portionBytes = 128 * 1024;

export class Line {
  readonly #stream: Duplex;
  #isCorked = false;
  /** A message is under way in fragments: whatever else is to be said waits for its end. */
  #isWithin = false;
  #behind: Buffer[] = [];
  #behindBytes = 0;
  /** Settles with the newest of what goes in portions: one after the other. */
  #lastPortions: Promise<boolean> = Promise.resolve(true);
  #handedBytes = 0;
  #takenBytes = 0;
  #stuckSinceMs: number | null = null;

  constructor(stream: Duplex) {
    this.#stream = stream;
  }

  /** Bytes handed over and not yet taken by the network. */
  get backlogBytes(): number {
    return this.#stream.writableLength + this.#behindBytes;
  }

  /** How long the network has taken nothing of what waits for it, as far as those who look can tell. */
  stuckMs(nowMs: number): number {
    // What `ws` says by itself is handed over without being counted, and taken off again.
    const takenBytes = this.#handedBytes - this.#stream.writableLength;
    if (this.#stream.writableLength === 0) this.#stuckSinceMs = null;
    else if (this.#stuckSinceMs === null || takenBytes > this.#takenBytes) this.#stuckSinceMs = nowMs;
    this.#takenBytes = Math.max(this.#takenBytes, takenBytes);
    return this.#stuckSinceMs === null ? 0 : nowMs - this.#stuckSinceMs;
  }

  /** Whole frames only. */
  write(frames: readonly Buffer[]): void {
    if (this.#isWithin) {
      this.#behind.push(...frames);
      for (const { length } of frames) this.#behindBytes += length;
    } else this.#hand(frames);
  }

  /**
   * Whole frames of any size, after whatever went this way before. No more than a portion is waiting for the
   * network; the buffers may be shared with others. Tells whether the network has taken all of it.
   */
  writeInPortions(buffers: readonly Buffer[]): Promise<boolean> {
    this.#lastPortions = this.#lastPortions.then(() => this.#writePortions(buffers));
    return this.#lastPortions;
  }

  async #writePortions(buffers: readonly Buffer[]): Promise<boolean> {
    for (const buffer of buffers)
      for (const { pieces, isEnd } of portionsOf(buffer)) {
        this.#isWithin = !isEnd;
        const isTaken = await new Promise<boolean>((resolve) => {
          this.#hand(pieces, (error) => resolve(!error));
        });
        if (!isTaken) return false;
        if (isEnd && this.#behind.length > 0) {
          this.#hand(this.#behind);
          this.#behind = [];
          this.#behindBytes = 0;
        }
      }
    return true;
  }

  /** `taken` hears when the network has them, or that the line is gone. */
  #hand(frames: readonly Buffer[], taken?: (error?: Error | null) => void): void {
    const stream = this.#stream;
    const last = frames.length - 1;
    if (last < 0 || stream.destroyed || stream.writableEnded) {
      taken?.(last < 0 ? null : new Error('the line is gone'));
      return;
    }
    if (!this.#isCorked) {
      this.#isCorked = true;
      stream.cork();
      process.nextTick(() => {
        this.#isCorked = false;
        stream.uncork();
      });
    }
    for (const { length } of frames) this.#handedBytes += length;
    for (let index = 0; index < last; index += 1) stream.write(frames[index]);
    stream.write(frames[last], taken);
  }
}

interface Portion {
  pieces: Buffer[];
  /** Another message may follow. */
  isEnd: boolean;
}

/**
 * Frames one after the other, as many as make a portion; one that is larger becomes fragments of a message
 * (RFC 6455, 5.4), between which `ws` may say what it says by itself.
 */
export function* portionsOf(frames: Buffer): Generator<Portion> {
  // Whoever writes nothing wants to know when the network has taken what was before.
  if (frames.length === 0) yield { pieces: [frames], isEnd: true };
  for (let from = 0; from < frames.length;) {
    let to = frameEnd(frames, from);
    if (to - from <= portionBytes) {
      while (to < frames.length && frameEnd(frames, to) - from <= portionBytes) to = frameEnd(frames, to);
      yield { pieces: [frames.subarray(from, to)], isEnd: true };
    } else {
      const start = to - frameLength(frames, from);
      for (let at = start; at < to; at += portionBytes) {
        const piece = frames.subarray(at, Math.min(at + portionBytes, to));
        const head = Buffer.allocUnsafe(frameHeadLength(piece.length));
        writeFrameHead(head, 0, piece.length);
        const isEnd = at + portionBytes >= to;
        head[0] = (isEnd ? 0x80 : 0) | (at === start ? 0x02 : 0);
        yield { pieces: [head, piece], isEnd };
      }
    }
    from = to;
  }
}

/** What the head of a frame says of the length of what follows it. */
function frameLength(frames: Buffer, at: number): number {
  const short = frames[at + 1] as number;
  if (short < 126) return short;
  return short === 126 ? frames.readUInt16BE(at + 2) : Number(frames.readBigUInt64BE(at + 2));
}

function frameEnd(frames: Buffer, at: number): number {
  const length = frameLength(frames, at);
  return at + frameHeadLength(length) + length;
}
