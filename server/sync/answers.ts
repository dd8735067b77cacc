/**
 * Turns in answering. What a client lacks costs a thread's time to read, and is memory until the network has
 * taken it; both are shared out by person: one question of each is being read at a time, so that the thread,
 * which takes them as they come, goes round; and who holds much is read the next when it has taken some of it.
 * Rules C5, C14 in SPEC.md.
 */

/** Somebody who holds more than this of answers, what is shared counted once, waits with the next question. */
export const heldAnswersBytesLimit = 8 * 1024 * 1024;

interface Person {
  isReading: boolean;
  waiting: (() => void)[];
  /** How many of their sockets are taking a buffer. */
  held: Map<Uint8Array, number>;
  heldBytes: number;
}

export class Answers {
  readonly #people = new Map<string, Person>();

  /** Reads in this person's turn, then sends; others of theirs are read while it is being sent. */
  async give<Buffers extends readonly Uint8Array[], Sent>(
    personId: string,
    read: () => Promise<Buffers>,
    send: (buffers: Buffers) => Promise<Sent>,
  ): Promise<Sent> {
    const person = this.#personOf(personId);
    const turn = new Promise<void>((resolve) => person.waiting.push(resolve));
    this.#goOn(personId, person);
    await turn;
    let buffers: Buffers;
    try {
      buffers = await read();
      for (const buffer of buffers) hold(person, buffer);
    } finally {
      person.isReading = false;
      this.#goOn(personId, person);
    }
    try {
      return await send(buffers);
    } finally {
      for (const buffer of buffers) release(person, buffer);
      this.#goOn(personId, person);
    }
  }

  #goOn(personId: string, person: Person): void {
    if (person.isReading || person.heldBytes > heldAnswersBytesLimit) return;
    const next = person.waiting.shift();
    if (next !== undefined) {
      person.isReading = true;
      next();
    } else if (person.held.size === 0) this.#people.delete(personId);
  }

  #personOf(personId: string): Person {
    const found = this.#people.get(personId);
    if (found !== undefined) return found;
    const person: Person = { isReading: false, waiting: [], held: new Map(), heldBytes: 0 };
    this.#people.set(personId, person);
    return person;
  }
}

function hold(person: Person, buffer: Uint8Array): void {
  const holders = person.held.get(buffer) ?? 0;
  person.held.set(buffer, holders + 1);
  if (holders === 0) person.heldBytes += buffer.length;
}

function release(person: Person, buffer: Uint8Array): void {
  const holders = person.held.get(buffer) ?? 0;
  if (holders > 1) person.held.set(buffer, holders - 1);
  else if (person.held.delete(buffer)) person.heldBytes -= buffer.length;
}
