/**
 * One open document: who is connected and what the room has, without the text. Every update, from a socket or
 * from the server itself, passes `submit`: walk, ownership, novelty, dependencies, then the log; only when it
 * is on disk do the others see it, and after them its author hears that it is safe. Rules R1-R12 in SPEC.md.
 *
 * Each member has a cursor into the log. Whoever is behind (just joined, slow, back after a pause) is the same
 * case: rows after the cursor are read and sent until it has reached the head.
 */
import { createHash } from 'node:crypto';
import {
  clientsPerRoomLimit,
  newClientsPerUpdateLimit,
  presencesPerPersonLimit,
  stateVectorEntriesBound,
} from '#domain/sync/wire.ts';
import type { CloseReason } from '#domain/sync/wire.ts';
import { stateVectorOf, step1Frame, step2Frame } from './frames.ts';
import type { Answers } from './answers.ts';
import { bundleBytesLimit, Delivery } from './delivery.ts';
import type { Outgoing } from './delivery.ts';
import { growthOf, packedEveryBytes } from './document-size.ts';
import type { DocumentSizeLimits } from './document-size.ts';
import type { SyncFigures } from './figures.ts';
import type { Presence } from './frames.ts';
import { Gaps } from './gaps.ts';
import type { GapsParts } from './gaps.ts';
import type { KeptAnswers } from './kept-answers.ts';
import { Known } from './known.ts';
import type { Judged } from './known.ts';
import { framed } from './line.ts';
import type { Log, LogEntry, LogRow, RoomKnowledge } from './log.ts';
import { createPresenceBoard } from './presence.ts';
import type { PresenceBoard, PresenceOwner } from './presence.ts';
import type { SyncTimings } from './timings.ts';
import { isMalformedUpdate, walkUpdate } from './walk.ts';
import type { Walker } from './walker.ts';

/** Above this, presence is left out for a socket: it is renewed anyway. */
export const presenceBacklogLimit = 256 * 1024;
/** Above this, a socket is sent updates from the log, as fast as it takes them, and no longer as they happen. */
export const liveBacklogLimit = 1024 * 1024;

/**
 * Client ids that a person may hold in a room without having written under them: more than a hundred sessions a
 * day for as long as these are kept.
 */
export const boundPerPersonLimit = 10_000;

/** Updates handed to the log together at most. */
export const gatheredUpdatesLimit = 1_000;

/** To be written behind what waits, and taken after it. */
const nothing = Buffer.alloc(0);

/** Without structs and deletions. */
const emptyUpdate = new Uint8Array([0, 0]);

/**
 * The end of every answer: a client that takes the answer proper for "now I have everything" is right. It brings
 * nothing itself.
 */
const thisWasAll = framed(step2Frame(emptyUpdate));

/** Updates as frames in one buffer: thousands of small ones would be queued for each of those who are sent them. */
const inOnePiece = (updates: readonly Uint8Array[]): Buffer =>
  new Delivery<Member>(updates.filter(saysSomething).map((bytes) => ({ bytes, from: null }))).inOnePiece();

const digestOfBytes = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');

const saysSomething = ({ length }: Uint8Array): boolean => length > emptyUpdate.length;

/** A socket as the room sees it. */
export interface Member extends PresenceOwner {
  readonly canWrite: boolean;
  /** False for an app too old to read today's documents: it may deliver, but is sent nothing. */
  readonly receives: boolean;
  /** It is sent what it wrote, as the others are. */
  readonly wantsEcho: boolean;
  /** Bytes handed over and not yet taken by the network. */
  readonly backlogBytes: number;
  send(message: Uint8Array): void;
  /** From the update at `start` on, without those that came from this member. */
  deliver(delivery: Delivery<Member>, start: number): void;
  /** The same in portions; waits until the network has taken it; false when the socket has closed. */
  deliverAndWait(delivery: Delivery<Member>, start: number): Promise<boolean>;
  sendInPortions(frames: readonly Buffer[]): Promise<boolean>;
  close(reason: CloseReason): void;
}

