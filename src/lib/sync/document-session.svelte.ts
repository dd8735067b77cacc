/**
 * One open document: its Y.Doc, its rows on this device, its socket, and the truth about where the text is.
 * Loads from the device first; the socket opens only then, and only when the page says that the server knows
 * the document. A final refusal stops the socket until the page calls `connect` again.
 */
import { untrack } from 'svelte';
import * as decoding from 'lib0/decoding';
import type { Awareness } from 'y-protocols/awareness';
import { readAuthMessage } from 'y-protocols/auth';
import { WebsocketProvider } from 'y-websocket';
import * as Y from 'yjs';
import { textOf } from '#domain/documents/shape.ts';
import { versionText } from '#domain/sync/versions.ts';
import { closeCodes, documentRoom, frameBytesLimit, messageTypes } from '#domain/sync/wire.ts';
import { second } from '#domain/time.ts';
import type { PresenceUser } from '#domain/sync/wire.ts';
import { deleteDatabase } from '../device/connection.ts';
import { documentDatabaseName } from '../device/person.ts';
import type { Rooms } from '../replica/contract.ts';
import { readBundles } from './bundles.ts';
import { deliverText } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import { Ledger, countingSocket } from './ledger.ts';
import { peopleIn } from './presence.ts';
import { openTextStore } from './text-store.ts';
import type { SavedState, TextStore } from './text-store.ts';

/**
 * `opening`: read from the device. `absent`: not on this device, and the server has not sent it yet.
 * `device`: changes that only this device holds. `sending`: the same, on their way. `server`: nothing here
 * that the server has not confirmed as durable.
 */
export type TextPlace = 'opening' | 'absent' | 'device' | 'sending' | 'server';

/** Why the server will not be asked again by itself. */
export type SessionStop = 'sign_in' | 'no_access' | 'not_here' | 'update_app' | 'full' | 'refused';

const stopOf = (code: number): SessionStop => {
  switch (code) {
    case closeCodes.notSignedIn.code:
      return 'sign_in';
    case closeCodes.notAllowed.code:
      return 'no_access';
    case closeCodes.notFound.code:
      return 'not_here';
    case closeCodes.updateApp.code:
      return 'update_app';
    case closeCodes.documentFull.code:
      return 'full';
    default:
      return 'refused';
  }
};

/** How long after a large difference could not be delivered it is tried again. */
export const deliverAgainAfterMs = 5 * second;

/** Marks are cleared this long after the last acknowledgement, so that typing does not write one per key. */
export const clearMarkAfterMs = 400;

export interface SessionOptions {
  documentId: string;
  user: PresenceUser;
  rooms: Rooms;
  /** `wss://host`, without the path. */
  socketUrl: string;
  socket: typeof WebSocket;
  factory: IDBFactory;
  after: (delayMs: number, work: () => void) => () => void;
  /** For a difference that is larger than a frame. */
  exchange: Exchange;
  /** Lower in tests. */
  frameLimit?: number;
  /**
   * The first content of a document made on this device whose command the server has not yet answered: the
   * same bytes as the server will make. Null for all others, whose first content comes from the server.
   */
  seed: Uint8Array | null;
}

export class DocumentSession {
  readonly doc = new Y.Doc();
  readonly awareness: Awareness;

  /** What the device held has been read. */
  isLoaded = $state(false);
  /** There is something to show: a text of any length, or the server's word that it is empty. */
  hasText = $state(false);
  isConnected = $state(false);
  stop = $state<SessionStop | null>(null);
  /** The server took none of this person's changes: they may read, not write. */
  isRefusedToWrite = $state(false);
  saved = $state<SavedState>('saved');
  people = $state.raw<readonly PresenceUser[]>([]);
  /** Changes made in this tab, or found on the device at the start, that are not confirmed. */
  #isUnsent = $state(false);

