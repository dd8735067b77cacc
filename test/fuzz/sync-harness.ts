/** A real sync server on a port of its own with invented people, and clients for it: stock ones and raw ones. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket } from 'ws';
import { WebsocketProvider } from 'y-websocket';
import * as Y from 'yjs';
import type { PersonActor, Role } from '#domain/access.ts';
import { DomainError } from '#domain/errors.ts';
import type { DocumentId, PersonId, WorkspaceId } from '#domain/ids.ts';
import type { ChangesFrame } from '#domain/sync/wire.ts';
import type { DocumentSizeLimits } from '#server/sync/document-size.ts';
import { SyncFigures } from '#server/sync/figures.ts';
import { openSqliteLog } from '#server/sync/log-sqlite.ts';
import type { Log } from '#server/sync/log.ts';
import { createSync } from '#server/sync/sync.ts';
import type { Sync } from '#server/sync/sync.ts';
import { syncTimings } from '#server/sync/timings.ts';
import type { SyncTimings } from '#server/sync/timings.ts';

export const workspaceId = '01890000-0000-7000-8000-0000000000aa' as WorkspaceId;
export const documentId = (number: number): DocumentId =>
  `01890000-0000-7000-8000-${number.toString(16).padStart(12, '0')}` as DocumentId;

export interface InventedPerson {
  name: string;
  role: Role | null;
  endsAt?: string;
}

export interface Harness {
  port: number;
  sync: Sync;
  log: Log;
  /** Token (and cookie value) to person; change it while the server runs, then call `sync.recheck`. */
  people: Map<string, InventedPerson>;
  reports: string[];
  announce: (seq: number) => void;
  listeners: Set<(seq: number) => void>;
  figures: SyncFigures;
  stop: () => Promise<void>;
}

export interface HarnessOptions {
  file: string;
  port?: number;
  timings?: Partial<SyncTimings>;
  nowMs?: () => number;
  socketsPerRoom?: number;
  /** Stands between the server and its log. */
  wrapLog?: (log: Log) => Log;
  seed?: Uint8Array;
  restoredAtMs?: number;
  batchBytesLimit?: number;
  documentSize?: DocumentSizeLimits;
  /** Lies between asking who somebody is and being told. */
  beforeAnswer?: () => Promise<void>;
  /** Documents that do not exist. */
  missing?: readonly DocumentId[];
}

export const everybody = (): Map<string, InventedPerson> =>
  new Map([
    ['ana', { name: 'Ana', role: 'editor' }],
    ['bia', { name: 'Bia', role: 'editor' }],
    ['caio', { name: 'Caio', role: 'editor' }],
    ['leitor', { name: 'Leitor', role: 'viewer' }],
    ['estranho', { name: 'Estranho', role: null }],
  ]);

