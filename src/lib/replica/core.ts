/**
 * The engine without a screen. How data flows:
 *
 * down: the server's change feed → one transaction with its cursor → memory → lists
 * up:   a gesture → guess by the shared rules → durable in the outbox → screen → server → answer and removal
 *       in one transaction → memory → lists
 *
 * The device stores only what the server said; the screen shows that plus the waiting commands. All tabs hold
 * the same; one of them, the leader, talks to the server.
 */
import type { PersonActor } from '#domain/access.ts';
import { commandNamed } from '#domain/commands.ts';
import { DomainError, errorCodeOf } from '#domain/errors.ts';
import { uuidv7 } from '#domain/ids.ts';
import type { CommandId, WorkspaceId } from '#domain/ids.ts';
import type { CommandAnswer, CommandSpec, RecordKind } from '#domain/records.ts';
import { day, instant, minute } from '#domain/time.ts';
import type { Instant } from '#domain/time.ts';
import { askChanges, domainErrorOf, failureOf, sendCommand } from '../api/client.ts';
import type { Api } from '../api/client.ts';
import type { Environment } from '../device/environment.ts';
import type { PersonDevice } from '../device/person.ts';
import { changeset } from '../device/rows.ts';
import type { Changeset, CommandRow } from '../device/rows.ts';
import { createTabs } from '../device/tabs.ts';
import type { Signal, Tabs } from '../device/tabs.ts';
import { delayBefore } from '../outbox/backoff.ts';
import { electLeader, silenceLimitMs } from '../outbox/leader.ts';
import type { Leadership } from '../outbox/leader.ts';
import { behind, standings } from '../outbox/order.ts';
import { createSender } from '../outbox/sender.ts';
import type { Sender } from '../outbox/sender.ts';
import { createStorageWatch } from '../sync/storage.ts';
import type { StorageWatch } from '../sync/storage.ts';
import { statusOf } from '../sync/status.ts';
import type { Status, WaitingThing } from '../sync/status.ts';
import type { NeedsYou, NoteCard, Rooms, SendOptions } from './contract.ts';
import { createFeed } from './feed.ts';
import type { Feed } from './feed.ts';
import { createLive } from './live.ts';
import type { Live } from './live.ts';
import { createOverlay } from './overlay.ts';
import type { Overlay } from './overlay.ts';
import { createRecordView, recordKinds } from './records.ts';
import type { RecordView } from './records.ts';
import { createRooms, waitingSince } from './rooms.ts';
import { changesOfAnswer } from './truth.ts';

/** Commands that may wait on one device; beyond it the person is asked to go online first. */
export const outboxLimit = 5_000;
/** How long accepted commands are kept, to be offered again to a server restored from a backup. */
export const sentKeptMs = 7 * day;
/** How often a visible page reads the feed although nothing was announced. */
export const slowReadMs = 1 * minute;

/** What has changed for those who show it. */
export type Topic = RecordKind | 'status' | 'needsYou' | 'notes' | 'rooms' | 'actor';

/** Who the server says is signed in, compared with whose engine this is. */
export type Identity = 'same' | 'other' | 'nobody';

export interface CoreParts {
  environment: Environment;
  api: Api;
  device: PersonDevice;
  actor: PersonActor;
  workspaceId: WorkspaceId;
  /** Asks the server; throws when it cannot be reached. Commands of one person must not go out as another. */
  identify: () => Promise<Identity>;
  mayRestore: () => Promise<boolean>;
  /** Somebody else is signed in, or another tab signed out: this engine has closed itself. */
  onLeft: () => void;
}

const everyTopic: readonly Topic[] = [...recordKinds, 'status', 'needsYou', 'notes', 'rooms', 'actor'];

export class Core {
  readonly api: Api;
  readonly workspaceId: WorkspaceId;
  readonly view: RecordView;
  readonly rooms: Rooms;
  readonly #parts: CoreParts;
  readonly #tabs: Tabs;
  readonly #overlay: Overlay;
  readonly #sender: Sender;
  readonly #feed: Feed;
  readonly #live: Live;
  readonly #storage: StorageWatch;
  readonly #tabName: string;
  readonly #listeners = new Set<(topics: Iterable<Topic>) => void>();
  readonly #cancels = new Set<() => void>();
  readonly #ending = new AbortController();
  #leadership: Leadership | null = null;
  #actor: PersonActor;
  #isIdentified = false;
  #conversing: Promise<void> | null = null;
  #isReached: boolean | null = null;
  #signInNeeded = false;
  #updateNeeded = false;
  #confirmedAt: Instant | null = null;
  #readFailures = 0;
  #heardAt = 0;
  #isClosed = false;

