/**
 * One socket on a document: reads frames, hands updates to the room, counts what is durable, and keeps the
 * line alive. Rules C1-C9 in SPEC.md.
 */
import type { WebSocket } from 'ws';
import type { PersonActor } from '#domain/access.ts';
import { closeCodes } from '#domain/sync/wire.ts';
import type { CloseReason } from '#domain/sync/wire.ts';
import {
  acknowledgementFrame,
  isMalformedFrame,
  permissionDeniedFrame,
  presenceFrame,
  readFrame,
} from './frames.ts';
import type { ClientMessage } from './frames.ts';
import type { Member, Room } from './room.ts';
import type { SyncTimings } from './timings.ts';

/** Updates of one socket on their way to disk; beyond this its reading pauses until half is through. */
export const uncommittedMessagesLimit = 1_000;
export const uncommittedBytesLimit = 4 * 1024 * 1024;

const quiet = presenceFrame([]);

export interface ConnectionParts {
  socket: WebSocket;
  room: Room;
  actor: PersonActor;
  canWrite: boolean;
  receives: boolean;
  /** The client asked for acknowledgements (`ack=1`). */
  wantsAcknowledgements: boolean;
  timings: SyncTimings;
  nowMs: () => number;
  onClosed: () => void;
}

export class Connection implements Member {
  readonly personId: string;
  readonly name: string;
  readonly receives: boolean;
  canWrite: boolean;
  readonly #parts: ConnectionParts;
  #open = true;
  /** Data messages received, and how many of them, counted from the first, are durable. */
  #received = 0;
  #durable = 0;
  readonly #durableAhead = new Set<number>();
  #acknowledged = 0;
  #isAcknowledging = false;
  #uncommitted = 0;
  #uncommittedBytes = 0;
  #sentAtMs: number;
  #pingedAtMs: number;
  #hasAnswered = true;
  /** A state vector is being answered; one more may wait, the newest. */
  #isAnswering = false;
  #nextQuestion: Uint8Array | null = null;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    this.personId = parts.actor.personId;
    this.name = parts.actor.name;
    this.canWrite = parts.canWrite;
    this.receives = parts.receives;
    this.#sentAtMs = parts.nowMs();
    this.#pingedAtMs = this.#sentAtMs;
    const { socket } = parts;
    socket.on('message', (data, isBinary) => this.#receive(data as Buffer, isBinary));
    socket.on('pong', () => (this.#hasAnswered = true));
    socket.on('close', () => this.#leave());
    // Broken frames and lines: `close` follows.
    socket.on('error', () => undefined);
    parts.room.enter(this);
  }

  get backlogBytes(): number {
    return this.#parts.socket.bufferedAmount;
  }

  send(frame: Uint8Array): void {
    if (!this.#open) return;
    this.#sentAtMs = this.#parts.nowMs();
    this.#parts.socket.send(frame);
  }

  sendAndWait(frame: Uint8Array): Promise<boolean> {
    if (!this.#open) return Promise.resolve(false);
    this.#sentAtMs = this.#parts.nowMs();
    return new Promise((resolve) => {
      this.#parts.socket.send(frame, (error) => resolve(!error && this.#open));
    });
  }

  close(reason: CloseReason): void {
    if (!this.#open) return;
    const { code, reason: text } = closeCodes[reason];
    this.#parts.socket.close(code, text);
    // A paused socket would not see the other side's goodbye.
    this.#parts.socket.resume();
    this.#leave();
  }

  #leave(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#parts.room.leave(this);
    this.#parts.onClosed();
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (!this.#open) return;
    if (!isBinary) return this.close('malformed');
    let message: ClientMessage;
    try {
      // As plain bytes: `slice` of a Buffer is a view, of a Uint8Array a copy.
      message = readFrame(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    } catch (error) {
      if (isMalformedFrame(error)) return this.close('malformed');
      throw error;
    }
    switch (message.kind) {
      case 'step1':
        this.#nextQuestion = message.stateVector;
        if (!this.#isAnswering) void this.#answer();
        break;
      case 'data':
        this.#receiveData(message.update);
        break;
      case 'presence':
        this.#parts.room.receivePresence(this, message.presences);
        break;
      case 'queryPresence':
        this.#parts.room.sendEveryone(this);
        break;
      case 'nothing':
        break;
    }
  }

  async #answer(): Promise<void> {
    this.#isAnswering = true;
    try {
      while (this.#nextQuestion !== null) {
        const question = new Uint8Array(this.#nextQuestion);
        this.#nextQuestion = null;
        await this.#parts.room.answer(this, question);
      }
    } catch (error) {
      this.#parts.room.fail(error);
    }
    this.#isAnswering = false;
  }

  #receiveData(update: Uint8Array): void {
    const number = (this.#received += 1);
    const { room } = this.#parts;
    const verdict = room.submit(update, this.personId, this);
    switch (verdict.verdict) {
      case 'refused':
        return this.close(verdict.reason);
      case 'denied':
        return this.send(permissionDeniedFrame('not_allowed'));
      case 'stored':
        this.#startWaiting(update.length);
        verdict.durable.then(
          () => {
            this.#endWaiting(update.length);
            this.#markDurable(number);
          },
          // The room has closed this socket.
          () => undefined,
        );
        return;
      case 'known':
      case 'held':
        verdict.durable.then(
          () => this.#markDurable(number),
          () => undefined,
        );
    }
  }

  #startWaiting(bytes: number): void {
    this.#uncommitted += 1;
    this.#uncommittedBytes += bytes;
    if (this.#uncommitted > uncommittedMessagesLimit || this.#uncommittedBytes > uncommittedBytesLimit)
      this.#parts.socket.pause();
  }

  #endWaiting(bytes: number): void {
    this.#uncommitted -= 1;
    this.#uncommittedBytes -= bytes;
    if (
      this.#parts.socket.isPaused &&
      this.#uncommitted <= uncommittedMessagesLimit / 2 &&
      this.#uncommittedBytes <= uncommittedBytesLimit / 2
    )
      this.#parts.socket.resume();
  }

  #markDurable(number: number): void {
    this.#durableAhead.add(number);
    while (this.#durableAhead.delete(this.#durable + 1)) this.#durable += 1;
    if (!this.#parts.wantsAcknowledgements || this.#isAcknowledging) return;
    this.#isAcknowledging = true;
    // One for all that became durable in the same commit, and after the others were sent the update.
    setImmediate(() => {
      this.#isAcknowledging = false;
      if (this.#durable === this.#acknowledged) return;
      this.#acknowledged = this.#durable;
      this.send(acknowledgementFrame(this.#durable));
    });
  }

  tick(nowMs: number): void {
    const { socket, timings } = this.#parts;
    if (nowMs - this.#sentAtMs >= timings.quietSocketMs) this.send(quiet);
    if (nowMs - this.#pingedAtMs < timings.pingMs || socket.isPaused) return;
    if (!this.#hasAnswered) return socket.terminate();
    this.#hasAnswered = false;
    this.#pingedAtMs = nowMs;
    socket.ping();
  }
}
