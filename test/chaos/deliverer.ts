/**
 * A device that has updates to deliver: it sends them in order, a window of them at a time, counts what the
 * server says is durable, and after a broken line begins again with the first that is not.
 */
import type { Raw } from '../fuzz/sync-harness.ts';
import { rawClient } from '../fuzz/sync-harness.ts';
import { updateFrame } from '#server/sync/frames.ts';
import { messageTypes } from '#domain/sync/wire.ts';

const triesEveryMs = 20;

export class Deliverer {
  readonly #updates: Uint8Array[] = [];
  readonly #portOf: () => number;
  readonly #path: string;
  #client: Raw | null = null;
  #isConnecting = false;
  #isOver = false;
  #base = 0;
  #sent = 0;
  /** How many are durable. */
  durable = 0;

  constructor(portOf: () => number, path: string) {
    this.#portOf = portOf;
    this.#path = path;
  }

  get count(): number {
    return this.#updates.length;
  }

  give(update: Uint8Array): void {
    this.#updates.push(update);
    this.#send();
  }

  #send(): void {
    if (this.#client === null) return this.#connect();
    for (; this.#sent < this.#updates.length; this.#sent += 1)
      this.#client.send(updateFrame(this.#updates[this.#sent] as Uint8Array));
  }

  #connect(): void {
    if (this.#isConnecting || this.#isOver) return;
    this.#isConnecting = true;
    rawClient(this.#portOf(), this.#path).then(
      (client) => {
        this.#isConnecting = false;
        if (this.#isOver) return client.socket.terminate();
        this.#client = client;
        this.#base = this.durable;
        this.#sent = this.durable;
        client.socket.on('message', (data) => this.#read(data as Buffer));
        client.socket.on('close', () => this.#lose(client));
        if (client.closed() === null) this.#send();
        else this.#lose(client);
      },
      () => {
        this.#isConnecting = false;
        setTimeout(() => this.#connect(), triesEveryMs);
      },
    );
  }

  #lose(client: Raw): void {
    if (this.#client !== client) return;
    this.#client = null;
    this.#connect();
  }

  #read(frame: Buffer): void {
    if (frame[0] !== messageTypes.acknowledgement) return;
    const count = frame.subarray(1).reduce((sum, byte, index) => sum + (byte & 127) * 2 ** (7 * index), 0);
    this.durable = this.#base + count;
  }

  stop(): void {
    this.#isOver = true;
    this.#client?.socket.terminate();
  }
}
