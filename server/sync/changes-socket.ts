/** A socket that says "there is more in the change feed" and nothing else. Rules F1-F3 in SPEC.md. */
import type { WebSocket } from 'ws';
import { closeCodes } from '#domain/sync/wire.ts';
import type { ChangesFrame, CloseReason } from '#domain/sync/wire.ts';
import type { SyncTimings } from './timings.ts';

/** A listener that has not taken this much is left out until it has: the next frame says the same. */
export const changesBacklogLimit = 64 * 1024;

export interface ChangesSocketParts {
  socket: WebSocket;
  first: ChangesFrame;
  subscribe: (listener: (seq: number) => void) => () => void;
  timings: SyncTimings;
  nowMs: () => number;
  onClosed: () => void;
}

export class ChangesSocket {
  readonly #parts: ChangesSocketParts;
  readonly #unsubscribe: () => void;
  #last: ChangesFrame;
  #open = true;
  #sentAtMs = 0;
  #pingedAtMs: number;
  #hasAnswered = true;

  constructor(parts: ChangesSocketParts) {
    this.#parts = parts;
    this.#last = parts.first;
    this.#pingedAtMs = parts.nowMs();
    const { socket } = parts;
    // It has nothing to say to us.
    socket.on('message', () => this.close('malformed'));
    socket.on('ping', (data) => {
      if (socket.bufferedAmount <= changesBacklogLimit) socket.pong(data);
    });
    socket.on('pong', () => (this.#hasAnswered = true));
    socket.on('close', () => this.#leave());
    socket.on('error', () => undefined);
    this.#unsubscribe = parts.subscribe((seq) => {
      if (seq <= this.#last.seq) return;
      this.#last = { ...this.#last, seq };
      this.#send();
    });
    this.#send();
  }

  #send(): void {
    const { socket, nowMs } = this.#parts;
    if (!this.#open || socket.bufferedAmount > changesBacklogLimit) return;
    this.#sentAtMs = nowMs();
    socket.send(JSON.stringify(this.#last));
  }

  close(reason: CloseReason): void {
    if (!this.#open) return;
    const { code, reason: text } = closeCodes[reason];
    this.#parts.socket.close(code, text);
    this.#leave();
  }

  #leave(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#unsubscribe();
    this.#parts.onClosed();
  }

  tick(nowMs: number): void {
    const { socket, timings } = this.#parts;
    // The same words again: a sign of life, and a second chance for a frame that was left out.
    if (nowMs - this.#sentAtMs >= timings.quietSocketMs) this.#send();
    if (nowMs - this.#pingedAtMs < timings.pingMs) return;
    if (!this.#hasAnswered) return socket.terminate();
    this.#hasAnswered = false;
    this.#pingedAtMs = nowMs;
    socket.ping();
  }
}
