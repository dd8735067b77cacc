/**
 * Devices for tests of the engine: a browser profile with its own IndexedDB, locks and channels, tabs in it
 * that can be killed at any point, and a line to the real server that can be cut, delayed, or lose an answer.
 */
import 'fake-indexeddb/auto';
import { IDBFactory as FakeFactory, forceCloseDatabase } from 'fake-indexeddb';
import { WebSocket as NodeWebSocket } from 'ws';
import { createEngine } from '#lib/replica/create.ts';
import type { Engine } from '#lib/replica/engine.svelte.ts';
import type { Channel, Environment, Socket } from '#lib/device/environment.ts';
import type { Person, World } from './harness.ts';
import { memoryWords } from './memory-words.ts';

/** What the line does with a request, decided anew for each. `kill` points end the tab there and then. */
export type Fate =
  | 'deliver'
  | 'cut'
  | 'lose_answer'
  | 'send_twice'
  | 'kill_before_send'
  | 'kill_before_answer'
  | 'kill_at_answer';

export interface Line {
  isUp: boolean;
  /** Fate of a request; by default it is delivered. */
  fate: (path: string) => Fate;
  /** Milliseconds an answer is held back, so that answers overtake each other. */
  delayMs: () => number;
}

export interface Tab {
  engine: Engine;
  /** The tab's process ends now: nothing it has begun goes on. */
  kill(): void;
  readonly isKilled: boolean;
  readonly killed: Promise<void>;
  left: boolean;
  setVisible(isVisible: boolean): void;
}

export interface Device {
  readonly line: Line;
  readonly factory: IDBFactory;
  headers: Record<string, string>;
  openTab(): Promise<Tab>;
  /** Like openTab, but nobody may be signed in. */
  tryTab(): Promise<Tab | null>;
  /** The network comes or goes, and every tab hears of it. */
  setLine(isUp: boolean): void;
  close(): Promise<void>;
}

export interface DeviceOptions {
  /** Waiting times are divided by this, so that a test of retries does not take minutes. */
  haste?: number;
  now?: () => number;
  /** What the browser says about storage. */
  storage?: Environment['storage'];
  withLocks?: boolean;
}

const rejectLikeFetch = (): never => {
  throw new TypeError('fetch failed');
};

