/**
 * Hears that there is more in the change feed, over `/sync/changes/<workspaceId>`. Only a hint: whoever hears
 * nothing, or the wrong thing, reads a little later by the clock. Every connection made is itself a reason to
 * read, because what was said while there was none is lost.
 */
import { versionText } from '#domain/sync/versions.ts';
import type { WorkspaceId } from '#domain/ids.ts';
import type { Environment, Socket } from '../device/environment.ts';
import { delayBefore } from '../outbox/backoff.ts';

export interface LiveParts {
  environment: Pick<Environment, 'openSocket' | 'socketUrl' | 'after' | 'random'>;
  workspaceId: WorkspaceId;
  /** Something may be new. */
  onHint: () => void;
  /** The server closed for a reason that knocking again does not change (4400-4499). */
  onFinal: (code: number) => void;
}

export interface Live {
  start(): void;
  stop(): void;
  /** The network or the session may be good again: try now. */
  hurry(): void;
  /** Connects again after a final close; leaves a running wait alone. */
  ensure(): void;
}

/** Close codes below this and from 4400 are final. */
const firstRetriedCode = 4500;

export function createLive({ environment, workspaceId, onHint, onFinal }: LiveParts): Live {
  let socket: Socket | null = null;
  let cancelRetry: (() => void) | null = null;
  let isRunning = false;
  let attempts = 0;

  function connect(): void {
    cancelRetry?.();
    cancelRetry = null;
    if (!isRunning || socket) return;
    const { socketUrl } = environment;
    const opened = environment.openSocket(`${socketUrl}/sync/changes/${workspaceId}?v=${versionText}`);
    socket = opened;
    opened.onopen = onHint;
    opened.onmessage = () => {
      // Not at opening: a server that accepts and closes at once would be knocked at every second.
      attempts = 0;
      onHint();
    };
    opened.onclose = ({ code }) => {
      if (socket !== opened) return;
      socket = null;
      if (!isRunning) return;
      if (code >= 4400 && code < firstRetriedCode) return onFinal(code);
      attempts += 1;
      // Gone, and not back at the first try: whoever asks now hears that there is no server, and can say so.
      if (attempts === 2) onHint();
      const chance = (environment.random(1)[0] ?? 0) / 256;
      cancelRetry = environment.after(delayBefore(attempts, chance), connect);
    };
  }

  function disconnect(): void {
    cancelRetry?.();
    cancelRetry = null;
    const open = socket;
    socket = null;
    open?.close();
  }

  return {
    start: () => {
      isRunning = true;
      connect();
    },
    stop: () => {
      isRunning = false;
      disconnect();
    },
    hurry: () => {
      attempts = 0;
      connect();
    },
    ensure: () => {
      if (!cancelRetry) connect();
    },
  };
}
