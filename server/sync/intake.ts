/**
 * How much of the machine one socket may take, for all sockets of a server. Two measures, both of which act by
 * reading on later and never by refusing: work in one turn of the event loop, and updates on their way to
 * disk. Each is shared out among those who want it, so that one alone may have it all. Rules C4, C11, C12.
 */

/** Work of one turn, shared out among those who came in it: bytes, and `messageCost` for each message. */
export const turnCostLimit = 128 * 1024;
/** What handling a message costs besides its bytes, in bytes (measured: 3-6 µs against 20 ns a byte). */
export const messageCost = 256;
/** A socket may always spend this in a turn, however many want to. */
export const turnCostLeast = 4 * 1024;

/** Updates on their way to disk, of one socket. */
export const uncommittedMessagesLimit = 1_000;
export const uncommittedBytesLimit = 4 * 1024 * 1024;
/** Updates on their way to disk, of all sockets: shared out among those who have any. */
export const queuedMessagesMark = 8_000;
export const queuedBytesMark = 32 * 1024 * 1024;
/** A socket may always have this many under way, however many others do. */
export const uncommittedMessagesLeast = 16;
export const uncommittedBytesLeast = 64 * 1024;
/** Beyond this, newcomers are sent away for a moment: what is here already has to be stored first. */
export const queuedBytesFullMark = 2 * queuedBytesMark;

/** What one socket has under way and has spent; belongs to the socket, kept by the intake. */
export interface Account {
  messages: number;
  bytes: number;
  turn: number;
  spent: number;
}

export const newAccount = (): Account => ({ messages: 0, bytes: 0, turn: -1, spent: 0 });

export class Intake {
  #turn = 0;
  #isTurning = false;
  #spenders = 1;
  #spendersBefore = 1;
  #later: (() => void)[] = [];
  #starved: (() => void)[] = [];
  #updates = 0;
  #bytes = 0;
  #busy = 0;

  /** Counts work against this turn; false when the socket has had its share and should go on in the next. */
  spend(account: Account, bytes: number): boolean {
    this.#begin();
    if (account.turn !== this.#turn) {
      account.turn = this.#turn;
      account.spent = 0;
      this.#spenders += 1;
    }
    // The share of one who has spent nothing yet is at least one message of any size.
    const share = Math.max(turnCostLeast, turnCostLimit / Math.max(this.#spenders, this.#spendersBefore));
    if (account.spent > 0 && account.spent + bytes + messageCost > share) return false;
    account.spent += bytes + messageCost;
    return true;
  }

  /** Runs in the next turn, after whoever has something to read was read. */
  later(work: () => void): void {
    this.#later.push(work);
    this.#begin();
  }

  #begin(): void {
    if (this.#isTurning) return;
    this.#isTurning = true;
    setImmediate(() => {
      this.#isTurning = false;
      this.#turn += 1;
      this.#spendersBefore = this.#spenders;
      this.#spenders = 0;
      const works = this.#later;
      this.#later = [];
      for (const work of works) work();
    });
  }

  /** An update of this socket is on its way to disk. */
  start(account: Account, bytes: number): void {
    if (account.messages === 0) this.#busy += 1;
    account.messages += 1;
    this.#updates += 1;
    account.bytes += bytes;
    this.#bytes += bytes;
  }

  /** That many are stored, or lost with their room. */
  end(account: Account, messages: number, bytes: number): void {
    account.messages -= messages;
    this.#updates -= messages;
    account.bytes -= bytes;
    if (account.messages === 0) this.#busy -= 1;
    this.#bytes -= bytes;
    const starved = this.#starved;
    this.#starved = [];
    for (const work of starved) work();
  }

  /** Whether a socket has more under way than its share. */
  hasTooMuch({ messages, bytes }: Account): boolean {
    if (messages === 0) return false;
    return (
      messages >=
        between(uncommittedMessagesLeast, queuedMessagesMark / this.#busy, uncommittedMessagesLimit) ||
      bytes >= between(uncommittedBytesLeast, queuedBytesMark / this.#busy, uncommittedBytesLimit)
    );
  }

  /** Tells once, when something of somebody has been stored. */
  whenLess(work: () => void): void {
    this.#starved.push(work);
  }

  /** On their way to disk, of all sockets. */
  get queued(): { updates: number; bytes: number } {
    return { updates: this.#updates, bytes: this.#bytes };
  }

  /** Nobody new should come in. */
  get isFull(): boolean {
    return this.#bytes > queuedBytesFullMark;
  }
}

const between = (least: number, value: number, most: number): number =>
  Math.max(least, Math.min(value, most));
