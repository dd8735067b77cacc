/**
 * The way out of one socket. Websocket frames to a client carry no mask, so a frame is the same bytes for
 * everybody: it is made once and written to the stream that the upgrade handed us, beside `ws`, which goes on
 * reading, pinging and closing. Whatever one turn of the event loop has for a socket leaves in one write.
 */
import type { Duplex } from 'node:stream';

/** Writing is refused beyond this, the answer under way to a state vector not counted: the line is dead. */
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

export class Line {
  readonly #stream: Duplex;
  #isCorked = false;

  constructor(stream: Duplex) {
    this.#stream = stream;
  }

  /** Bytes handed over and not yet taken by the network. */
  get backlogBytes(): number {
    return this.#stream.writableLength;
  }

  /** Whole frames only. `taken` hears when the network has them, or that the line is gone. */
  write(frames: readonly Buffer[], taken?: (error?: Error | null) => void): void {
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
    for (let index = 0; index < last; index += 1) stream.write(frames[index]);
    stream.write(frames[last], taken);
  }
}
