/**
 * Updates that build on something the room does not have. They wait here for a while, found by what they wait
 * for. What does not come in time is cut in two: what fits goes its way, the rest is set aside, which means that
 * it waits in the log and nobody is sent it. Rule R6 in SPEC.md.
 */
import { gapBytesLimit } from '#domain/sync/wire.ts';
import type { CloseReason } from '#domain/sync/wire.ts';
import { Aside, halvesFor } from './aside.ts';
import type { Half, Halves } from './aside.ts';
import { walkedInThreadFrom } from './digest.ts';
import type { Digest } from './digest.ts';
import { permissionDeniedFrame, step1Frame } from './frames.ts';
import type { Judged, Known } from './known.ts';
import type { WaitingRow } from './log.ts';
import { Ranges } from './ranges.ts';
import type { Member, Sender, Verdict } from './room.ts';
import type { SyncTimings } from './timings.ts';
import { Waiting } from './waiting.ts';
import type { Missing } from './waiting.ts';
import type { Walker } from './walker.ts';

/** Updates of one socket that wait for what they build on. */
export const gapsLimit = 500;

interface Gap {
  bytes: Uint8Array;
  walked: Judged;
  /** `from` is null for one that has been set aside. */
  sender: Sender;
  sinceMs: number;
  stored: (durable: Promise<void>) => void;
}

/** What of one socket waits. */
interface Account {
  bytes: number;
  count: number;
  askedAtMs: number;
}

export interface GapsParts {
  known: Known;
  walker: Walker;
  timings: SyncTimings;
  nowMs: () => number;
  isSeated: (member: Member) => boolean;
  /** Anew, from the beginning. */
  submit: (bytes: Uint8Array, walked: Judged, sender: Sender) => Verdict;
  claimsOf: (clients: Iterable<number>, sender: Sender) => number[] | CloseReason;
  /** To the log, and to nobody else. */
  store: (bytes: Uint8Array, sender: Sender, claims: number[]) => Promise<void>;
  /** Settles when everything handed in before is on disk. */
  lastCommit: () => Promise<void>;
  fail: (error: unknown) => void;
}

export class Gaps {
  readonly #parts: GapsParts;
  readonly #waiting = new Waiting<Gap>();
  readonly #accounts = new Map<Member, Account>();
  readonly #aside = new Aside();
  /** Bytes of what was set aside and is kept here too, to be shared out when it comes true. */
  #asideBytes = 0;
  /** Clients that have moved on since gaps were last closed. */
  #moved = new Set<number>();

