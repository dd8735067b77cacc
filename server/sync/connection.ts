/**
 * One socket on a document: reads frames, hands updates to the room, counts what is durable, and keeps the
 * line alive. What it cannot take up at once (its share of the turn is spent, much of it is on its way to disk,
 * a large update is being walked in a thread) waits here in order, while reading pauses. Rules C1-C13 in
 * SPEC.md.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { PersonActor } from '#domain/access.ts';
import { closeCodes } from '#domain/sync/wire.ts';
import type { CloseReason } from '#domain/sync/wire.ts';
import { second } from '#domain/time.ts';
import { bundleBytesLimit } from './delivery.ts';
import type { Delivery } from './delivery.ts';
import { walkedInThreadFrom } from './digest.ts';
import {
  acknowledgementFrame,
  epochFrame,
  isMalformedFrame,
  permissionDeniedFrame,
  presenceFrame,
  readFrame,
} from './frames.ts';
import type { SyncFigures } from './figures.ts';
import type { ClientMessage } from './frames.ts';
import { newAccount } from './intake.ts';
import type { Intake } from './intake.ts';
import { backlogLimit, framed, Line } from './line.ts';
import { presenceBacklogLimit } from './room.ts';
import type { Places } from './places.ts';
import type { Refusal } from './refusals.ts';
import type { Member, Room, Verdict } from './room.ts';
import type { SyncTimings } from './timings.ts';

const quiet = framed(presenceFrame([]));

export interface ConnectionParts {
  socket: WebSocket;
  /** What the upgrade handed over; `ws` reads from it. */
  stream: Duplex;
  intake: Intake;
  /** For what is large. */
  places: Places;
  figures: SyncFigures;
  /** For the operator. */
  refused: (refusal: Refusal) => void;
  room: Room;
  actor: PersonActor;
  canWrite: boolean;
  receives: boolean;
  /** The client asked for acknowledgements (`ack=1`). */
  wantsAcknowledgements: boolean;
  /** The client wants to know which epoch the room is in (`epoch=1`). */
  wantsEpoch: boolean;
  /** The client understands bundles (`bundle=1`). */
  wantsBundles: boolean;
  /** The client wants to be sent what it wrote when it is on disk (`echo=1`). */
  wantsEcho: boolean;
  timings: SyncTimings;
  nowMs: () => number;
  onClosed: () => void;
}

/** Data messages in a row that become durable with the same commit. */
interface Stretch {
  from: number;
  to: number;
  bytes: number;
  isCounted: boolean;
  durable: Promise<void>;
  sinceMs: number;
}

