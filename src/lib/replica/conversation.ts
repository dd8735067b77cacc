/**
 * The talk with the server: one tab, the leader, does it, once it is sure who is signed in. It sends what
 * waits in the outbox, reads the change feed, and tells the other tabs what it learnt of the server; a tab
 * that looks at the screen and hears nothing takes the lead over.
 */
import { errorCodeOf } from '#domain/errors.ts';
import type { PersonId, WorkspaceId } from '#domain/ids.ts';
import type { CommandAnswer } from '#domain/records.ts';
import { instant, minute } from '#domain/time.ts';
import type { Instant } from '#domain/time.ts';
import { askChanges, domainErrorOf, failureOf, sendCommand } from '../api/client.ts';
import type { Api } from '../api/client.ts';
import type { Environment } from '../device/environment.ts';
import type { Changeset, CommandRow } from '../device/rows.ts';
import type { Signal, Tabs } from '../device/tabs.ts';
import { delayBefore } from '../outbox/backoff.ts';
import { electLeader, silenceLimitMs } from '../outbox/leader.ts';
import type { Leadership } from '../outbox/leader.ts';
import { envelopeOf } from '../outbox/outbox.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { createSender } from '../outbox/sender.ts';
import type { Sender } from '../outbox/sender.ts';
import type { Courier } from '../sync/courier.ts';
import { createFeed } from './feed.ts';
import type { Feed } from './feed.ts';
import { createLive } from './live.ts';
import type { Live } from './live.ts';

/** How often a visible page reads the feed although nothing was announced. */
export const slowReadMs = 1 * minute;

/** Who the server says is signed in, compared with whose engine this is. */
export type Identity = 'same' | 'other' | 'nobody';

export interface ConversationParts {
  environment: Environment;
  api: Api;
  personId: PersonId;
  workspaceId: WorkspaceId;
  tabs: Tabs;
  outbox: Outbox;
  commit: (decide: () => Changeset) => Promise<void>;
  /** Asks the server; throws when it cannot be reached. Commands of one person must not go out as another. */
  identify: () => Promise<Identity>;
  courier: Courier;
  /** What `contact` or `online` say has changed. */
  onContact: () => void;
  /** Somebody else is signed in, or another tab signed out. */
  onLeft: () => Promise<void>;
}

/** What is known of the server. */
export interface Contact {
  signInNeeded: boolean;
  updateNeeded: boolean;
  /** When the server last said that it has everything. */
  confirmedAt: Instant | null;
}

export class Conversation {
  readonly #parts: ConversationParts;
  readonly #sender: Sender;
  readonly #feed: Feed;
  readonly #live: Live;
  readonly #cancels = new Set<() => void>();
  #leadership: Leadership | null = null;
  #isIdentified = false;
  #conversing: Promise<void> | null = null;
  #isReached: boolean | null = null;
  readonly #contact: Contact = { signInNeeded: false, updateNeeded: false, confirmedAt: null };
  #readFailures = 0;
  #heardAt = 0;
  #isClosed = false;