  readonly #options: SessionOptions;
  readonly #provider: WebsocketProvider;
  readonly #store: TextStore;
  readonly #ledger = new Ledger();
  readonly #seedOrigin = {};
  #coveredSocket: WebSocket | null = null;
  #isCovering = false;
  #marks: Awaited<ReturnType<Rooms['marksOf']>> = {};
  #cancelClear = () => {};
  /** Of this socket's room; null until the server has said it. */
  #epoch: string | null = null;
  /** A difference larger than a frame is on its way, without a socket. */
  #isDelivering = false;
  #isRefusedLarge = false;
  #cancelDelivery = () => {};
  #wantsConnection = false;
  #isClosed = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#provider = new WebsocketProvider(
      `${options.socketUrl}/sync`,
      documentRoom(options.documentId),
      this.doc,
      {
        connect: false,
        params: { ack: '1', bundle: '1', epoch: '1', v: versionText },
        WebSocketPolyfill: countingSocket(options.socket, {
          ledger: this.#ledger,
          frameLimit: options.frameLimit ?? frameBytesLimit,
          onTooLarge: () => this.#onTooLarge(),
        }),
      },
    );
    this.awareness = this.#provider.awareness;
    this.#listen();
    this.#isUnsent = (options.rooms.stateOf(options.documentId)?.waitingSince ?? null) !== null;
    this.#store = openTextStore({
      factory: options.factory,
      name: documentDatabaseName(options.user.id, options.documentId),
      doc: this.doc,
      isFromServer: (origin) => origin === this.#provider || origin === this.#seedOrigin,
      beforeUnsent: async () => {
        // The server may have confirmed it before the device has written it.
        if (this.#isUnsent) await options.rooms.markWaiting(options.documentId);
      },
      onState: (state) => (this.saved = state),
      after: options.after,
    });
    this.#store.loaded.then(
      () => this.#afterLoading(),
      () => undefined,
    );
  }

  place: TextPlace = $derived(
    !this.isLoaded
      ? 'opening'
      : this.#isUnsent
        ? this.isConnected
          ? 'sending'
          : 'device'
        : this.hasText
          ? 'server'
          : 'absent',
  );

  /** Opens the socket once the device's own text is loaded. Also the way on after a final refusal. */
  connect(): void {
    this.#wantsConnection = true;
    this.stop = null;
    if (this.isLoaded && !this.#isClosed && !this.#isDelivering) this.#provider.connect();
  }

  /** The network came back: a socket that died in silence would be waited for half a minute. */
  reconnect(): void {
    if (!this.#wantsConnection || this.stop || !this.isLoaded || this.#isClosed) return;
    this.#isRefusedLarge = false;
    if (this.#isDelivering) return;
    this.#provider.disconnect();
    this.#provider.connect();
  }

  /** Writes what is still to be written, then lets go of everything. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelClear();
    this.#cancelDelivery();
    const isDone = this.#ledger.isComplete && !this.#isUnsent && this.#coveredSocket !== null;
    this.#provider.destroy();
    await this.#store.close();
    if (isDone) await this.#options.rooms.acknowledge(this.#options.documentId, this.#marks, this.#epoch);
    // An interval of presence would otherwise run for ever.
    this.awareness.destroy();
    this.doc.destroy();
  }

  /** Closes and takes the text off this device, what the server refused of it included. */
  async discard(): Promise<void> {
    const { factory, user, documentId, rooms } = this.#options;
    await this.close();
    await deleteDatabase(factory, documentDatabaseName(user.id, documentId));
    await rooms.letGo(documentId);
  }

  #afterLoading(): void {
    if (this.#isClosed) return;
    const { seed } = this.#options;
    if (seed && textOf(this.doc).length === 0) Y.applyUpdate(this.doc, seed, this.#seedOrigin);
    this.hasText ||= textOf(this.doc).length > 0;
    this.isLoaded = true;
    if (this.#wantsConnection) this.#provider.connect();
  }

  #listen(): void {
    const provider = this.#provider;
    provider.messageHandlers[messageTypes.acknowledgement] = (_encoder, decoder) => {
      this.#ledger.acknowledged(decoding.readVarUint(decoder));
      void this.#settle();
    };
    readBundles(provider);
    provider.messageHandlers[messageTypes.epoch] = (_encoder, decoder) => {
      this.#onEpoch(decoding.readVarString(decoder));
    };
    provider.messageHandlers[messageTypes.auth] = (_encoder, decoder) => {
      readAuthMessage(decoder, this.doc, () => this.#onRefused());
    };
    provider.on('status', ({ status }) => {
      this.isConnected = status === 'connected';
      if (status === 'connected') this.isRefusedToWrite = false;
    });
    provider.on('closed', ({ code }) => {
      this.stop = stopOf(code);
      // A login that ended and an app that is too old are said of the whole device.
      if (this.stop !== 'sign_in' && this.stop !== 'update_app') this.#tellRefused();
    });
    provider.on('sync', (isSynced) => {
      if (isSynced) this.hasText = true;
    });
    this.doc.on('update', (_update: Uint8Array, origin: unknown) => {
      this.hasText ||= textOf(this.doc).length > 0;
      const isLocal = origin !== provider && origin !== this.#seedOrigin;
      if (isLocal && this.isLoaded) this.#isUnsent = true;
    });
    this.awareness.setLocalStateField('user', this.#options.user);
    // An editor that is taken off the page says so here while Svelte is at work: not to be heard as a part of it.
    this.awareness.on('change', () => untrack(() => (this.people = peopleIn(this.awareness))));
    this.people = peopleIn(this.awareness);
  }

  #onRefused(): void {
    this.isRefusedToWrite = true;
    this.#tellRefused();
  }

  /** Wherever the person is: what this text holds and the server does not take needs them. */
  #tellRefused(): void {
    if (this.#isUnsent) this.#options.rooms.refuse(this.#options.documentId).catch(() => undefined);
  }

  /** Another epoch than when the server last confirmed this text: it may have lost some of it since. */
  #onEpoch(epoch: string): void {
    this.#epoch = epoch;
    const confirmed = this.#options.rooms.stateOf(this.#options.documentId)?.epoch ?? null;
    if (confirmed === null || confirmed === epoch) return;
    this.#isUnsent = true;
    this.#options.rooms.markWaiting(this.#options.documentId).catch(() => undefined);
  }

  /** No socket takes this difference: it travels by itself, and the socket opens again when it is there. */
  #onTooLarge(): void {
    if (this.#isDelivering || this.#isClosed) return;
    if (this.#isRefusedLarge) {
      // The answer would be the same.
      this.#onRefused();
      return;
    }
    this.#isDelivering = true;
    this.#isUnsent = true;
    // Not from within the provider's own sending.
    queueMicrotask(() => {
      this.#provider.disconnect();
      void this.#deliver();
    });
  }

  async #deliver(): Promise<void> {
    const { exchange, documentId, after } = this.#options;
    const delivery = await deliverText(exchange, documentId, this.doc);
    if (this.#isClosed) return;
    if (delivery.kind === 'later') {
      this.#cancelDelivery = after(deliverAgainAfterMs, () => void this.#deliver());
      return;
    }
    this.#isDelivering = false;
    // Reading goes on; what may not be written stays here.
    this.#isRefusedLarge = delivery.kind === 'denied';
    if (this.#isRefusedLarge) this.#tellRefused();
    if (delivery.kind === 'refused') this.stop = stopOf(delivery.code);
    else if (this.#wantsConnection) this.#provider.connect();
  }

  /** After an acknowledgement: when nothing is left, says so here at once and in the device's marks soon. */
  async #settle(): Promise<void> {
    const socket = this.#provider.ws;
    if (!this.#ledger.isComplete || socket === null || this.#isCovering || this.#isClosed) return;
    if (this.#coveredSocket !== socket) {
      // Once for each socket: rows that a tab wrote before it ended go out too, after the marks were taken.
      this.#isCovering = true;
      try {
        this.#marks = await this.#options.rooms.marksOf(this.#options.documentId);
        await this.#store.readNew();
        this.#coveredSocket = socket;
      } catch {
        // The device does not answer; the marks stay and the next acknowledgement tries again.
        return;
      } finally {
        this.#isCovering = false;
      }
      if (this.#provider.ws !== socket || !this.#ledger.isComplete) return;
    }
    this.#isUnsent = false;
    this.#cancelClear();
    this.#cancelClear = this.#options.after(clearMarkAfterMs, () => {
      if (this.#isUnsent || !this.#ledger.isComplete) return;
      this.#options.rooms
        .acknowledge(this.#options.documentId, this.#marks, this.#epoch)
        .catch(() => undefined);
    });
  }
}
