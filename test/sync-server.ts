/** What a test of the sync server stands on: one server for the tests of a file, a room of its own for each. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import * as Y from 'yjs';
import type { DocumentId } from '#domain/ids.ts';
import { documentRoom, messageTypes } from '#domain/sync/wire.ts';
import { documentId, rawClient, startHarness, stockClient, until } from './fuzz/sync-harness.ts';
import type { Harness, HarnessOptions, Raw, Stock, StockOptions } from './fuzz/sync-harness.ts';

export interface SyncServer {
  /** The server of this test: the file's own, unless the test starts one with options of its own. */
  readonly harness: Harness;
  readonly room: DocumentId;
  /** Where a server that this test starts keeps its log. */
  readonly file: string;
  start: (options?: Partial<HarnessOptions>) => Promise<void>;
  /** With a token, or with what the options say. */
  stock: (token: string | null, options?: StockOptions) => Stock;
  raw: (path: string, headers?: Record<string, string>) => Promise<Raw>;
  rawIn: (token: string, query?: string) => Promise<Raw>;
  /** What the log holds of the test's room. */
  logText: () => Promise<string>;
}

/** Call it once at the head of a test file. Every client made through it leaves with its test. */
export function useSyncServer(): SyncServer {
  let folder: string;
  let harness: Harness;
  let shared: Harness;
  let leaving: (() => void)[] = [];
  let room = documentId(0);
  let rooms = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stoa-sync-'));
    shared = await startHarness({
      file: join(folder, 'log.db'),
      timings: { gapPatienceMs: 200, tickMs: 20 },
    });
  });
  beforeEach(() => {
    harness = shared;
    rooms += 1;
    room = documentId(rooms);
  });
  afterEach(async () => {
    for (const leave of leaving) leave();
    leaving = [];
    if (harness !== shared) await harness.stop();
  });
  afterAll(async () => {
    await shared.stop();
    await rm(folder, { recursive: true });
  });

  const raw: SyncServer['raw'] = async (path, headers = {}) => {
    const client = await rawClient(harness.port, path, headers);
    leaving.push(() => client.socket.terminate());
    return client;
  };

  return {
    get harness() {
      return harness;
    },
    get room() {
      return room;
    },
    get file() {
      return join(folder, `${room}.db`);
    },
    start: async (options = {}) => {
      harness = await startHarness({ file: join(folder, `${room}.db`), ...options });
    },
    stock: (token, options = {}) => {
      const client = stockClient(harness.port, room, token === null ? options : { token, ...options });
      leaving.push(client.leave);
      return client;
    },
    raw,
    rawIn: (token, query = '') => raw(`/sync/document/${room}?token=${token}${query}`),
    logText: async () => {
      const doc = new Y.Doc();
      const { updates } = await harness.log.state(documentRoom(room), null);
      for (const bytes of updates) Y.applyUpdate(doc, bytes);
      return doc.getText('text').toJSON();
    },
  };
}

export const codeOf = async (client: Raw): Promise<number> => {
  await until(() => client.closed() !== null, 'the server closes the socket');
  return client.closed() as number;
};

/** How many data messages the server has last said to be durable. */
export function acknowledged(client: Raw): number {
  const last = client.frames.findLast((frame) => frame[0] === messageTypes.acknowledgement);
  return last === undefined ? 0 : decoding.readVarUint(decoding.createDecoder(last.subarray(1)));
}

export const synced = (...clients: Stock[]) =>
  until(() => clients.every(({ provider }) => provider.synced), 'clients are in sync');

export const type = (client: Stock, text: string) =>
  client.doc.getText('text').insert(client.text().length, text);

/** The update of a client that wrote this text and nothing else. */
export const update = (text: string, clientId: number): Uint8Array => {
  const doc = new Y.Doc();
  doc.clientID = clientId;
  doc.getText('text').insert(0, text);
  return Y.encodeStateAsUpdate(doc);
};

/** Without text: one collected clock under each of these ids. */
export function runsOf(clients: readonly number[], clock = 0): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, clients.length);
  for (const client of clients)
    for (const part of [1, client, clock, 0, 1]) encoding.writeVarUint(encoder, part);
  encoding.writeVarUint(encoder, 0);
  return encoding.toUint8Array(encoder);
}

export const isDenied = (frame: Uint8Array) => frame[0] === 2 && frame[1] === 0;
