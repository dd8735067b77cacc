/** Updates of one Yjs client that types at the end of a text, made by hand: making them must cost nothing. */
import * as encoding from 'lib0/encoding';
import { messageTypes, syncTypes } from '#domain/sync/wire.ts';

const stampBase = 36;

export interface Writer {
  /** The next update as a message; its last characters tell when it was made. */
  next(): Uint8Array;
}

export function createWriter(client: number, characters: number): Writer {
  let clock = 0;
  return {
    next() {
      const text = Math.floor(performance.now() * 1_000)
        .toString(stampBase)
        .padStart(characters, '0')
        .slice(-characters);
      const update = encoding.createEncoder();
      for (const number of [1, 1, client, clock]) encoding.writeVarUint(update, number);
      if (clock === 0) {
        for (const number of [4, 1]) encoding.writeVarUint(update, number);
        encoding.writeVarString(update, 'text');
      } else {
        encoding.writeUint8(update, 0x84);
        for (const number of [client, clock - 1]) encoding.writeVarUint(update, number);
      }
      encoding.writeVarString(update, text);
      encoding.writeVarUint(update, 0);
      clock += characters;
      const message = encoding.createEncoder();
      encoding.writeVarUint(message, messageTypes.sync);
      encoding.writeVarUint(message, syncTypes.update);
      encoding.writeVarUint8Array(message, encoding.toUint8Array(update));
      return encoding.toUint8Array(message);
    },
  };
}

/** How long ago a message of a writer was made. */
export function ageMs(message: Buffer, characters: number): number {
  const end = message.length - 1;
  const madeAt = Number.parseInt(message.toString('latin1', end - characters, end), stampBase);
  return performance.now() - madeAt / 1_000;
}

export const isUpdate = (message: Buffer): boolean =>
  message[0] === messageTypes.sync && message[1] === syncTypes.update;

/** Latencies in tenths of a millisecond. */
export class Histogram {
  readonly #counts = new Uint32Array(100_000);
  count = 0;

  add(ms: number): void {
    const at = Math.max(0, Math.min(this.#counts.length - 1, Math.floor(ms * 10)));
    this.#counts[at] = (this.#counts[at] as number) + 1;
    this.count += 1;
  }

  quantile(part: number): number {
    let left = this.count * part;
    for (let at = 0; at < this.#counts.length; at += 1) {
      left -= this.#counts[at] as number;
      if (left <= 0) return at / 10;
    }
    return Number.NaN;
  }
}