  constructor(parts: ConversationParts) {
    const { environment, workspaceId, tabs, outbox, commit, api } = parts;
    const { memory } = tabs;
    this.#parts = parts;
    this.#sender = createSender({
      commands: () => memory.commands,
      send: (row) => sendCommand(api, row.name, envelopeOf(row)),
      accept: (row, answer) => this.#accept(row, answer),
      refuse: (row, code, details) => outbox.refuse(row, code, details),
      onContact: (isReached) => this.#onContact(isReached),
      onPause: (reason) => this.#onPause(reason),
      after: (delayMs, work) => environment.after(delayMs, work),
      chance: () => this.#chance(),
    });
    this.#feed = createFeed({
      memory,
      workspaceId,
      ask: (cursor) => askChanges(api, workspaceId, cursor),
      commit,
      onRead: (more) => this.#onRead(more),
      onRestart: () => void this.#identify().catch((error: unknown) => this.#onReadFailure(error)),
      onFailure: (error) => this.#onReadFailure(error),
      reoffer: () => outbox.reoffer(),
    });
    this.#live = createLive({
      environment,
      workspaceId,
      onHint: () => this.#read(),
      onFinal: (code) => {
        if (code === 4401) this.#onSessionEnded();
        if (code === 4426) this.#onPause('update_app');
      },
    });
    tabs.onSignal((signal) => this.#onSignal(signal));
  }

  /** Begins to listen to page and tabs, and to talk once this tab leads. */
  open(): void {
    const { environment, personId, workspaceId, tabs } = this.#parts;
    this.#cancels.add(environment.page.listen(() => this.#onPage()));
    this.#leadership = electLeader({
      locks: environment.locks,
      name: `stoa-${personId}-${workspaceId}`,
      onChange: (isLeader) => this.#onLeadership(isLeader),
    });
    tabs.signal({ kind: 'hello' });
    this.#readSlowly();
  }

  get online(): boolean {
    return this.#parts.environment.page.isOnline() && this.#isReached !== false;
  }

  get contact(): Readonly<Contact> {
    return this.#contact;
  }

  isSending(commandId: string): boolean {
    return this.#sender.isSending(commandId);
  }

  /** Other tabs and answers brought this while the feed was read. */
  noticed(changes: Changeset): void {
    this.#feed.noticed(changes);
  }

  /** Looks what can leave. */
  pump(): void {
    this.#sender.pump();
  }

  async ask<Result>(question: (api: Api) => Promise<Result>): Promise<Result> {
    try {
      const result = await question(this.#parts.api);
      this.#onContact(true);
      return result;
    } catch (error) {
      if (errorCodeOf(error)) throw error;
      const failure = failureOf(error);
      this.#onContact(failure.kind !== 'unreachable');
      if (failure.kind === 'refused' && failure.code === 'not_signed_in') this.#onPause('sign_in');
      throw domainErrorOf(error);
    }
  }

  /** Looks at everything now; resolves when the feed was read and nothing is on its way. */
  async refresh(): Promise<void> {
    await this.#parts.tabs.catchUp();
    if (!this.#leadership?.isLeader) return this.#parts.tabs.signal({ kind: 'wake' });
    await this.#converse();
    await this.#feed.read();
    await this.#sender.settled();
  }

  close(): void {
    this.#isClosed = true;
    this.#sender.stop();
    this.#feed.stop();
    this.#live.stop();
    this.#parts.courier.stop();
    this.#leadership?.close();
    for (const cancel of this.#cancels) cancel();
  }

  // From here on: inside.

  #accept(row: CommandRow, answer: CommandAnswer): Promise<void> {
    const at = this.#now();
    this.#contact.confirmedAt = at;
    return this.#parts.outbox.accept(row, answer, at);
  }

  #onContact(isReached: boolean): void {
    if (this.#isReached === isReached) return;
    const isBack = this.#isReached === false && isReached;
    this.#isReached = isReached;
    this.#tellContact();
    if (isBack && this.#leadership?.isLeader) this.#sender.hurry();
  }

  /** A changed password closes the sockets of this browser too, which has a new session by then: ask once. */
  #onSessionEnded(): void {
    this.#onPause('sign_in');
    this.#later(delayBefore(1, this.#chance()), () => this.#read());
  }

  #onPause(reason: 'sign_in' | 'update_app'): void {
    const contact = this.#contact;
    if (reason === 'sign_in') this.#isIdentified = false;
    if (reason === 'sign_in' ? contact.signInNeeded : contact.updateNeeded) return;
    if (reason === 'sign_in') contact.signInNeeded = true;
    else contact.updateNeeded = true;
    this.#tellContact();
  }

  #tellContact(): void {
    this.#parts.onContact();
    if (!this.#leadership?.isLeader) return;
    const { signInNeeded, updateNeeded, confirmedAt } = this.#contact;
    this.#parts.tabs.signal({
      kind: 'contact',
      online: this.#isReached !== false,
      signInNeeded,
      updateNeeded,
      at: confirmedAt,
    });
  }

  #onSignal(signal: Signal): void {
    if (this.#isClosed) return;
    if (signal.kind === 'left') {
      void this.#parts.onLeft();
    } else if (signal.kind === 'contact') {
      this.#heardAt = this.#parts.environment.now();
      if (this.#leadership?.isLeader) return;
      const { online, signInNeeded, updateNeeded, at } = signal;
      this.#isReached = online;
      Object.assign(this.#contact, { signInNeeded, updateNeeded, confirmedAt: at });
      this.#parts.onContact();
    } else if (this.#leadership?.isLeader) {
      this.#tellContact();
      if (signal.kind === 'wake') this.#wake();
    }
  }

  #onLeadership(isLeader: boolean): void {
    if (this.#isClosed) return;
    if (isLeader) {
      void this.#parts.tabs
        .catchUp()
        .catch(() => undefined)
        .then(() => this.#converse());
    } else {
      this.#sender.stop();
      this.#live.stop();
      this.#isIdentified = false;
    }
  }

  /** Begins, or goes on, to talk with the server, once it is sure who is signed in. */
  #converse(): Promise<void> {
    this.#conversing ??= this.#identifyAndTalk().finally(() => {
      this.#conversing = null;
    });
    return this.#conversing;
  }

  async #identifyAndTalk(): Promise<void> {
    if (!this.#mayTalk) return;
    if (!this.#isIdentified) {
      try {
        await this.#identify();
      } catch (error) {
        return this.#onReadFailure(error);
      }
    }
    if (!this.#mayTalk || !this.#isIdentified) return;
    this.#sender.start();
    this.#live.start();
    this.#read();
  }

  async #identify(): Promise<void> {
    const identity = await this.#parts.identify();
    if (identity === 'nobody') return this.#onPause('sign_in');
    if (identity === 'other') return this.#parts.onLeft();
    this.#isIdentified = true;
  }

  get #mayTalk(): boolean {
    return !this.#isClosed && (this.#leadership?.isLeader ?? false);
  }

  #read(): void {
    if (!this.#mayTalk) return;
    if (this.#isIdentified) void this.#feed.read();
    else void this.#converse();
  }

  #onRead(more: boolean): void {
    const contact = this.#contact;
    this.#readFailures = 0;
    const wasPaused = contact.signInNeeded || contact.updateNeeded;
    contact.signInNeeded = false;
    contact.updateNeeded = false;
    this.#onContact(true);
    if (wasPaused) {
      this.#sender.hurry();
      this.#tellContact();
    }
    if (more) return;
    // Documents made on this device are known to the server by now, and so is who may write in them.
    void this.#parts.courier.round();
    this.#live.ensure();
    if (this.#parts.tabs.memory.commands.length === 0) {
      contact.confirmedAt = this.#now();
      this.#parts.onContact();
    }
  }

  #onReadFailure(error: unknown): void {
    if (this.#isClosed) return;
    const failure = failureOf(error);
    this.#onContact(failure.kind !== 'unreachable');
    if (failure.kind === 'refused' && failure.code === 'not_signed_in') return this.#onPause('sign_in');
    if (failure.kind === 'refused' && failure.code === 'update_app') return this.#onPause('update_app');
    this.#readFailures += 1;
    this.#later(delayBefore(this.#readFailures, this.#chance()), () => this.#read());
  }

  #onPage(): void {
    if (this.#isClosed) return;
    this.#parts.onContact();
    const { page } = this.#parts.environment;
    if (!page.isVisible() && !page.isOnline()) return;
    void this.#parts.tabs.catchUp().catch(() => undefined);
    this.#wake();
  }

  /** The network, the session or the app may be good again. */
  #wake(): void {
    if (this.#leadership?.isLeader) {
      this.#sender.hurry();
      this.#live.hurry();
      this.#read();
      return;
    }
    const asked = this.#parts.environment.now();
    this.#parts.tabs.signal({ kind: 'wake' });
    this.#later(silenceLimitMs, () => {
      const isSilent = this.#heardAt < asked && this.#parts.environment.page.isVisible();
      if (isSilent) this.#leadership?.takeOver();
    });
  }

  #readSlowly(): void {
    this.#later(slowReadMs, () => {
      if (this.#parts.environment.page.isVisible()) this.#wakeGently();
      this.#readSlowly();
    });
  }

  /** By the clock: without making a resting outbox hurry. */
  #wakeGently(): void {
    if (this.#leadership?.isLeader) this.#read();
    else this.#parts.tabs.signal({ kind: 'hello' });
  }

  #later(delayMs: number, work: () => void): void {
    if (this.#isClosed) return;
    const cancel = this.#parts.environment.after(delayMs, () => {
      this.#cancels.delete(cancel);
      if (!this.#isClosed) work();
    });
    this.#cancels.add(cancel);
  }

  #now(): Instant {
    return instant(this.#parts.environment.now());
  }

  #chance(): number {
    return (this.#parts.environment.random(1)[0] ?? 0) / 256;
  }
}
