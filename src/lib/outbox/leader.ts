/**
 * One tab of a person's workspace does the talking: it sends commands and reads the change feed. It holds a
 * Web Lock; when it ends, however it ends, the next tab gets the lock. A phone may freeze the tab that holds
 * it: a tab that the person looks at and that hears nothing for a while takes the lock away. Two tabs sending
 * for a moment are harmless, since commands are idempotent and every write is decided on the newest revision.
 */
import { second } from '#domain/time.ts';
import type { Environment } from '../device/environment.ts';

/** How long a visible tab waits for a sign of life before it takes over. */
export const silenceLimitMs = 5 * second;

export interface Leadership {
  readonly isLeader: boolean;
  /** Takes the lock from a tab that does not answer any more. */
  takeOver(): void;
  close(): void;
}

export interface LeadershipParts {
  locks: Environment['locks'];
  name: string;
  /** Called whenever this tab becomes or stops being the one. */
  onChange: (isLeader: boolean) => void;
}

export function electLeader({ locks, name, onChange }: LeadershipParts): Leadership {
  const ending = new AbortController();
  let release: (() => void) | null = null;
  let isLeader = false;

  function set(value: boolean): void {
    if (isLeader === value) return;
    isLeader = value;
    onChange(value);
  }

  function ask(options: LockOptions): void {
    if (!locks || ending.signal.aborted) return;
    const held = locks.request(name, options, () => {
      if (ending.signal.aborted) return;
      set(true);
      return new Promise<void>((resolve) => {
        release = resolve;
      });
    });
    held
      .then(
        () => undefined,
        () => {
          // Taken over by another tab, or this tab is closing: queue up again behind the taker.
          set(false);
          if (!ending.signal.aborted) ask({});
        },
      )
      .catch(() => undefined);
  }

  if (locks) ask({ signal: ending.signal });
  // Without locks every tab sends; see above why that is safe.
  else queueMicrotask(() => !ending.signal.aborted && set(true));

  return {
    get isLeader() {
      return isLeader;
    },
    takeOver: () => {
      if (!isLeader) ask({ steal: true });
    },
    close: () => {
      ending.abort();
      release?.();
      isLeader = false;
    },
  };
}
