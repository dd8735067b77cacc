/**
 * Counts what this socket sent and what the server said is durable. "On the server" may be said only when the
 * answer to the server's question (SyncStep2) and every frame after it were acknowledged: a state vector does
 * not see deletes, and a count alone does not cover what came from disk or from another tab.
 */
import { messageTypes, syncTypes } from '#domain/sync/wire.ts';

/** Whether a frame carries text: SyncStep2 or Update. Both numbers are below 128, so one byte each. */
export function dataFrameOf(frame: Uint8Array): 'step2' | 'update' | null {
  if (frame[0] !== messageTypes.sync) return null;
  if (frame[1] === syncTypes.step2) return 'step2';
  return frame[1] === syncTypes.update ? 'update' : null;
}

export class Ledger {
  #sent = 0;
  #durable = 0;
  #hasAnswered = false;

  /** A new socket: nothing said on an earlier one counts. */
  begin(): void {
    this.#sent = 0;
    this.#durable = 0;
    this.#hasAnswered = false;
  }

  sent(frame: Uint8Array): void {
    const kind = dataFrameOf(frame);
    if (kind === null) return;
    this.#sent += 1;
    if (kind === 'step2') this.#hasAnswered = true;
  }

  /** Never counts backwards, and never beyond what was sent: a wrong number must not make a false promise. */
  acknowledged(count: number): void {
    if (count <= this.#sent && count > this.#durable) this.#durable = count;
  }

  get isComplete(): boolean {
    return this.#hasAnswered && this.#durable === this.#sent;
  }
}

export interface SocketRules {
  ledger: Ledger;
  /** Frames above this are not sent: the server would close the socket for good. */
  frameLimit: number;
  onTooLarge: () => void;
}

/** A WebSocket that tells the ledger of every frame; y-websocket sends past its own events. */
export function countingSocket(base: typeof WebSocket, rules: SocketRules): typeof WebSocket {
  const { ledger, frameLimit, onTooLarge } = rules;
  return class CountingSocket extends base {
    constructor(address: string | URL, protocols?: string | string[]) {
      super(address, protocols);
      ledger.begin();
    }
    override send(data: Parameters<WebSocket['send']>[0]): void {
      if (data instanceof Uint8Array) {
        // Counted although it stays here: what is not delivered must not be taken for confirmed.
        ledger.sent(data);
        if (data.byteLength > frameLimit) return onTooLarge();
      }
      super.send(data);
    }
  };
}