  constructor(parts: CoreParts) {
    const { environment, device, workspaceId } = parts;
    this.#parts = parts;
    this.api = parts.api;
    this.workspaceId = workspaceId;
    this.#actor = parts.actor;
    this.#tabName = this.newId();
    this.#tabs = createTabs({
      device,
      environment,
      personId: parts.actor.personId,
      workspaceId,
      mayRestore: parts.mayRestore,
    });
    const { memory } = this.#tabs;
    this.#overlay = createOverlay({ memory, workspaceId, actor: () => this.#actor });
    this.view = createRecordView(memory, this.#overlay);
    this.#storage = createStorageWatch(environment.storage, () => this.#tell(['status']));
    this.rooms = createRooms({
      tabs: { memory, commit: (decide) => this.#commit(decide) },
      workspaceId,
      tabName: this.#tabName,
      openTabs: () => this.#openTabs(),
      now: () => this.now(),
    });
    this.#sender = createSender({
      commands: () => memory.commands,
      send: (row) => sendCommand(this.api, row.name, envelopeOf(row)),
      accept: (row, answer) => this.#accept(row, answer),
      refuse: (row, code, details) =>
        this.#commit(() =>
          memory.commands.some(({ commandId }) => commandId === row.commandId)
            ? changeset({ commands: [{ ...row, refusal: { code, details, at: this.now() } }] })
            : changeset({}),
        ),
      onContact: (isReached) => this.#onContact(isReached),
      onPause: (reason) => this.#onPause(reason),
      after: (delayMs, work) => environment.after(delayMs, work),
      chance: () => this.#chance(),
    });
    this.#feed = createFeed({
      memory,
      workspaceId,
      ask: (cursor) => askChanges(this.api, workspaceId, cursor),
      commit: (decide) => this.#commit(decide),
      onRead: (more) => this.#onRead(more),
      onRestart: () => void this.#identify().catch((error: unknown) => this.#onReadFailure(error)),
      onFailure: (error) => this.#onReadFailure(error),
      reoffer: () => this.#reoffer(),
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
    this.#tabs.onChange((changes) => this.#onChange(changes));
    this.#tabs.onSignal((signal) => this.#onSignal(signal));
  }

  /** Reads the device; from then on everything can be read and given, with or without a server. */
  async open(): Promise<void> {
    const { environment } = this.#parts;
    await this.#tabs.open();
    this.#holdTabName();
    this.#cancels.add(environment.page.listen(() => this.#onPage()));
    this.#leadership = electLeader({
      locks: environment.locks,
      name: `stoa-${this.#actor.personId}-${this.workspaceId}`,
      onChange: (isLeader) => this.#onLeadership(isLeader),
    });
    this.#tabs.signal({ kind: 'hello' });
    this.#readSlowly();
    void this.#storage.look();
  }

  get actor(): PersonActor {
    return this.#actor;
  }

  /** What the server says about the person now: name, grants. */
  setActor(actor: PersonActor): void {
    this.#actor = actor;
    this.#overlay.invalidate();
    this.view.changed(null);
    this.#tell(everyTopic);
  }

  get online(): boolean {
    return this.#parts.environment.page.isOnline() && this.#isReached !== false;
  }

  get isComplete(): boolean {
    return this.#tabs.memory.cursor?.complete ?? false;
  }

  now(): Instant {
    return instant(this.#parts.environment.now());
  }

  newId(): string {
    const { environment } = this.#parts;
    return uuidv7(environment.now(), environment.random(10));
  }

  /** Says what changed after every change. Returns the way to stop. */
  listen(listener: (topics: Iterable<Topic>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async send<Name extends string, Input>(
    spec: CommandSpec<Name, Input>,
    input: Input,
    options: SendOptions = {},
  ): Promise<CommandId> {
    if (!spec.guess) throw new RangeError(`${spec.name} needs the server: use sendNow`);
    const row = this.#rowOf(spec, input, options);
    const { memory } = this.#tabs;
    await this.#commit(() => {
      // A connection that broke after its commit makes this run twice.
      if (memory.commands.some(({ commandId }) => commandId === row.commandId)) return changeset({});
      if (memory.commands.length >= outboxLimit) throw new DomainError('outbox_full', { limit: outboxLimit });
      this.#overlay.guess(spec as CommandSpec<string, unknown>, row.input, {
        commandId: row.commandId,
        at: row.occurredAt,
      });
      const order = memory.order + 1;
      return changeset({ order, commands: [{ ...row, order, baseSeq: this.#seqOf(row.base) }] });
    });
    if (!this.online) this.#storage.keep();
    return row.commandId;
  }

  /** For commands that make no sense without the server: asked now, answered now, or an error. */
  async sendNow<Name extends string, Input>(
    spec: CommandSpec<Name, Input>,
    input: Input,
    options: SendOptions = {},
  ): Promise<CommandAnswer> {
    const row = this.#rowOf(spec, input, options);
    const envelope = envelopeOf({ ...row, baseSeq: this.#seqOf(row.base) });
    const answer = await this.ask((api) => sendCommand(api, spec.name, envelope));
    await this.#commit(() => changeset(changesOfAnswer(this.#tabs.memory, this.workspaceId, answer.records)));
    return answer;
  }

  async ask<Result>(question: (api: Api) => Promise<Result>): Promise<Result> {
    try {
      const result = await question(this.api);
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

  get needsYou(): readonly NeedsYou[] {
    const { commands } = this.#tabs.memory;
    return commands.flatMap((row): NeedsYou[] => {
      if (!row.refusal) return [];
      const { code, details, at } = row.refusal;
      return [
        {
          commandId: row.commandId,
          name: row.name,
          aggregate: row.aggregate,
          input: row.input,
          code,
          details,
          occurredAt: row.occurredAt,
          refusedAt: at,
          later: behind(commands, row).length,
          retry: (input) => this.#retry(row.commandId, input),
          discard: (options) => this.#discard(row.commandId, options?.withLater ?? false),
        },
      ];
    });
  }

  get notes(): readonly NoteCard[] {
    return [...this.#tabs.memory.cards.values()]
      .sort((a, b) => (a.at < b.at ? 1 : -1))
      .map(({ id, note, commandName, at }) => ({
        id,
        note,
        commandName,
        at,
        dismiss: () => this.#commit(() => changeset({ cardsGone: [id] })),
      }));
  }

  get status(): Status {
    return statusOf({
      online: this.online,
      things: this.#waitingThings(),
      needsYou: this.#tabs.memory.commands.filter((row) => row.refusal).length,
      signInNeeded: this.#signInNeeded,
      updateNeeded: this.#updateNeeded,
      storage: this.#storage.state,
      confirmedAt: this.#confirmedAt,
    });
  }

  /** Number of commands and of documents whose changes only this device has. */
  get unsent(): { commands: number; documents: number } {
    const { commands, rooms } = this.#tabs.memory;
    return {
      commands: commands.length,
      documents: [...rooms.values()].filter((row) => waitingSince(row) !== null).length,
    };
  }

  /** Looks at everything now; resolves when the feed was read and nothing is on its way. */
  async refresh(): Promise<void> {
    await this.#tabs.catchUp();
    if (!this.#leadership?.isLeader) return this.#tabs.signal({ kind: 'wake' });
    await this.#converse();
    await this.#feed.read();
    await this.#sender.settled();
  }

  /** Tells the other tabs that the person has left, before the database goes. */
  sayLeft(): void {
    this.#tabs.signal({ kind: 'left' });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#ending.abort();
    this.#sender.stop();
    this.#feed.stop();
    this.#live.stop();
    this.#leadership?.close();
    for (const cancel of this.#cancels) cancel();
    await this.#tabs.close();
    this.#parts.device.close();
  }

  // From here on: inside.

  #rowOf<Name extends string, Input>(spec: CommandSpec<Name, Input>, input: Input, options: SendOptions) {
    const parsed = spec.input.safeParse(input);
    if (!parsed.success) throw new DomainError('bad_input');
    const row: CommandRow = {
      commandId: this.newId() as CommandId,
      workspaceId: this.workspaceId,
      order: 0,
      name: spec.name,
      aggregate: spec.aggregate(parsed.data),
      input: parsed.data,
      base: options.baseSeqOf ?? null,
      baseSeq: null,
      occurredAt: this.now(),
      refusal: null,
    };
    return row;
  }

  #seqOf(base: CommandRow['base']): number | null {
    return base ? this.view.seqOf(base.kind, base.id) : null;
  }

  async #commit(decide: () => Changeset): Promise<void> {
    try {
      await this.#tabs.commit(decide);
      this.#storage.wrote();
    } catch (error) {
      if (errorCodeOf(error) === 'device_full') this.#storage.refused();
      throw error;
    }
  }

  #accept(row: CommandRow, answer: CommandAnswer): Promise<void> {
    const { memory } = this.#tabs;
    const at = this.now();
    this.#confirmedAt = at;
    return this.#commit(() => {
      const keptFrom = instant(this.#parts.environment.now() - sentKeptMs);
      return changeset({
        ...changesOfAnswer(memory, this.workspaceId, answer.records),
        commandsGone: [row.commandId],
        sent: [{ commandId: row.commandId, workspaceId: this.workspaceId, confirmedAt: at, row }],
        sentGone: [...memory.sent.values()]
          .filter((sent) => sent.confirmedAt < keptFrom)
          .map((sent) => sent.commandId),
        cards: answer.notes.map((note, index) => ({
          id: `${row.commandId}/${index}`,
          workspaceId: this.workspaceId,
          note,
          commandName: row.name,
          at,
        })),
      });
    });
  }

  /** The server was restored: what it accepted in the last days goes back to the head of the outbox. */
  #reoffer(): Partial<Changeset> {
    const sent = [...this.#tabs.memory.sent.values()];
    return { commands: sent.map(({ row }) => row), sentGone: sent.map(({ commandId }) => commandId) };
  }

  async #retry(commandId: CommandId, input: unknown): Promise<CommandId> {
    const { memory } = this.#tabs;
    const again = this.newId() as CommandId;
    await this.#commit(() => {
      const row = memory.commands.find((one) => one.commandId === commandId);
      if (!row?.refusal) return changeset({});
      const parsed = commandNamed(row.name)?.input.safeParse(input ?? row.input);
      if (!parsed?.success) throw new DomainError('bad_input');
      const fresh: CommandRow = {
        ...row,
        commandId: again,
        input: parsed.data,
        baseSeq: this.#seqOf(row.base),
        occurredAt: this.now(),
        refusal: null,
      };
      return changeset({ commandsGone: [commandId], commands: [fresh] });
    });
    return again;
  }

  #discard(commandId: CommandId, withLater: boolean): Promise<void> {
    const { memory } = this.#tabs;
    return this.#commit(() => {
      const row = memory.commands.find((one) => one.commandId === commandId);
      if (!row?.refusal) return changeset({});
      const later = withLater ? behind(memory.commands, row) : [];
      return changeset({ commandsGone: [row, ...later].map((one) => one.commandId) });
    });
  }

  #waitingThings(): WaitingThing[] {
    const { commands, rooms } = this.#tabs.memory;
    const things = standings(commands).flatMap(({ row, standing }): WaitingThing[] => {
      if (standing === 'refused') return [];
      const state =
        commandNamed(row.name) === undefined
          ? 'needs_update'
          : standing === 'held'
            ? 'held'
            : this.#sender.isSending(row.commandId)
              ? 'sending'
              : 'waiting';
      const { commandId, name, aggregate, occurredAt } = row;
      return [{ kind: 'command', id: commandId, name, about: aggregate, since: occurredAt, state }];
    });
    for (const row of rooms.values()) {
      const since = waitingSince(row);
      const about = `document/${row.documentId}`;
      if (since)
        things.push({
          kind: 'document',
          id: row.documentId,
          name: 'document',
          about,
          since,
          state: 'waiting',
        });
    }
    return things;
  }

  #tell(topics: Iterable<Topic>): void {
    for (const listener of this.#listeners) listener(topics);
  }

  #onChange(changes: Changeset | null): void {
    const topics: Topic[] = [...this.view.changed(changes), 'status'];
    if (changes) this.#feed.noticed(changes);
    if (changes === null || changes.commands.length + changes.commandsGone.length > 0)
      topics.push('needsYou');
    if (changes === null || changes.cards.length + changes.cardsGone.length > 0) topics.push('notes');
    if (changes === null || changes.rooms.length > 0) topics.push('rooms');
    this.#tell(topics);
    this.#sender.pump();
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
    if (reason === 'sign_in') this.#isIdentified = false;
    if (reason === 'sign_in' ? this.#signInNeeded : this.#updateNeeded) return;
    if (reason === 'sign_in') this.#signInNeeded = true;
    else this.#updateNeeded = true;
    this.#tellContact();
  }

  #tellContact(): void {
    this.#tell(['status']);
    if (!this.#leadership?.isLeader) return;
    this.#tabs.signal({
      kind: 'contact',
      online: this.#isReached !== false,
      signInNeeded: this.#signInNeeded,
      updateNeeded: this.#updateNeeded,
      at: this.#confirmedAt,
    });
  }

  #onSignal(signal: Signal): void {
    if (this.#isClosed) return;
    if (signal.kind === 'left') {
      void this.close().then(() => this.#parts.onLeft());
    } else if (signal.kind === 'contact') {
      this.#heardAt = this.#parts.environment.now();
      if (this.#leadership?.isLeader) return;
      this.#isReached = signal.online;
      this.#signInNeeded = signal.signInNeeded;
      this.#updateNeeded = signal.updateNeeded;
      this.#confirmedAt = signal.at;
      this.#tell(['status']);
    } else if (this.#leadership?.isLeader) {
      this.#tellContact();
      if (signal.kind === 'wake') this.#wake();
    }
  }

  #onLeadership(isLeader: boolean): void {
    if (this.#isClosed) return;
    if (isLeader) {
      void this.#tabs
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
    if (identity === 'other') {
      await this.close();
      return this.#parts.onLeft();
    }
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
    this.#readFailures = 0;
    const wasPaused = this.#signInNeeded || this.#updateNeeded;
    this.#signInNeeded = false;
    this.#updateNeeded = false;
    this.#onContact(true);
    if (wasPaused) {
      this.#sender.hurry();
      this.#tellContact();
    }
    if (more) return;
    this.#live.ensure();
    if (this.#tabs.memory.commands.length === 0) {
      this.#confirmedAt = this.now();
      this.#tell(['status']);
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
    this.#tell(['status']);
    const { page } = this.#parts.environment;
    if (!page.isVisible() && !page.isOnline()) return;
    void this.#tabs.catchUp().catch(() => undefined);
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
    this.#tabs.signal({ kind: 'wake' });
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
    else this.#tabs.signal({ kind: 'hello' });
  }

  #later(delayMs: number, work: () => void): void {
    if (this.#isClosed) return;
    const cancel = this.#parts.environment.after(delayMs, () => {
      this.#cancels.delete(cancel);
      if (!this.#isClosed) work();
    });
    this.#cancels.add(cancel);
  }

  #chance(): number {
    return (this.#parts.environment.random(1)[0] ?? 0) / 256;
  }

  #holdTabName(): void {
    const { locks } = this.#parts.environment;
    const ended = new Promise<void>((resolve) => {
      this.#ending.signal.addEventListener('abort', () => resolve());
    });
    void locks?.request(tabLock(this.#tabName), () => ended).catch(() => undefined);
  }

  async #openTabs(): Promise<ReadonlySet<string>> {
    const { locks } = this.#parts.environment;
    if (!locks) return new Set([this.#tabName]);
    const { held } = await locks.query();
    const prefix = tabLock('');
    return new Set(
      (held ?? []).flatMap(({ name }) => (name?.startsWith(prefix) ? [name.slice(prefix.length)] : [])),
    );
  }
}

const tabLock = (tabName: string): string => `stoa-tab-${tabName}`;

const envelopeOf = ({ commandId, workspaceId, baseSeq, occurredAt, input }: CommandRow) => ({
  commandId,
  workspaceId,
  baseSeq,
  occurredAt,
  input,
});
