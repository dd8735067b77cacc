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
import { errorCodeOf } from '#domain/errors.ts';
import { uuidv7 } from '#domain/ids.ts';
import type { CommandId, WorkspaceId } from '#domain/ids.ts';
import type { CommandAnswer, CommandSpec, RecordKind } from '#domain/records.ts';
import { instant } from '#domain/time.ts';
import type { Instant } from '#domain/time.ts';
import { sendCommand } from '../api/client.ts';
import type { Api } from '../api/client.ts';
import type { Environment } from '../device/environment.ts';
import { documentDatabaseName } from '../device/person.ts';
import type { PersonDevice } from '../device/person.ts';
import { changeset } from '../device/rows.ts';
import type { Changeset } from '../device/rows.ts';
import { createTabName } from '../device/tab-name.ts';
import type { TabName } from '../device/tab-name.ts';
import { createTabs } from '../device/tabs.ts';
import type { Tabs } from '../device/tabs.ts';
import { envelopeOf, Outbox } from '../outbox/outbox.ts';
import { createCourier } from '../sync/courier.ts';
import type { Exchange } from '../sync/exchange.ts';
import { createStorageWatch } from '../sync/storage.ts';
import type { StorageWatch } from '../sync/storage.ts';
import { statusOf } from '../sync/status.ts';
import type { Status } from '../sync/status.ts';
import type { NeedsYou, NoteCard, Rooms, SendOptions } from './contract.ts';
import { Conversation } from './conversation.ts';
import type { Identity } from './conversation.ts';
import { createOverlay } from './overlay.ts';
import type { Overlay } from './overlay.ts';
import { createRecordView, recordKinds } from './records.ts';
import type { RecordView } from './records.ts';
import { createRooms, waitingSince } from './rooms.ts';
import { changesOfAnswer } from './truth.ts';

/** What has changed for those who show it. */
export type Topic = RecordKind | 'status' | 'needsYou' | 'notes' | 'rooms' | 'actor';

export interface CoreParts {
  environment: Environment;
  api: Api;
  exchange: Exchange;
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
  readonly exchange: Exchange;
  readonly workspaceId: WorkspaceId;
  readonly view: RecordView;
  readonly rooms: Rooms;
  readonly #parts: CoreParts;
  readonly #tabs: Tabs;
  readonly #tabName: TabName;
  readonly #overlay: Overlay;
  readonly #outbox: Outbox;
  readonly #conversation: Conversation;
  readonly #storage: StorageWatch;
  readonly #listeners = new Set<(topics: Iterable<Topic>) => void>();
  #actor: PersonActor;
  #isClosed = false;

