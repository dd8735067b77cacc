/**
 * Answers, ready to be sent, for those who come together and ask the same: they share one, in memory too. A
 * crowd of newcomers has nothing, and one that comes back after a restart has all the same. Each is kept for a
 * moment, and all rooms' together within a bound. Rule R8 in SPEC.md.
 */

/** An answer is kept this long, and while the room is not further ahead of it. */
export const answerKeptMs = 5_000;
export const answerBehindLimit = 500;
/** Answers of all rooms together; the newest is kept whatever its size. */
export const keptAnswersBytesLimit = 4 * 1024 * 1024;

export interface Answer {
  /** The last row in it. */
  head: number;
  /** Messages, whole frames, without the one that says "this was all". */
  frames: Buffer;
}

interface Kept {
  room: object;
  question: string;
  atMs: number;
  answer: Promise<Answer>;
  /** Null until it has been read. */
  read: Answer | null;
}

export class KeptAnswers {
  /** The oldest first. */
  readonly #kept = new Set<Kept>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** The room's answer to a question, not further behind its head than the limit; read when there is none. */
  of(
    room: object,
    { question, head }: { question: string; head: number },
    read: () => Promise<Answer>,
  ): Promise<Answer> {
    for (const kept of this.#kept) {
      if (kept.room !== room || kept.question !== question) continue;
      if (kept.read === null || head - kept.read.head <= answerBehindLimit) return kept.answer;
      this.#kept.delete(kept);
    }
    const kept: Kept = { room, question, atMs: this.#nowMs(), answer: read(), read: null };
    this.#kept.add(kept);
    kept.answer.then(
      (answer) => {
        kept.read = answer;
        this.#makeRoom();
      },
      () => this.#kept.delete(kept),
    );
    return kept.answer;
  }

  #makeRoom(): void {
    let bytes = this.bytes;
    let left = this.#kept.size;
    for (const kept of this.#kept) {
      if (bytes <= keptAnswersBytesLimit || left === 1) return;
      left -= 1;
      if (kept.read === null) continue;
      bytes -= kept.read.frames.length;
      this.#kept.delete(kept);
    }
  }

  get bytes(): number {
    let bytes = 0;
    for (const { read } of this.#kept) bytes += read?.frames.length ?? 0;
    return bytes;
  }

  forget(room: object): void {
    for (const kept of this.#kept) if (kept.room === room) this.#kept.delete(kept);
  }

  tick(): void {
    const nowMs = this.#nowMs();
    for (const kept of this.#kept) if (nowMs - kept.atMs >= answerKeptMs) this.#kept.delete(kept);
  }
}
