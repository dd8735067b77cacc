/**
 * Everything the engine takes from its surroundings, handed in: clock, chance, network, storage, other tabs,
 * and the page's own signals. A page has one; a test has one for each device it plays.
 */

/** The part of a WebSocket that the change announcements need. */
export interface Socket {
  close(): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
}

/** The part of a BroadcastChannel that tabs use to tell each other. */
export interface Channel {
  postMessage(message: unknown): void;
  onmessage: ((event: { data: unknown }) => void) | null;
  close(): void;
}

export interface PageSignals {
  /** False only when the system is sure that there is no network. */
  isOnline(): boolean;
  isVisible(): boolean;
  /** Calls back when the page comes to the front, wakes up, or its network comes or goes. Returns the way to stop. */
  listen(listener: () => void): () => void;
}

export interface Environment {
  /** Milliseconds since 1970. */
  now(): number;
  random(byteCount: number): Uint8Array;
  /** Runs `work` after a while. Returns the way to cancel. */
  after(delayMs: number, work: () => void): () => void;
  fetch: typeof fetch;
  /** Where requests go: empty for the page's own server. */
  baseUrl: string;
  /** Where sockets go, `wss://host`. */
  socketUrl: string;
  openSocket(address: string): Socket;
  indexedDB: IDBFactory;
  /** Null where the browser has none (an insecure address): every tab then sends, which is safe but wasteful. */
  locks: Pick<LockManager, 'request' | 'query'> | null;
  openChannel(name: string): Channel;
  page: PageSignals;
  storage: Pick<StorageManager, 'persist' | 'persisted' | 'estimate'> | null;
  /** For what was begun and not sent; null where the browser gives none. */
  words: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | null;
}

/** Where storage is blocked, even asking for it throws. */
function wordStorage(): Environment['words'] {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

/** The page's own surroundings. */
export function browserEnvironment(): Environment {
  const { location } = window;
  const random = (byteCount: number) => crypto.getRandomValues(new Uint8Array(byteCount));
  return {
    now: () => Date.now(),
    random,
    after: (delayMs, work) => {
      const timer = setTimeout(work, delayMs);
      return () => clearTimeout(timer);
    },
    fetch: (input, init) => fetch(input, init),
    baseUrl: '',
    socketUrl: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}`,
    openSocket: (address) => new WebSocket(address) as unknown as Socket,
    indexedDB,
    // Typed as always there; absent in insecure contexts.
    locks: navigator.locks ?? null,
    openChannel: (name) => new BroadcastChannel(name) as unknown as Channel,
    page: {
      isOnline: () => navigator.onLine,
      isVisible: () => document.visibilityState === 'visible',
      listen: (listener) => {
        const signals: [EventTarget, string][] = [
          [window, 'online'],
          [window, 'offline'],
          [window, 'focus'],
          [window, 'pageshow'],
          [document, 'visibilitychange'],
        ];
        for (const [target, name] of signals) target.addEventListener(name, listener);
        return () => {
          for (const [target, name] of signals) target.removeEventListener(name, listener);
        };
      },
    },
    storage: navigator.storage ?? null,
    words: wordStorage(),
  };
}