  constructor(parts: CoreParts) {
    const { environment, device, workspaceId, api } = parts;
    const { personId } = parts.actor;
    this.#parts = parts;
    this.api = api;
    this.exchange = parts.exchange;
    this.workspaceId = workspaceId;
    this.#actor = parts.actor;
    this.#tabName = createTabName(this.newId(), environment);
    this.#tabs = createTabs({ device, environment, personId, workspaceId, mayRestore: parts.mayRestore });
    const { memory } = this.#tabs;
    const commit = (decide: () => Changeset) => this.#commit(decide);
    this.#overlay = createOverlay({ memory, workspaceId, actor: () => this.#actor });
    this.view = createRecordView(memory, this.#overlay);
    this.#storage = createStorageWatch(environment.storage, () => this.#tell(['status']));
    this.rooms = createRooms({
      tabs: { memory, commit },
      workspaceId,
      tabName: this.#tabName.name,
      openTabs: () => this.#tabName.openTabs(),
      now: () => this.now(),
    });
    this.#outbox = new Outbox({
      memory,
      overlay: this.#overlay,
      workspaceId,
      commit,
      seqOf: (kind, id) => this.view.seqOf(kind, id),
      newId: () => this.newId(),
      now: () => this.now(),
    });
    this.#conversation = new Conversation({
      environment,
      api,
      personId,
      workspaceId,
      tabs: this.#tabs,
      outbox: this.#outbox,
      commit,
      identify: parts.identify,
      courier: createCourier({
        rooms: this.rooms,
        waiting: () =>
          [...memory.rooms.values()].flatMap(({ documentId, marks }) => {
            const names = Object.keys(marks).filter((name) => name !== this.#tabName.name);
            return names.length > 0 ? [{ documentId, names }] : [];
          }),
        openTabs: () => this.#tabName.openTabs(),
        factory: environment.indexedDB,
        nameOf: (documentId) => documentDatabaseName(personId, documentId),
        exchange: parts.exchange,
        after: (delayMs, work) => environment.after(delayMs, work),
        chance: () => (environment.random(1)[0] ?? 0) / 256,
      }),
      onContact: () => this.#tell(['status']),
      onLeft: () => this.close().then(() => parts.onLeft()),
    });
    this.#tabs.onChange((changes) => this.#onChange(changes));
  }

  /** Reads the device; from then on everything can be read and given, with or without a server. */
  async open(): Promise<void> {
    await this.#tabs.open();
    this.#tabName.hold();
    this.#conversation.open();
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
    return this.#conversation.online;
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
    const row = this.#outbox.prepare(spec, input, options);
    await this.#outbox.give(spec, row);
    if (!this.online) this.#storage.keep();
    return row.commandId;
  }

  /** For commands that make no sense without the server: asked now, answered now, or an error. */
  async sendNow<Name extends string, Input>(
    spec: CommandSpec<Name, Input>,
    input: Input,
    options: SendOptions = {},
  ): Promise<CommandAnswer> {
    const envelope = envelopeOf(this.#outbox.prepare(spec, input, options));
    const answer = await this.ask((api) => sendCommand(api, spec.name, envelope));
    await this.#commit(() => changeset(changesOfAnswer(this.#tabs.memory, this.workspaceId, answer.records)));
    return answer;
  }

  ask<Result>(question: (api: Api) => Promise<Result>): Promise<Result> {
    return this.#conversation.ask(question);
  }

  get needsYou(): readonly NeedsYou[] {
    return this.#outbox.needsYou;
  }

  get notes(): readonly NoteCard[] {
    return this.#outbox.notes;
  }

  get status(): Status {
    return statusOf({
      online: this.online,
      things: this.#outbox.waitingThings((commandId) => this.#conversation.isSending(commandId)),
      refusedCommands: this.#tabs.memory.commands.filter((row) => row.refusal).length,
      storage: this.#storage.state,
      ...this.#conversation.contact,
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
  refresh(): Promise<void> {
    return this.#conversation.refresh();
  }

  /** Tells the other tabs that the person has left, before the database goes. */
  sayLeft(): void {
    this.#tabs.signal({ kind: 'left' });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#tabName.letGo();
    this.#conversation.close();
    await this.#tabs.close();
    this.#parts.device.close();
  }

  // From here on: inside.

  async #commit(decide: () => Changeset): Promise<void> {
    try {
      await this.#tabs.commit(decide);
      this.#storage.wrote();
    } catch (error) {
      if (errorCodeOf(error) === 'device_full') this.#storage.refused();
      throw error;
    }
  }

  #tell(topics: Iterable<Topic>): void {
    for (const listener of this.#listeners) listener(topics);
  }

  #onChange(changes: Changeset | null): void {
    const topics: Topic[] = [...this.view.changed(changes), 'status'];
    if (changes) this.#conversation.noticed(changes);
    if (changes === null || changes.commands.length + changes.commandsGone.length > 0)
      topics.push('needsYou');
    if (changes === null || changes.cards.length + changes.cardsGone.length > 0) topics.push('notes');
    if (changes === null || changes.rooms.length > 0) topics.push('rooms');
    this.#tell(topics);
    this.#conversation.pump();
  }
}