export type Verdict =
  /** On its way to the log, or there already; `durable` tells when. */
  | { verdict: 'stored' | 'known'; durable: Promise<void> }
  /** Held until what it builds on has come; `durable` tells when it is stored after all. */
  | { verdict: 'held'; durable: Promise<void> }
  /** Something new from somebody who may only read: discarded. */
  | { verdict: 'denied' }
  | { verdict: 'refused'; reason: CloseReason };

/** In whose name an update comes, and from where: null for what the server has already. */
export interface Sender {
  user: string;
  from: Member | null;
  isAnswer: boolean;
}

interface Seat {
  /** Last number sent; null before the first answer to a state vector. */
  cursor: number | null;
  /** It is sent what it lacks as fast as it takes it, and nothing as it happens. */
  isCatchingUp: boolean;
  presenceTakenAtMs: number;
  /** How many client ids became its person's by what it said. */
  bound: number;
  /** The newest of each client that has come since; null when nothing has. */
  presences: Map<number, Presence> | null;
}

/** Updates that leave for the log together and come back together. */
interface Gathering {
  entries: LogEntry[];
  updates: Outgoing<Member>[];
  durable: Promise<void>;
}

export interface RoomParts {
  name: string;
  workspaceId: string;
  log: Log;
  walker: Walker;
  answers: Answers;
  kept: KeptAnswers;
  figures: SyncFigures;
  timings: SyncTimings;
  nowMs: () => number;
  /** Until then answers to a state vector may bring back what others wrote before, and claim nothing (rule E4). */
  recoversUntilMs: number;
  sizeLimits: DocumentSizeLimits;
  /** The text has passed the first limit. Once for as long as the room is open. */
  onLarge: (bytes: number) => void;
  /** Something of this size waits in the log for what it builds on. */
  onSetAside: (bytes: number) => void;
  /** The room can no longer be trusted; it has closed its sockets and must be read anew. */
  onFailed: (error: unknown) => void;
}

export class Room {
  readonly name: string;
  readonly workspaceId: string;
  readonly epoch: string;
  readonly #parts: RoomParts;
  readonly #known: Known;
  readonly #blocked: ReadonlySet<number>;
  /** Made when somebody first shows themselves. */
  #board: PresenceBoard | null = null;
  readonly #seats = new Map<Member, Seat>();
  readonly #gaps: Gaps;
  #head: number;
  /** About how large the text is, and what of it its snapshot holds. */
  #stateBytes: number;
  #packedBytes: number;
  #measuredAtMs = -Infinity;
  #isMeasuring = false;
  #isLarge = false;
  #failed = false;
  /** Settles with the newest commit under way; everything handed in before is on disk then. */
  #lastCommit: Promise<void> = Promise.resolve();
  /** What came in this turn and leaves for the log at its end. */
  #gathering: Gathering | null = null;
  /** Client ids by person that were shown and are not in the log yet. */
  #bindings = new Map<string, number[]>();
  #presenceTimer: NodeJS.Timeout | null = null;
  #presenceSentAtMs = 0;

  constructor(parts: RoomParts, knowledge: RoomKnowledge) {
    this.#parts = parts;
    this.name = parts.name;
    this.workspaceId = parts.workspaceId;
    // Taken over into columns and not kept as it came: a room costs as much for as long as somebody is in it.
    const { epoch, head, clocks, deletes, owners, unconfirmed, blocked, waiting } = knowledge;
    this.epoch = epoch;
    this.#head = head;
    this.#known = new Known(clocks, deletes, owners, unconfirmed);
    this.#blocked = new Set(blocked);
    const { walker, timings, nowMs } = parts;
    const gapsParts: GapsParts = {
      known: this.#known,
      walker,
      timings,
      nowMs,
      isSeated: (member) => !this.#failed && this.#seats.has(member),
      submit: (bytes, walked, sender) => this.#submitWalked(() => bytes, walked, sender),
      claimsOf: (clients, sender) => this.#claimsOf(clients, sender),
      store: (bytes, { user, from }, claims) => {
        parts.onSetAside(bytes.length);
        return this.#commit(bytes, user, claims, from, true);
      },
      lastCommit: () => this.#lastCommit,
      fail: (error) => this.fail(error),
    };
    this.#gaps = new Gaps(gapsParts, waiting);
    this.#stateBytes = knowledge.size.stateBytes;
    this.#packedBytes = knowledge.size.packedBytes;
  }