export class Connection implements Member {
  readonly personId: string;
  readonly name: string;
  readonly receives: boolean;
  readonly wantsEcho: boolean;
  canWrite: boolean;
  readonly #parts: ConnectionParts;
  readonly #line: Line;
  readonly #account = newAccount();
  #open = true;
  /** Bytes read since the last whole frame, and when the last of them came. */
  #arrivingBytes = 0;
  #arrivedAtMs = 0;
  /** What is large is read and walked on a place: the way out of it; null without one. */
  #leavePlace: (() => void) | null = null;
  #isWaitingForPlace = false;
  /** Frames that were read and wait for their turn. */
  #inbox: Buffer[] = [];
  #isWalking = false;
  #isWaiting = false;
  /** Data messages received, and how many of them, counted from the first, are durable. */
  #received = 0;
  #durable = 0;
  /** Stretches that are durable before what was received before them; null while there are none. */
  #durableAhead: Map<number, number> | null = null;
  #stretch: Stretch | null = null;
  #acknowledged = 0;
  #sentAtMs: number;
  #pingedAtMs: number;
  /** What the pong to the last ping has to say; null when it has come. */
  #awaitedPong: Buffer | null = null;
  /** A state vector is being answered; one more may wait, the newest. */
  #isAnswering = false;
  #nextQuestion: Uint8Array | null = null;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    this.#line = new Line(parts.stream);
    this.personId = parts.actor.personId;
    this.name = parts.actor.name;
    this.canWrite = parts.canWrite;
    this.receives = parts.receives;
    this.wantsEcho = parts.wantsEcho;
    this.#sentAtMs = parts.nowMs();
    this.#pingedAtMs = this.#sentAtMs;
    const { socket } = parts;
    socket.on('message', (data, isBinary) => this.#receive(data as Buffer, isBinary));
    // After `ws` has taken it.
    parts.stream.on('data', (chunk: Buffer) => this.#arrive(chunk.length));
    socket.on('ping', (data) => this.#pong(data));
    socket.on('pong', (data) => {
      if (this.#awaitedPong?.equals(data) === true) this.#awaitedPong = null;
    });
    socket.on('close', () => this.#leave());
    // Broken frames and lines: `close` follows.
    socket.on('error', (error) => {
      const isTooLarge = (error as { code?: unknown }).code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';
      if (isTooLarge) parts.refused({ room: parts.room.name, person: this.personId, reason: 'tooLarge' });
    });
    if (parts.wantsEpoch) this.send(epochFrame(parts.room.epoch));
    parts.room.enter(this);
  }

  get backlogBytes(): number {
    return this.#line.backlogBytes;
  }

  send(message: Uint8Array): void {
    this.#write([framed(message)]);
  }

  deliver(delivery: Delivery<Member>, start: number): void {
    this.#write(this.#framesOf(delivery, start));
  }

  deliverAndWait(delivery: Delivery<Member>, start: number): Promise<boolean> {
    // A bundle saves frames; what is larger than one consists of few.
    const isSmall = delivery.bytes <= bundleBytesLimit;
    return this.sendInPortions(isSmall ? this.#framesOf(delivery, start) : delivery.framesFor(this, start));
  }

  async sendInPortions(frames: readonly Buffer[]): Promise<boolean> {
    if (!this.#open) return false;
    this.#sentAtMs = this.#parts.nowMs();
    return (await this.#line.writeInPortions(frames)) && this.#open;
  }

  #framesOf(delivery: Delivery<Member>, start: number): Buffer[] {
    return this.#parts.wantsBundles ? delivery.bundlesFor(this, start) : delivery.framesFor(this, start);
  }

  #write(frames: readonly Buffer[]): void {
    if (!this.#open) return;
    // It asks for what it never reads.
    if (this.backlogBytes > backlogLimit) return this.close('lagging');
    this.#sentAtMs = this.#parts.nowMs();
    this.#line.write(frames);
  }

  close(reason: CloseReason): void {
    if (!this.#open) return;
    this.#parts.figures.countClosed(reason);
    this.#parts.refused({ room: this.#parts.room.name, person: this.personId, reason });
    const { code, reason: text } = closeCodes[reason];
    this.#parts.socket.close(code, text);
    // A paused socket would not see the other side's goodbye.
    this.#parts.socket.resume();
    this.#leave();
    // Whoever took nothing will not take the goodbye either, and what waits for it is memory.
    if (reason === 'lagging') this.#parts.socket.terminate();
  }

  #leave(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#inbox = [];
    this.#leavePlace?.();
    this.#parts.room.leave(this);
    this.#parts.onClosed();
  }

  /** An answer to each ping would be memory, if the other side never reads. */
  #pong(data: Buffer): void {
    if (!this.#open) return;
    if (this.backlogBytes <= presenceBacklogLimit) this.#parts.socket.pong(data);
    if (!this.#parts.intake.spend(this.#account, data.length)) this.#wait();
  }

  /** A frame that turns out to be large is read on when there is a place for it. */
  #arrive(bytes: number): void {
    this.#arrivingBytes += bytes;
    this.#arrivedAtMs = this.#parts.nowMs();
    if (this.#arrivingBytes < walkedInThreadFrom || this.#leavePlace !== null) return;
    if (!this.#open || this.#isWaitingForPlace) return;
    this.#isWaitingForPlace = true;
    this.#parts.places.take(this.personId, (leave) => {
      this.#isWaitingForPlace = false;
      if (!this.#open) return leave();
      this.#leavePlace = () => {
        this.#leavePlace = null;
        leave();
      };
      if (this.#inbox.length === 0 && !this.#isWalking) this.#read();
    });
    if (this.#isWaitingForPlace) this.#parts.socket.pause();
  }

  #read(): void {
    if (!this.#isWaitingForPlace) this.#parts.socket.resume();
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (!this.#open) return;
    this.#arrivingBytes = 0;
    if (!isBinary) return this.close('malformed');
    if (this.#inbox.length === 0 && this.#mayTake(data.length)) return this.#take(data);
    this.#inbox.push(data);
    this.#wait();
  }

  #mayTake(bytes: number): boolean {
    const { intake } = this.#parts;
    return !this.#isWalking && !intake.hasTooMuch(this.#account) && intake.spend(this.#account, bytes);
  }

  /** Reading stops until what was read has been taken up. */
  #wait(): void {
    if (!this.#parts.socket.isPaused) this.#parts.socket.pause();
    if (this.#isWaiting || this.#isWalking) return;
    this.#isWaiting = true;
    const { intake } = this.#parts;
    const goOn = () => {
      this.#isWaiting = false;
      this.#takeUp();
    };
    if (intake.hasTooMuch(this.#account)) intake.whenLess(goOn);
    else intake.later(goOn);
  }

  #takeUp(): void {
    let taken = 0;
    for (const data of this.#inbox) {
      if (!this.#open || !this.#mayTake(data.length)) break;
      taken += 1;
      this.#take(data);
    }
    if (!this.#open) return;
    this.#inbox = this.#inbox.slice(taken);
    if (this.#inbox.length > 0 || this.#isWalking) this.#wait();
    else this.#read();
  }

  #take(data: Buffer): void {
    let message: ClientMessage;
    try {
      // As plain bytes: `slice` of a Buffer is a view, of a Uint8Array a copy.
      message = readFrame(
        new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
        this.#parts.room.stateVectorEntriesLimit,
      );
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
        this.#takeData(message);
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
        // Whoever only asks leaves the thread to others for a moment.
        await delay(this.#parts.timings.questionEveryMs);
        if (!this.#open) return;
      }
    } catch (error) {
      this.#parts.room.fail(error);
    }
    this.#isAnswering = false;
  }

  #takeData({ update, isAnswer }: Extract<ClientMessage, { kind: 'data' }>): void {
    const number = (this.#received += 1);
    const { room } = this.#parts;
    if (update.length < walkedInThreadFrom)
      return this.#heed(number, update.length, room.submit(update, this.personId, this, isAnswer));
    this.#isWalking = true;
    const { intake } = this.#parts;
    const bytes = update.length;
    intake.start(this.#account, bytes);
    const walked = room.submitLarge(update, this.personId, this, isAnswer).finally(() => {
      this.#isWalking = false;
      intake.end(this.#account, 1, bytes);
      this.#leavePlace?.();
    });
    walked.then(
      (verdict) => {
        if (!this.#open) return;
        this.#heed(number, bytes, verdict);
        this.#takeUp();
      },
      (error: unknown) => room.fail(error),
    );
    this.#wait();
  }

  #heed(number: number, bytes: number, verdict: Verdict): void {
    const { figures } = this.#parts;
    switch (verdict.verdict) {
      case 'refused':
        return this.close(verdict.reason);
      case 'denied':
        figures.deniedUpdates += 1;
        return this.send(permissionDeniedFrame('not_allowed'));
      case 'stored':
        this.#parts.intake.start(this.#account, bytes);
        return this.#expect(number, bytes, verdict.durable, true);
      case 'known':
        figures.knownUpdates += 1;
        figures.knownBytes += bytes;
        return this.#expect(number, 0, verdict.durable, false);
      case 'held':
        return this.#expect(number, 0, verdict.durable, false);
    }
  }

  /** One promise for all that travels in one commit, not one for each update. */
  #expect(number: number, bytes: number, durable: Promise<void>, isCounted: boolean): void {
    const last = this.#stretch;
    if (last?.durable === durable && last.isCounted === isCounted && last.to === number - 1) {
      last.to = number;
      last.bytes += bytes;
      return;
    }
    const stretch = { from: number, to: number, bytes, durable, isCounted, sinceMs: performance.now() };
    this.#stretch = stretch;
    const settle = () => {
      if (this.#stretch === stretch) this.#stretch = null;
      if (isCounted) this.#parts.intake.end(this.#account, stretch.to - stretch.from + 1, stretch.bytes);
    };
    durable.then(
      () => {
        settle();
        const updates = stretch.to - stretch.from + 1;
        if (isCounted)
          this.#parts.figures.acknowledgement.observe(
            (performance.now() - stretch.sinceMs) / second,
            updates,
          );
        this.#markDurable(stretch.from, stretch.to);
      },
      // The room has closed this socket.
      settle,
    );
  }

  #markDurable(from: number, to: number): void {
    if (from === this.#durable + 1) this.#durable = to;
    else (this.#durableAhead ??= new Map<number, number>()).set(from, to);
    for (let next = this.#nextDurable(); next !== undefined; next = this.#nextDurable()) {
      this.#durableAhead?.delete(this.#durable + 1);
      this.#durable = next;
    }
    if (!this.#parts.wantsAcknowledgements || this.#durable === this.#acknowledged) return;
    this.#acknowledged = this.#durable;
    // Whoever never reads is told once it reads again: the number counts from the first.
    if (this.backlogBytes <= presenceBacklogLimit) this.send(acknowledgementFrame(this.#durable));
    else this.#acknowledged = -1;
  }

  #nextDurable(): number | undefined {
    return this.#durableAhead?.get(this.#durable + 1);
  }

  tick(nowMs: number): void {
    const { socket, timings } = this.#parts;
    if (nowMs - this.#sentAtMs >= timings.quietSocketMs) this.#write([quiet]);
    if (this.#acknowledged < 0 && this.backlogBytes <= presenceBacklogLimit) {
      this.#acknowledged = this.#durable;
      this.send(acknowledgementFrame(this.#durable));
    }
    if (this.#line.stuckMs(nowMs) >= timings.lagPatienceMs) return this.close('lagging');
    // Others want the place on which nothing comes.
    const isComing = socket.isPaused || nowMs - this.#arrivedAtMs < timings.lagPatienceMs;
    if (this.#leavePlace !== null && !isComing && this.#parts.places.isWaitedFor)
      return this.close('lagging');
    // A ping would wait behind what waits; that somebody takes it is the sign of life then.
    if (nowMs - this.#pingedAtMs < timings.pingMs || socket.isPaused || this.backlogBytes > 0) return;
    if (this.#awaitedPong !== null) return socket.terminate();
    // Nobody can answer it without having read it.
    this.#awaitedPong = randomBytes(8);
    this.#pingedAtMs = nowMs;
    socket.ping(this.#awaitedPong);
  }
}