  constructor(parts: GapsParts, rows: readonly WaitingRow[]) {
    this.#parts = parts;
    for (const { user, bytes, size, digest } of rows) {
      this.#aside.add(digest, user, size);
      const judged = parts.known.judge(digest);
      if (bytes !== null && judged.verdict === 'gap') this.#keep(bytes, digest, judged.missing, user);
    }
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Clients of which something waits in the log. */
  get clientsAside(): number {
    return this.#aside.clients;
  }

  isAside(client: number): boolean {
    return this.#aside.endOf(client) > 0;
  }

  hold(bytes: Uint8Array, walked: Judged, missing: Missing, sender: Sender): Verdict {
    const { known, nowMs, timings } = this.#parts;
    const { from } = sender;
    if (from === null || !this.#parts.isSeated(from)) return { verdict: 'refused', reason: 'gap' };
    if (this.#aside.clients > 0 && bytes.length < walkedInThreadFrom) {
      const offeredAgain = this.takeOfferedAgain(halvesFor(bytes, known), sender);
      if (offeredAgain !== null) return offeredAgain;
    }
    const account = this.#accounts.get(from) ?? { bytes: 0, count: 0, askedAtMs: -Infinity };
    this.#accounts.set(from, account);
    // Once for each run of gaps: a client that cannot fill it answers every question with the same gap.
    if (account.count === 0 || nowMs() - account.askedAtMs >= timings.gapPatienceMs) {
      account.askedAtMs = nowMs();
      from.send(step1Frame(known.clocks()));
    }
    let stored: Gap['stored'] = () => undefined;
    const durable = new Promise<void>((resolve) => (stored = resolve));
    this.#waiting.add(missing, { bytes, walked, sender, sinceMs: nowMs(), stored });
    account.bytes += bytes.length;
    account.count += 1;
    // So much is not waited for.
    if (account.bytes > gapBytesLimit || account.count > gapsLimit)
      this.#giveUpOn((gap) => gap.sender.from === from);
    return { verdict: 'held', durable };
  }

  /** Something that was set aside, from the same client or another that holds it too: only the rest counts. */
  takeOfferedAgain({ fits, rest }: Halves, sender: Sender): Verdict | null {
    if (rest === null || !this.#aside.covers(rest.digest)) return null;
    if (fits === null) return { verdict: 'known', durable: this.#parts.lastCommit() };
    return this.#parts.submit(fits.bytes, fits.digest, sender);
  }

  /** Of these clients more has come. */
  moved(clients: Iterable<number>): void {
    if (this.#waiting.size > 0) for (const client of clients) this.#moved.add(client);
  }

  /** What was held may fit now, and what fits may let more fit. */
  close(): void {
    while (this.#moved.size > 0) {
      const clients = this.#moved;
      this.#moved = new Set();
      for (const client of clients)
        for (const gap of this.#waiting.take(client, this.#parts.known.clockOf(client))) this.#tryAgain(gap);
    }
  }

  #tryAgain(gap: Gap): void {
    const { bytes, walked, sender, stored } = gap;
    const judged = this.#parts.known.judge(walked);
    if (judged.verdict === 'gap') return this.#waiting.add(judged.missing, gap);
    this.#forget(gap);
    const { from } = sender;
    const verdict = this.#parts.submit(bytes, walked, sender);
    if (verdict.verdict === 'refused') from?.close(verdict.reason);
    else if (verdict.verdict === 'denied') from?.send(permissionDeniedFrame('not_allowed'));
    else stored(verdict.durable);
  }

  /** It waits no longer. */
  #forget({ bytes, sender: { from, user } }: Gap): void {
    if (from === null) {
      this.#asideBytes -= bytes.length;
      return this.#aside.release(user, bytes.length);
    }
    const account = this.#accounts.get(from);
    if (account === undefined) return;
    account.bytes -= bytes.length;
    account.count -= 1;
  }

  leave(member: Member): void {
    if (this.#accounts.delete(member)) this.#waiting.drop(({ sender }) => sender.from === member);
  }

  /** Called every moment: lets go of what has waited too long. */
  tick(nowMs: number): void {
    if (this.#waiting.size > 0)
      this.#giveUpOn(({ sinceMs }) => nowMs - sinceMs >= this.#parts.timings.gapPatienceMs);
  }

  /** These have waited for too long, or too many: what of them fits is stored and sent, the rest set aside. */
  #giveUpOn(which: (gap: Gap) => boolean): void {
    for (const gap of this.#waiting.drop(which)) {
      this.#forget(gap);
      this.#setAside(gap).catch(this.#parts.fail);
    }
  }

  /**
   * The rest goes to the log like anything else and waits there. Its sender is told that it is safe, which it
   * is; nobody is sent it, since nobody could show it. Without this its sender would come back with it for
   * ever, and everything it wrote later would wait behind it.
   */
  async #setAside({ bytes, sender, stored }: Gap): Promise<void> {
    const { from: member } = sender;
    if (member === null) return;
    const { known, walker } = this.#parts;
    let halves: Halves;
    if (bytes.length < walkedInThreadFrom) halves = halvesFor(bytes, known);
    else {
      const cut = await walker.cut(bytes, known.clocks()).catch(() => 'tooLarge' as const);
      // Whoever has left takes along what was not stored.
      if (!this.#parts.isSeated(member)) return;
      if (cut === 'tooLarge') return member.close('tooLarge');
      halves = cut;
    }
    if (!member.canWrite) return member.send(permissionDeniedFrame('not_allowed'));
    const waits: Promise<void>[] = [];
    for (const half of [halves.fits, halves.rest]) {
      if (half === null) continue;
      const judged = known.judge(half.digest);
      const verdict =
        judged.verdict === 'gap'
          ? this.#storeAside(half, judged.missing, sender)
          : this.#parts.submit(half.bytes, half.digest, sender);
      if (verdict.verdict === 'refused') return member.close(verdict.reason);
      if (verdict.verdict === 'denied') return member.send(permissionDeniedFrame('not_allowed'));
      waits.push(verdict.durable);
    }
    stored(Promise.all(waits).then(() => undefined));
  }

  /** What waits must not come true in somebody else's place, nor delete what is still to be written. */
  #storeAside({ bytes, digest }: Half, missing: Missing, sender: Sender): Verdict {
    const aside = this.#aside;
    if (aside.covers(digest)) return { verdict: 'known', durable: this.#parts.lastCommit() };
    const claims = this.#parts.claimsOf(digest.structs.keys(), sender);
    if (typeof claims === 'string') return { verdict: 'refused', reason: claims };
    if (!aside.hasRoomFor(sender.user, bytes.length)) return { verdict: 'refused', reason: 'gap' };
    for (const [client, pairs] of digest.deletes) {
      const brought = digest.structs.get(client)?.at(-1) ?? 0;
      if (Ranges.of(pairs).end > Math.max(this.#parts.known.clockOf(client), aside.endOf(client), brought))
        return { verdict: 'refused', reason: 'gap' };
    }
    this.#parts.known.claim(claims, sender.user);
    aside.add(digest, sender.user, bytes.length);
    this.#keep(bytes, digest, missing, sender.user);
    return { verdict: 'stored', durable: this.#parts.store(bytes, sender, claims) };
  }

  /** What comes true is stored once more, as what it has become, and sent to everyone. */
  #keep(bytes: Uint8Array, walked: Digest, missing: Missing, user: string): void {
    if (this.#asideBytes + bytes.length > gapBytesLimit) return;
    this.#asideBytes += bytes.length;
    // Whose it is was decided when it was set aside.
    const sender = { user, from: null, isAnswer: true };
    this.#waiting.add(missing, { bytes, walked, sender, sinceMs: Infinity, stored: () => undefined });
  }
}
