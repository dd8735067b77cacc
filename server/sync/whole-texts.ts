/**
 * Whole texts, ready to be sent, for those who come together with nothing: they share one, in memory too. Each
 * is kept for a moment, and all rooms' together within a bound: many rooms that are opened one after the other
 * would otherwise cost as much as one with a crowd. Rule R8 in SPEC.md.
 */

/** A text is kept this long, and while the room is not further ahead of it. */
export const wholeKeptMs = 5_000;
export const wholeBehindLimit = 500;
/** Texts of all rooms together; the newest is kept whatever its size. */
export const wholesBytesLimit = 4 * 1024 * 1024;

export interface WholeText {
  /** The last row in it. */
  head: number;
  /** Messages, whole frames, without the one that says "this was all". */
  frames: Buffer;
}

interface Kept {
  atMs: number;
  text: Promise<WholeText>;
  /** Null until it has been read. */
  read: WholeText | null;
}

export class WholeTexts {
  /** By room; the oldest first. */
  readonly #kept = new Map<object, Kept>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** The room's text, not further behind its head than the limit; read when there is none. */
  of(room: object, head: number, read: () => Promise<WholeText>): Promise<WholeText> {
    const found = this.#kept.get(room);
    if (found !== undefined && (found.read === null || head - found.read.head <= wholeBehindLimit))
      return found.text;
    const kept: Kept = { atMs: this.#nowMs(), text: read(), read: null };
    this.#kept.delete(room);
    this.#kept.set(room, kept);
    kept.text.then(
      (text) => {
        kept.read = text;
        this.#makeRoom();
      },
      () => {
        if (this.#kept.get(room) === kept) this.#kept.delete(room);
      },
    );
    return kept.text;
  }

  #makeRoom(): void {
    let bytes = this.bytes;
    let left = this.#kept.size;
    for (const [room, { read }] of this.#kept) {
      if (bytes <= wholesBytesLimit || left === 1) return;
      left -= 1;
      if (read === null) continue;
      bytes -= read.frames.length;
      this.#kept.delete(room);
    }
  }

  get bytes(): number {
    let bytes = 0;
    for (const { read } of this.#kept.values()) bytes += read?.frames.length ?? 0;
    return bytes;
  }

  forget(room: object): void {
    this.#kept.delete(room);
  }

  tick(): void {
    const nowMs = this.#nowMs();
    for (const [room, { atMs }] of this.#kept) if (nowMs - atMs >= wholeKeptMs) this.#kept.delete(room);
  }
}