export function createDevice(world: World, person: Person | null, options: DeviceOptions = {}): Device {
  const { haste = 40, now = Date.now, storage = null, withLocks = true } = options;
  const name = crypto.randomUUID();
  const words = memoryWords();
  const factory = new FakeFactory();
  const line: Line = { isUp: true, fate: () => 'deliver', delayMs: () => 0 };
  const listeners = new Set<() => void>();
  const tabs = new Set<Tab>();
  const device: Device = {
    line,
    factory,
    headers: person?.headers ?? {},
    openTab: async () => {
      const tab = await device.tryTab();
      if (!tab) throw new Error('nobody is signed in');
      return tab;
    },
    tryTab: openTab,
    setLine: (isUp) => {
      line.isUp = isUp;
      for (const listener of [...listeners]) listener();
    },
    close: async () => {
      for (const tab of tabs) if (!tab.isKilled) await tab.engine.close();
      tabs.clear();
    },
  };

  async function openTab(): Promise<Tab | null> {
    let isKilled = false;
    let isVisible = true;
    const killed = new AbortController();
    const never = new Promise<never>(() => undefined);
    const end = new Promise<void>((resolve) => killed.signal.addEventListener('abort', () => resolve()));
    const databases = new Set<IDBDatabase>();
    const mine = new Set<() => void>();

    const kill = (): void => {
      if (isKilled) return;
      isKilled = true;
      killed.abort();
      for (const database of databases)
        forceCloseDatabase(database as unknown as Parameters<typeof forceCloseDatabase>[0]);
      for (const listener of mine) listeners.delete(listener);
    };

    async function send(input: string | URL | Request, init?: RequestInit): Promise<Response> {
      if (isKilled) return never;
      const path = new URL(input instanceof Request ? input.url : input, world.url).pathname;
      const fate = line.isUp ? line.fate(path) : 'cut';
      if (fate === 'kill_before_send') {
        kill();
        return never;
      }
      if (fate === 'cut') return rejectLikeFetch();
      const response = await fetch(input, init).catch(rejectLikeFetch);
      if (fate === 'send_twice') await fetch(input, init).catch(rejectLikeFetch);
      const body = await response.arrayBuffer();
      if (isKilled) return never;
      if (fate === 'kill_before_answer') {
        kill();
        return never;
      }
      const delayMs = line.delayMs();
      if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
      if (fate === 'lose_answer' || !line.isUp) return rejectLikeFetch();
      if (fate === 'kill_at_answer') kill();
      return new Response(body, { status: response.status, headers: response.headers });
    }

    const environment: Environment = {
      now,
      random: (byteCount) => crypto.getRandomValues(new Uint8Array(byteCount)),
      after: (delayMs, work) => {
        const timer = setTimeout(() => {
          if (!isKilled) work();
        }, delayMs / haste);
        timer.unref();
        return () => clearTimeout(timer);
      },
      fetch: send,
      baseUrl: world.url,
      socketUrl: world.url.replace('http', 'ws'),
      openSocket: (address) => openSocket(address),
      indexedDB: {
        open: (databaseName: string, version?: number) => {
          if (isKilled) throw new DOMException('killed', 'InvalidStateError');
          const request = factory.open(databaseName, version);
          request.addEventListener('success', () => databases.add(request.result));
          return request;
        },
        deleteDatabase: (databaseName: string) => factory.deleteDatabase(databaseName),
        databases: () => factory.databases(),
        cmp: (a: unknown, b: unknown) => factory.cmp(a, b),
      },
      locks: withLocks ? locksOf(name, killed.signal) : null,
      openChannel: (channelName) => openChannel(`${name}/${channelName}`, killed.signal),
      page: {
        isOnline: () => line.isUp,
        isVisible: () => isVisible,
        listen: (listener) => {
          listeners.add(listener);
          mine.add(listener);
          return () => listeners.delete(listener);
        },
      },
      storage,
      words,
    };

    function openSocket(address: string): Socket {
      const socket = new NodeWebSocket(line.isUp && !isKilled ? address : 'ws://127.0.0.1:9', {
        headers: device.headers,
      });
      const cut = (): void => {
        if (!line.isUp) socket.terminate();
      };
      listeners.add(cut);
      killed.signal.addEventListener('abort', () => socket.terminate());
      const facade: Socket = {
        close: () => socket.terminate(),
        onopen: null,
        onmessage: null,
        onclose: null,
      };
      socket.on('error', () => undefined);
      socket.on('open', () => !isKilled && facade.onopen?.());
      socket.on('message', (data) => !isKilled && facade.onmessage?.({ data }));
      socket.on('close', (code) => {
        listeners.delete(cut);
        if (!isKilled) facade.onclose?.({ code });
      });
      return facade;
    }

    let left = false;
    const opening = createEngine({
      environment,
      headers: () => device.headers,
      onLeft: () => {
        left = true;
      },
    });
    // A tab killed while it opens: what it has begun may fail or hang, and nobody is there to see it.
    opening.catch(() => undefined);
    const engine = await Promise.race([opening, end.then(() => 'killed' as const)]);
    if (engine === 'killed') throw new Error('the tab was killed while it opened');
    if (!engine) return null;
    const tab: Tab = {
      engine,
      kill,
      get isKilled() {
        return isKilled;
      },
      killed: end,
      get left() {
        return left;
      },
      setVisible: (visible) => {
        isVisible = visible;
        for (const listener of mine) listener();
      },
    };
    tabs.add(tab);
    return tab;
  }

  return device;
}

function openChannel(name: string, killed: AbortSignal): Channel {
  const channel = new BroadcastChannel(name);
  (channel as unknown as { unref(): void }).unref();
  killed.addEventListener('abort', () => channel.close());
  return {
    postMessage: (message) => {
      if (!killed.aborted) channel.postMessage(message);
    },
    set onmessage(listener: ((event: { data: unknown }) => void) | null) {
      channel.onmessage = listener;
    },
    close: () => channel.close(),
  };
}

/** The process's own locks, apart for each device; a killed tab lets go of its own, as a browser sees to. */
function locksOf(device: string, killed: AbortSignal): NonNullable<Environment['locks']> {
  const { locks } = navigator as unknown as { locks: LockManager };
  const gone = new Promise<void>((resolve) => killed.addEventListener('abort', () => resolve()));
  return {
    request: async (name: string, ...rest: unknown[]) => {
      const work = rest.at(-1) as (lock: Lock | null) => unknown;
      const lockOptions = (rest.length > 1 ? rest[0] : {}) as LockOptions;
      return locks.request(`${device}/${name}`, lockOptions, (lock) =>
        killed.aborted ? undefined : Promise.race([work(lock), gone]),
      );
    },
    query: async () => {
      const { held, pending } = await locks.query();
      const ours = (list: LockInfo[] | undefined): LockInfo[] =>
        (list ?? []).flatMap((info) =>
          info.name?.startsWith(`${device}/`) ? [{ ...info, name: info.name.slice(device.length + 1) }] : [],
        );
      return { held: ours(held), pending: ours(pending) };
    },
  };
}

/** Waits until something holds, looking often; says what it waited for when it never does. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  patienceMs = 15_000,
): Promise<void> {
  const end = Date.now() + patienceMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