  get size(): number {
    return this.#seats.size;
  }

  get members(): Iterable<Member> {
    return this.#seats.keys();
  }

  /** For whoever watches the server. */
  get gauges(): { openGaps: number; laggingSockets: number; backlogBytes: number } {
    let laggingSockets = 0;
    let backlogBytes = 0;
    for (const [member, seat] of this.#seats) {
      if (seat.isCatchingUp) laggingSockets += 1;
      backlogBytes += member.backlogBytes;
    }
    return { openGaps: this.#gaps.size, laggingSockets, backlogBytes };
  }

  get hasFailed(): boolean {
    return this.#failed;
  }

  /** Settles when everything handed in so far is stored or lost. Never rejects. */
  settled(): Promise<void> {
    return this.#lastCommit.catch(() => undefined);
  }

  /** Takes a seat and asks the newcomer for what the room lacks. */
  enter(member: Member): void {
    const seat: Seat = {
      cursor: null,
      isCatchingUp: false,
      presenceTakenAtMs: -Infinity,
      bound: 0,
      presences: null,
    };
    this.#seats.set(member, seat);
    member.send(step1Frame(this.#known.clocks()));
  }

  leave(member: Member): void {
    if (!this.#seats.delete(member)) return;
    this.#gaps.leave(member);
    this.#board?.leave(member, this.#parts.nowMs());
    this.#saveBindings();
    this.#sendPresence();
  }

  /** A client's state vector: answers with what it lacks, then keeps it up to date. */
  async answer(member: Member, stateVector: Uint8Array): Promise<void> {
    if (!member.receives) return;
    let head = 0;
    const read = async () => {
      if (!this.#seats.has(member)) return [];
      const answer = await this.#lackingAt(stateVector);
      head = answer.head;
      return answer.frames;
    };
    // The next question of this client waits until its network has taken this answer.
    await this.#parts.answers.give(member.personId, read, (frames) => {
      const seat = this.#seats.get(member);
      if (seat === undefined) return Promise.resolve(false);
      const taken = member.sendInPortions(frames);
      if (seat.cursor === null) {
        seat.cursor = head;
        const everyone = this.#board?.everyone() ?? null;
        if (everyone !== null) member.send(everyone);
        this.#catchUp(member, seat);
      }
      return taken;
    });
  }

  /** The answer that those share who ask the same, and what was written since. */
  async #lackingAt(stateVector: Uint8Array): Promise<{ head: number; frames: Buffer[] }> {
    const hasNothing = stateVector.length === 1 && stateVector[0] === 0;
    const question = { question: digestOfBytes(stateVector), head: this.#head };
    const shared = await this.#parts.kept.of(this, question, async () => {
      const { head, updates } = await this.#parts.log.state(this.name, hasNothing ? null : stateVector);
      return { head, frames: inOnePiece(updates) };
    });
    const since: Uint8Array[] = [];
    let { head } = shared;
    while (head < this.#head) {
      const { rows, upTo } = await this.#parts.log.read(this.name, head);
      if (upTo === head) throw new Error('the log ends before the head');
      for (const { bytes } of rows) since.push(bytes);
      head = upTo;
    }
    return { head, frames: [shared.frames, inOnePiece(since), thisWasAll] };
  }

  /** What the room knows, as a state vector. Not all of it need be on disk yet (rule R7). */
  get stateVector(): Uint8Array {
    return stateVectorOf(this.#known.clocks());
  }

  /**
   * Clients in a state vector that a client may have: those the room knows, and as many as it may once have
   * known, since a device keeps them when the room is put back to what it was.
   */
  get stateVectorEntriesLimit(): number {
    return Math.min(this.#known.writers + clientsPerRoomLimit, stateVectorEntriesBound);
  }

  /**
   * The one way in for updates; `from` is null for the server's own edits. `isAnswer`: it answers a state
   * vector, so it may hold what others wrote.
   */
  submit(bytes: Uint8Array, user: string, from: Member | null, isAnswer = false): Verdict {
    if (this.#failed) return { verdict: 'refused', reason: 'failed' };
    let walked: Judged;
    try {
      walked = walkUpdate(bytes);
    } catch (error) {
      if (isMalformedUpdate(error)) return { verdict: 'refused', reason: 'malformed' };
      throw error;
    }
    // A copy: the frame it came in is part of a buffer that the socket's other frames share.
    return this.#submitWalked(() => new Uint8Array(bytes), walked, { user, from, isAnswer });
  }

  /** The same for one that is too large to be walked between two other things. Its sender waits; `bytes` are gone. */
  async submitLarge(bytes: Uint8Array, user: string, from: Member, isAnswer = false): Promise<Verdict> {
    const { walker } = this.#parts;
    const isSeated = this.#seats.has(from);
    // Whoever was sent away meanwhile has no right any more, and the room may have been freed with them.
    const isStopped = (): Verdict | null => {
      if (this.#failed) return { verdict: 'refused', reason: 'failed' };
      return isSeated && !this.#seats.has(from) ? { verdict: 'denied' } : null;
    };
    // Rejects only when the server stops.
    const walked = await walker.digest(bytes).catch(() => null);
    const stopped = isStopped();
    if (stopped !== null) return stopped;
    if (walked === null) return { verdict: 'refused', reason: 'failed' };
    if (walked === 'tooLarge') return { verdict: 'refused', reason: 'tooLarge' };
    const { digest, bytes: own } = walked;
    if (digest === null) return { verdict: 'refused', reason: 'malformed' };
    const sender = { user, from, isAnswer };
    if (isSeated && this.#gaps.clientsAside > 0 && this.#known.judge(digest).verdict === 'gap') {
      const halves = await walker.cut(own, this.#known.clocks()).catch(() => 'tooLarge' as const);
      const offeredAgain =
        isStopped() ?? (halves === 'tooLarge' ? null : this.#gaps.takeOfferedAgain(halves, sender));
      if (offeredAgain !== null) return offeredAgain;
    }
    return this.#submitWalked(() => own, digest, sender);
  }

  #submitWalked(bytes: () => Uint8Array, walked: Judged, { user, from, isAnswer }: Sender): Verdict {
    const judged = this.#known.judge(walked);
    if (judged.verdict === 'known') return { verdict: 'known', durable: this.#lastCommit };
    if (from !== null && !from.canWrite) return { verdict: 'denied' };
    if (judged.verdict === 'circle') return { verdict: 'refused', reason: 'malformed' };
    // A row with these clocks had to be set aside (L14): whoever has it must not bring it again.
    if (judged.verdict === 'new' && judged.clients.some((client) => this.#blocked.has(client)))
      return { verdict: 'denied' };
    if (judged.verdict === 'gap')
      return this.#gaps.hold(bytes(), walked, judged.missing, { user, from, isAnswer });
    const claims = this.#claimsOf(judged.clients, { user, from, isAnswer });
    if (typeof claims === 'string') return { verdict: 'refused', reason: claims };
    const own = bytes();
    // What only deletes makes it smaller.
    const lacking = judged.clients.length > 0 ? this.#lacksSpaceFor(own) : null;
    if (lacking !== null) return { verdict: 'refused', reason: lacking };
    // From here on later updates may build on this one, although it is not on disk yet: if the commit fails,
    // the whole room is given up.
    this.#known.claim(claims, user);
    this.#known.add(walked);
    this.#gaps.moved(judged.clients);
    return { verdict: 'stored', durable: this.#commit(own, user, claims, from) };
  }

  /** Client ids that become the sender's with structs of theirs, or why no structs of all of them may come. */
  #claimsOf(clients: Iterable<number>, { user, from, isAnswer }: Sender): number[] | CloseReason {
    const isRecovery = this.#isRecovery(isAnswer);
    const claims: number[] = [];
    let unmet = 0;
    for (const client of clients) {
      if (this.#known.clockOf(client) === 0 && !this.#gaps.isAside(client)) unmet += 1;
      const owner = this.#known.ownerOf(client) ?? this.#board?.personOf(client);
      const isConfirmed = this.#known.isConfirmed(client);
      const isForeign = owner !== undefined && owner !== user;
      // After a restore nobody can tell who wrote what the backup did not have: whoever still has it may bring
      // it, and it becomes theirs only by writing on. Whoever has written on since holds all that came before.
      if (isForeign && (isConfirmed || !isRecovery)) return 'foreignClient';
      if (!isConfirmed && !isRecovery) claims.push(client);
    }
    // What waits in the log has been counted when it was set aside, what the server writes is its own.
    if (from === null || unmet === 0) return claims;
    const met = this.#known.writers + this.#gaps.clientsAside;
    const isTooMany = (!isRecovery && unmet > newClientsPerUpdateLimit) || met + unmet > clientsPerRoomLimit;
    return isTooMany ? 'tooManyClients' : claims;
  }

  /**
   * Why an update cannot make the text larger. What has been deleted since the room was last packed is counted as
   * if it were still there, so it is packed before anybody is told for good; until then they are to come back.
   */
  #lacksSpaceFor({ length }: Uint8Array): CloseReason | null {
    if (this.#stateBytes + growthOf(length) <= this.#parts.sizeLimits.hardBytes) return null;
    if (this.#stateBytes - this.#packedBytes < packedEveryBytes) return 'documentFull';
    this.#measure(true);
    return 'reload';
  }

  #grow(bytes: number): void {
    this.#stateBytes += growthOf(bytes);
    if (this.#stateBytes <= this.#parts.sizeLimits.softBytes || this.#isLarge) return;
    this.#isLarge = true;
    this.#parts.onLarge(this.#stateBytes);
  }

  #measure(isPacked = false): void {
    if (this.#isMeasuring) return;
    this.#isMeasuring = true;
    this.#measuredAtMs = this.#parts.nowMs();
    const { log } = this.#parts;
    const measure = async () => {
      await this.settled();
      const before = this.#stateBytes;
      const isDone = isPacked && (await packAll(log, this.name).catch(() => false));
      const size = await log.size(this.name);
      this.#stateBytes = size.stateBytes + (this.#stateBytes - before);
      // What cannot be packed counts as it lies there.
      this.#packedBytes = isPacked && !isDone ? this.#stateBytes : size.packedBytes;
      this.#isMeasuring = false;
    };
    measure().catch((error: unknown) => this.fail(error));
  }

  #isRecovery(isAnswer: boolean): boolean {
    return isAnswer && this.#parts.nowMs() < this.#parts.recoversUntilMs;
  }

  #commit(
    bytes: Uint8Array,
    user: string,
    claims: number[],
    from: Member | null,
    isAside = false,
  ): Promise<void> {
    if (this.#gathering === null || this.#gathering.entries.length >= gatheredUpdatesLimit)
      this.#gathering = this.#gather();
    this.#grow(bytes.length);
    const { entries, updates, durable } = this.#gathering;
    entries.push({ workspaceId: this.workspaceId, room: this.name, user, bytes, claims });
    updates.push({ bytes, from: from?.wantsEcho === true ? null : from, isAside });
    return durable;
  }

  /** Everything that comes in one turn of the event loop is handed in together, and shared out together. */
  #gather(): Gathering {
    const entries: LogEntry[] = [];
    const updates: Outgoing<Member>[] = [];
    const handIn = async () => {
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      // Once a turn, not for each update: many may wait.
      this.#gaps.close();
      if (this.#gathering === gathering) this.#gathering = null;
      // It was judged on top of what was lost.
      if (this.#failed) throw new Error('the room was given up');
      const numbers = await this.#parts.log.append(entries);
      if (this.#failed) throw new Error('the room was given up');
      const before = this.#head;
      if (numbers.some((number, index) => number !== before + 1 + index))
        throw new Error('somebody else wrote to this room');
      this.#head += updates.length;
      this.#share(before, updates);
    };
    const gathering: Gathering = { entries, updates, durable: handIn() };
    this.#lastCommit = gathering.durable;
    gathering.durable.catch((error: unknown) => this.fail(error));
    return gathering;
  }

  /** Sends rows `before + 1` to the head, which have just been stored, to everyone who has those before. */
  #share(before: number, updates: readonly Outgoing<Member>[]): void {
    const delivery = new Delivery(updates);
    for (const [member, seat] of this.#seats) {
      const { cursor } = seat;
      if (cursor === null || cursor >= this.#head || seat.isCatchingUp) continue;
      if (member.backlogBytes > liveBacklogLimit) this.#catchUp(member, seat);
      else {
        seat.cursor = this.#head;
        // Above `before` when its answer was read between the commit and this moment.
        if (delivery.bytes <= liveBacklogLimit) member.deliver(delivery, cursor - before);
        else this.#catchUp(member, seat, member.deliverAndWait(delivery, cursor - before));
      }
    }
  }

  /**
   * Sends rows from the log until the seat is at the head; from then on it gets them as they happen. What has
   * been sent before is taken first: who takes nothing keeps no page waiting.
   */
  #catchUp(member: Member, seat: Seat, sent = member.sendInPortions([nothing])): void {
    seat.isCatchingUp = true;
    const run = async () => {
      if (!(await sent)) return;
      while (seat.cursor !== null && seat.cursor < this.#head) {
        const { rows, upTo } = await this.#parts.log.read(this.name, seat.cursor);
        if (upTo === seat.cursor) throw new Error('the log ends before the head');
        for (const some of inPieces(rows))
          if (this.#seats.get(member) !== seat || !(await member.deliverAndWait(new Delivery(some), 0)))
            return;
        seat.cursor = upTo;
      }
      seat.isCatchingUp = false;
    };
    run().catch((error: unknown) => this.fail(error));
  }

  get #presence(): PresenceBoard {
    return (this.#board ??= createPresenceBoard(
      (client) => this.#known.ownerOf(client),
      () => (this.#parts.figures.droppedPresences += 1),
    ));
  }

  /** Echoes of what others are cost nothing; of its own, a socket is heard once in `presenceEveryMs`. */
  receivePresence(member: Member, presences: readonly Presence[]): void {
    const board = this.#presence;
    const own = presences.filter(({ client }) => !board.isForeign(member, client));
    const seat = this.#seats.get(member);
    if (own.length === 0 || seat === undefined) return;
    const waiting = (seat.presences ??= new Map<number, Presence>());
    for (const presence of own)
      if (waiting.size < presencesPerPersonLimit || waiting.has(presence.client))
        waiting.set(presence.client, presence);
      else this.#parts.figures.droppedPresences += 1;
    if (this.#parts.nowMs() - seat.presenceTakenAtMs >= this.#parts.timings.presenceEveryMs)
      this.#takePresence(member, seat);
    this.#sendPresence();
  }

  #takePresence(member: Member, seat: Seat): void {
    if (seat.presences === null) return;
    const nowMs = this.#parts.nowMs();
    const presences = [...seat.presences.values()];
    seat.presences = null;
    seat.presenceTakenAtMs = nowMs;
    for (const frame of this.#presence.receive(member, presences, nowMs)) member.send(frame);
    for (const { client } of presences) this.#bind(member, seat, client);
  }

  /**
   * A client id is known to everyone from the moment it is shown, before anything is written under it: from then
   * on it is its person's. Not one that something was written under, or is awaited.
   */
  #bind(member: Member, seat: Seat, client: number): void {
    if (!member.canWrite || seat.bound >= presencesPerPersonLimit) return;
    const { personId } = member;
    if (this.#known.ownerOf(client) !== undefined || this.#known.clockOf(client) > 0) return;
    if (this.#gaps.isAside(client) || this.#board?.personOf(client) !== personId) return;
    seat.bound += 1;
    if (this.#known.boundTo(personId) >= boundPerPersonLimit) return;
    this.#known.bind(client, personId);
    const bound = this.#bindings.get(personId);
    if (bound === undefined) this.#bindings.set(personId, [client]);
    else bound.push(client);
  }

  /** A moment after they were shown; those that were written under meanwhile are in the log with that. */
  #saveBindings(): void {
    const bindings = this.#bindings;
    if (bindings.size === 0 || this.#failed) return;
    this.#bindings = new Map();
    for (const [user, shown] of bindings) {
      const clients = shown.filter((client) => !this.#known.isConfirmed(client));
      if (clients.length === 0) continue;
      const saved = this.#parts.log.bind({ workspaceId: this.workspaceId, room: this.name, user, clients });
      this.#lastCommit = Promise.all([this.#lastCommit, saved]).then(() => undefined);
      this.#lastCommit.catch((error: unknown) => this.fail(error));
    }
  }

  sendEveryone(member: Member): void {
    // Whoever asks and never reads gets one answer.
    if (!member.receives || member.backlogBytes > presenceBacklogLimit) return;
    const everyone = this.#board?.everyone() ?? null;
    if (everyone !== null) member.send(everyone);
  }

  /** At once when the last time is long ago, else a moment later, together with what comes meanwhile. */
  #sendPresence(): void {
    if (this.#presenceTimer !== null) return;
    const { timings, nowMs } = this.#parts;
    const waitMs = this.#presenceSentAtMs + timings.presenceEveryMs - nowMs();
    if (waitMs > 0) {
      this.#presenceTimer = setTimeout(() => {
        this.#presenceTimer = null;
        for (const [member, seat] of this.#seats) this.#takePresence(member, seat);
        this.#sendPresence();
      }, waitMs);
      return;
    }
    const frame = this.#board?.takeChanges() ?? null;
    if (frame === null) return;
    this.#presenceSentAtMs = nowMs();
    for (const member of this.#seats.keys())
      if (member.receives && member.backlogBytes <= presenceBacklogLimit) member.send(frame);
      else if (member.receives) this.#parts.figures.droppedPresences += 1;
  }

  /** Called every moment: lets go of what has waited too long. */
  tick(nowMs: number): void {
    const { timings, sizeLimits } = this.#parts;
    this.#gaps.tick(nowMs);
    const isLarge = this.#stateBytes > sizeLimits.softBytes;
    if (isLarge && nowMs - this.#measuredAtMs >= timings.measureEveryMs) this.#measure();
    for (const [member, seat] of this.#seats) this.#takePresence(member, seat);
    this.#saveBindings();
    this.#board?.expire(nowMs);
    this.#sendPresence();
  }

  /** Gives the room up: nothing is acknowledged any more, everyone comes back to a room read from disk. */
  fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#parts.onFailed(error);
    this.closeAll('failed');
  }

  /** The same on purpose: what is on disk has changed in another way than by this room. */
  reload(): void {
    this.#saveBindings();
    this.#failed = true;
    this.closeAll('reload');
  }

  closeAll(reason: CloseReason): void {
    this.#parts.kept.forget(this);
    if (this.#presenceTimer !== null) clearTimeout(this.#presenceTimer);
    for (const member of [...this.#seats.keys()]) member.close(reason);
  }
}

async function packAll(log: Log, room: string): Promise<boolean> {
  for (let upTo = -1; ;) {
    const done = await log.upkeep.compact(room);
    if (done.outcome === 'nothing' || done.upTo === upTo) return true;
    ({ upTo } = done);
  }
}

/** Rows in portions that are handed to the network one at a time. */
function* inPieces(rows: readonly LogRow[]): Generator<Outgoing<Member>[]> {
  let piece: Outgoing<Member>[] = [];
  let bytes = 0;
  for (const row of rows) {
    if (piece.length > 0 && bytes + row.bytes.length > bundleBytesLimit) {
      yield piece;
      piece = [];
      bytes = 0;
    }
    piece.push({ bytes: row.bytes, from: null });
    bytes += row.bytes.length;
  }
  if (piece.length > 0) yield piece;
}
