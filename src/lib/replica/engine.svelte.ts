/**
 * The engine as components see it: the core's facts behind reactive getters. One counter for each kind of
 * record and each other topic; ten thousand records cost ten thousand plain objects and no proxies.
 */
import type { PersonActor } from '#domain/access.ts';
import type { CommandId, WorkspaceId } from '#domain/ids.ts';
import type { CommandAnswer, CommandSpec, RecordKind, RecordTypes } from '#domain/records.ts';
import type { Instant } from '#domain/time.ts';
import type { Api } from '../api/client.ts';
import type { Drafts } from '../device/drafts.ts';
import type { Exchange } from '../sync/exchange.ts';
import type { Status } from '../sync/status.ts';
import type { EngineContract, NeedsYou, NoteCard, Records, Rooms, SendOptions } from './contract.ts';
import type { Core, Topic } from './core.ts';
import { recordKinds } from './records.ts';

/** Read inside an effect it is depended on; raised when its topic changes. */
class Version {
  #count = $state(0);
  read(): void {
    void this.#count;
  }
  raise(): void {
    this.#count += 1;
  }
}

export interface Leaving {
  (options: { keep: boolean; evenIfWaiting?: boolean }): Promise<void>;
}

/** The person's workspaces on this server. */
export interface Places {
  all(): { workspaceId: WorkspaceId; name: string }[];
  /** From the next start on; the page has to start anew. */
  enter(workspaceId: WorkspaceId): Promise<void>;
  /** What would be lost of the others by leaving this device. */
  waitingElsewhere(): Promise<{ commands: number; documents: number }>;
}

export class Engine implements EngineContract {
  readonly api: Api;
  readonly exchange: Exchange;
  readonly drafts: Drafts;
  readonly workspaceId: WorkspaceId;
  readonly records: Records;
  readonly rooms: Rooms;
  readonly signOut: Leaving;
  readonly places: Places;
  readonly #core: Core;
  // Made here and not when first read: a state made inside a derived value is not one it depends on.
  readonly #versions: Record<Topic, Version>;
  readonly #stop: () => void;

  constructor(core: Core, { places, drafts }: { places: Places; drafts: Drafts }, signOut: Leaving) {
    this.#core = core;
    this.places = places;
    this.api = core.api;
    this.exchange = core.exchange;
    this.drafts = drafts;
    this.workspaceId = core.workspaceId;
    this.signOut = signOut;
    const topics: Topic[] = [...recordKinds, 'status', 'needsYou', 'notes', 'rooms', 'actor'];
    this.#versions = Object.fromEntries(topics.map((topic) => [topic, new Version()])) as Record<
      Topic,
      Version
    >;
    this.#stop = core.listen((changed) => {
      for (const topic of changed) this.#versions[topic].raise();
    });

    const { view } = core;
    const statusChanges = this.#versions.status;
    const reading = <Kind extends RecordKind>(kind: Kind): void => this.#versions[kind].read();
    this.records = {
      all: <Kind extends RecordKind>(kind: Kind): readonly RecordTypes[Kind][] => {
        reading(kind);
        return view.all(kind);
      },
      get: <Kind extends RecordKind>(kind: Kind, id: string): RecordTypes[Kind] | undefined => {
        reading(kind);
        return view.get(kind, id);
      },
      seqOf: (kind, id) => {
        reading(kind);
        return view.seqOf(kind, id);
      },
      isWaiting: (kind, id) => {
        reading(kind);
        return view.isWaiting(kind, id);
      },
      get complete() {
        statusChanges.read();
        return core.isComplete;
      },
    };
    const { rooms } = core;
    this.rooms = {
      ...rooms,
      stateOf: (documentId) => {
        this.#versions.rooms.read();
        return rooms.stateOf(documentId);
      },
    };
  }

  get actor(): PersonActor {
    this.#versions.actor.read();
    return this.#core.actor;
  }

  get online(): boolean {
    this.#versions.status.read();
    return this.#core.online;
  }

  get status(): Status {
    this.#versions.status.read();
    return this.#core.status;
  }

  get needsYou(): readonly NeedsYou[] {
    this.#versions.needsYou.read();
    return this.#core.needsYou;
  }

  get notes(): readonly NoteCard[] {
    this.#versions.notes.read();
    return this.#core.notes;
  }

  send<Name extends string, Input>(
    spec: CommandSpec<Name, Input>,
    input: Input,
    options?: SendOptions,
  ): Promise<CommandId> {
    return this.#core.send(spec, input, options);
  }

  sendNow<Name extends string, Input>(
    spec: CommandSpec<Name, Input>,
    input: Input,
    options?: SendOptions,
  ): Promise<CommandAnswer> {
    return this.#core.sendNow(spec, input, options);
  }

  ask<Result>(question: (api: Api) => Promise<Result>): Promise<Result> {
    return this.#core.ask(question);
  }

  newId(): string {
    return this.#core.newId();
  }

  now(): Instant {
    return this.#core.now();
  }

  refresh(): Promise<void> {
    return this.#core.refresh();
  }

  async close(): Promise<void> {
    this.#stop();
    await this.#core.close();
  }
}
