/**
 * A line between a client and a server that behaves as lines do: it delays, tears what was written into other
 * pieces, falls silent, is cut, or is open on one side only. All by dice, so that a seed shows it again as far
 * as the network itself lets it.
 */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { Chance } from './chance.ts';

export interface Weather {
  /** Each piece waits this long at most before it goes on, in order. */
  delayMs: number;
  /** Pieces are at most this long; 0 leaves them as they come. */
  pieceBytes: number;
}

export const calm: Weather = { delayMs: 0, pieceBytes: 0 };

export interface ChaosProxy {
  readonly port: number;
  /** Where new lines lead. */
  target: number;
  /** Lines that stand now. */
  readonly lines: number;
  weather: Weather;
  /** Both ends hear at once that it is over, in the middle of whatever was under way. */
  cut(): void;
  /** The server hears that it is over; the client does not, until `heal`. Or the other way round. */
  halfOpen(deaf: 'client' | 'server'): void;
  /** Nothing goes through, in either direction, until `heal`. */
  stall(): void;
  /** Goes on after a stall; what was half open is cut, as a router does that has forgotten the line. */
  heal(): void;
  /** New lines are refused while it is down. */
  isDown: boolean;
  stop(): Promise<void>;
}

class Line {
  readonly client: Socket;
  readonly server: Socket;
  readonly #proxy: { weather: Weather };
  readonly #luck: Chance;
  #isStalled = false;
  #isHalf = false;
  #waiting: (() => void)[] = [];

  constructor(client: Socket, port: number, proxy: { weather: Weather }, luck: Chance, onEnd: () => void) {
    this.client = client;
    this.server = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    this.#proxy = proxy;
    this.#luck = luck;
    for (const socket of [this.client, this.server]) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', (hadError) => {
        // An orderly end travels behind what was sent before it.
        if (hadError && !this.#isHalf) this.cut();
        onEnd();
      });
    }
    void this.#carry(this.client, this.server);
    void this.#carry(this.server, this.client);
  }

  async #carry(from: Socket, to: Socket): Promise<void> {
    try {
      for await (const data of from) {
        for (const piece of this.#pieces(data as Buffer)) {
          await this.#hold();
          if (to.destroyed) break;
          if (!to.write(piece)) await drained(to);
        }
      }
    } catch {
      // Torn in the middle: there is nothing more to bring.
    }
    if (!this.#isHalf) to.end();
  }

  *#pieces(data: Buffer): Generator<Buffer> {
    const { pieceBytes } = this.#proxy.weather;
    for (let at = 0; at < data.length;) {
      const length = pieceBytes === 0 ? data.length : 1 + this.#luck.below(pieceBytes);
      yield data.subarray(at, at + length);
      at += length;
    }
  }

  async #hold(): Promise<void> {
    const { delayMs } = this.#proxy.weather;
    if (delayMs > 0)
      await new Promise((resolve) => {
        setTimeout(resolve, this.#luck.below(delayMs + 1));
      });
    while (this.#isStalled)
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
  }

  cut(): void {
    this.#isHalf = false;
    this.client.destroy();
    this.server.destroy();
    this.#goOn();
  }

  halfOpen(deaf: 'client' | 'server'): void {
    this.#isHalf = true;
    this.#isStalled = true;
    (deaf === 'client' ? this.server : this.client).destroy();
  }

  stall(): void {
    this.#isStalled = true;
  }

  heal(): void {
    if (this.#isHalf) this.cut();
    else this.#goOn();
  }

  #goOn(): void {
    this.#isStalled = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resume of waiting) resume();
  }
}

/** Until it takes more, or never will. */
export const drained = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    if (socket.closed) return resolve();
    const done = () => {
      socket.off('drain', done);
      socket.off('close', done);
      resolve();
    };
    socket.on('drain', done);
    socket.on('close', done);
  });

/** Listens on a port of its own for lines to `port`. */
export async function startChaosProxy(port: number, luck: Chance): Promise<ChaosProxy> {
  const lines = new Set<Line>();
  const state = { weather: calm, isDown: false, target: port };
  const listener = createServer({ allowHalfOpen: true }, (client) => {
    if (state.isDown) {
      client.on('error', () => undefined);
      client.destroy();
      return;
    }
    const line: Line = new Line(client, state.target, state, luck, () => {
      if (line.client.destroyed && line.server.destroyed) lines.delete(line);
    });
    lines.add(line);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    port: (listener.address() as AddressInfo).port,
    get lines() {
      return lines.size;
    },
    get target() {
      return state.target;
    },
    set target(target) {
      state.target = target;
    },
    get weather() {
      return state.weather;
    },
    set weather(weather) {
      state.weather = weather;
    },
    get isDown() {
      return state.isDown;
    },
    set isDown(isDown) {
      state.isDown = isDown;
    },
    cut: () => {
      for (const line of lines) line.cut();
    },
    halfOpen: (deaf) => {
      for (const line of lines) line.halfOpen(deaf);
    },
    stall: () => {
      for (const line of lines) line.stall();
    },
    heal: () => {
      for (const line of lines) line.heal();
    },
    async stop() {
      for (const line of lines) line.cut();
      await new Promise((resolve) => {
        listener.close(resolve);
      });
    },
  };
}

/** One thing that happens to a line, as the dice say. */
export function disturb(proxy: ChaosProxy, luck: Chance): void {
  const dice = luck.next();
  if (dice < 0.15) proxy.cut();
  else if (dice < 0.25) proxy.halfOpen(luck.pick(['client', 'server']));
  else if (dice < 0.4) proxy.stall();
  else if (dice < 0.7) proxy.heal();
  else
    proxy.weather = {
      delayMs: luck.pick([0, 0, 1, 5]),
      pieceBytes: luck.pick([0, 0, 1, 7, 100]),
    };
}