export async function startHarness(options: HarnessOptions): Promise<Harness> {
  const people = everybody();
  const reports: string[] = [];
  const listeners = new Set<(seq: number) => void>();
  let feed: ChangesFrame = { epoch: 'e1', seq: 0 };
  const opened = await openSqliteLog(options.file);
  const log = options.wrapLog?.(opened) ?? opened;

  const actorOf = (key: string): PersonActor | null => {
    const person = people.get(key);
    if (person === undefined) throw new DomainError('not_signed_in');
    if (person.role === null) return null;
    return {
      kind: 'person',
      workspaceId,
      personId: key as PersonId,
      name: person.name,
      via: 'token',
      grants: [{ scope: { kind: 'workspace' }, role: person.role, endsAt: person.endsAt ?? null }],
    };
  };

  const figures = new SyncFigures();
  const sync = createSync({
    log,
    figures,
    timings: { ...syncTimings, ...options.timings },
    ...(options.nowMs ? { nowMs: options.nowMs } : {}),
    ...(options.restoredAtMs === undefined ? {} : { restoredAtMs: options.restoredAtMs }),
    ...(options.batchBytesLimit === undefined ? {} : { batchBytesLimit: options.batchBytesLimit }),
    ...(options.documentSize === undefined ? {} : { documentSize: options.documentSize }),
    ...(options.socketsPerRoom ? { socketsPerRoom: options.socketsPerRoom } : {}),
    access: {
      sessionOf: (request, token) => {
        const { authorization = '', cookie = '' } = request.headers;
        const key = token ?? /^Bearer (\w+)/.exec(authorization)?.[1] ?? /session=(\w+)/.exec(cookie)?.[1];
        if (key === undefined || !people.has(key)) return Promise.resolve(null);
        const actorIn = async () => {
          const actor = actorOf(key);
          await options.beforeAnswer?.();
          return actor;
        };
        return Promise.resolve({ personId: key, actorIn });
      },
      isArchived: () => Promise.resolve(false),
      documentResource: (id) =>
        Promise.resolve(
          options.missing?.includes(id)
            ? null
            : { kind: 'document', workspaceId, id, folderIds: [], visibility: 'workspace', createdBy: null },
        ),
    },
    seedOf: () => Promise.resolve({ workspaceId, bytes: options.seed ?? null }),
    changes: {
      subscribe: (_workspace, listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    feedHead: (id) => Promise.resolve(id === workspaceId ? feed : null),
    report: (event) => reports.push(event),
  });
  const server = createServer((request, response) => void sync.handleBatch(request, response));
  server.on('upgrade', (request, socket, head) => {
    sync.handleUpgrade(request, socket, head);
  });
  await new Promise<void>((resolve) => {
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    sync,
    log,
    people,
    reports,
    listeners,
    figures,
    announce: (seq) => {
      feed = { ...feed, seq };
      for (const listener of listeners) listener(seq);
    },
    stop: async () => {
      await sync.stop();
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
      await log.close();
    },
  };
}

/** Waits for a thing, not for a time; says what never happened. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what: string,
  limitMs = 10_000,
): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
}

export interface StockOptions {
  token?: string;
  cookie?: string;
  params?: Record<string, string>;
  doc?: Y.Doc;
  tap?: Tap;
}

/** Sees each frame of a client as it leaves or comes, before anybody makes anything of it; tells sockets apart. */
export interface Tap {
  opened(socket: object): void;
  sent(socket: object, frame: Uint8Array): void;
  received(socket: object, frame: Uint8Array): void;
}

export interface Stock {
  doc: Y.Doc;
  provider: WebsocketProvider;
  closes: number[];
  text: () => string;
  /** What the server has said to be durable, with `ack=1`. */
  durable: () => number;
  leave: () => void;
}

/** The unmodified provider, as any program of others would use it. */
export function stockClient(port: number, id: string, options: StockOptions): Stock {
  const doc = options.doc ?? new Y.Doc();
  const { cookie, tap } = options;
  class WithCookie extends WebSocket {
    constructor(address: string, protocols: string[]) {
      super(address, protocols, cookie === undefined ? {} : { headers: { cookie: `session=${cookie}` } });
      if (tap === undefined) return;
      tap.opened(this);
      this.on('message', (data) => tap.received(this, new Uint8Array(data as ArrayBuffer)));
    }
    override send(data: Uint8Array): void {
      tap?.sent(this, data);
      super.send(data);
    }
  }
  const provider = new WebsocketProvider(`ws://127.0.0.1:${port}/sync/document`, id, doc, {
    WebSocketPolyfill: WithCookie as never,
    disableBc: true,
    params: { ...(options.token === undefined ? {} : { token: options.token }), ...options.params },
  });
  const closes: number[] = [];
  let durable = 0;
  provider.on('connection-close', (event) => closes.push((event as { code?: number } | null)?.code ?? 0));
  provider.messageHandlers[120] = (_encoder, decoder) => {
    // One small number: everything before it in the frame has been read.
    let shift = 1;
    durable = 0;
    for (;;) {
      const byte = decoder.arr[decoder.pos++] as number;
      durable += (byte & 127) * shift;
      if (byte < 128) break;
      shift *= 128;
    }
  };
  return {
    doc,
    provider,
    closes,
    text: () => doc.getText('text').toJSON(),
    durable: () => durable,
    leave: () => provider.destroy(),
  };
}

export interface Raw {
  socket: WebSocket;
  frames: Uint8Array[];
  texts: string[];
  /** Close code, once closed. */
  closed: () => number | null;
  send: (bytes: Uint8Array | readonly number[]) => void;
}

/** A socket that says what it is told to. Resolves when open. */
export async function rawClient(
  port: number,
  path: string,
  headers: Record<string, string> = {},
): Promise<Raw> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, {
    headers,
    // The path as it is: the URL class would tidy `../` away.
    finishRequest: (request) => {
      request.path = path;
      request.end();
    },
  });
  const frames: Uint8Array[] = [];
  const texts: string[] = [];
  let code: number | null = null;
  socket.on('message', (data, isBinary) => {
    const bytes = data as Buffer;
    if (isBinary) frames.push(new Uint8Array(bytes));
    else texts.push(bytes.toString());
  });
  socket.on('close', (closeCode) => (code = closeCode));
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => undefined);
  return {
    socket,
    frames,
    texts,
    closed: () => code,
    send: (bytes) => socket.send(bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes)),
  };
}
