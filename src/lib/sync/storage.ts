/** What the browser says about the room it gives: whether it may throw our data away, and how much is left. */
import type { Environment } from '../device/environment.ts';
import type { StorageState } from './status.ts';

/** Above this share of the quota the person is told. */
export const almostFullShare = 0.9;

export interface StorageWatch {
  readonly state: StorageState;
  /** Looks at persistence and quota. */
  look(): Promise<void>;
  /** Asks the browser to keep our data; once, at the first change made offline. */
  keep(): void;
  /** A write found no room. */
  refused(): void;
  wrote(): void;
}

export function createStorageWatch(storage: Environment['storage'], onChange: () => void): StorageWatch {
  let state: StorageState = 'unknown';
  let isAsked = false;

  function set(next: StorageState): void {
    if (state === next) return;
    state = next;
    onChange();
  }

  async function look(): Promise<void> {
    if (!storage) return;
    try {
      const [isPersistent, { usage, quota }] = await Promise.all([storage.persisted(), storage.estimate()]);
      if (state === 'full') return;
      const share = usage !== undefined && quota ? usage / quota : 0;
      if (share > almostFullShare) set('almost_full');
      // Not yet asked is not a refusal: nobody is warned before there is something to lose.
      else set(isPersistent ? 'persistent' : isAsked ? 'not_persistent' : 'unknown');
    } catch {
      set('unknown');
    }
  }

  return {
    get state() {
      return state;
    },
    look,
    keep: () => {
      if (isAsked || !storage) return;
      isAsked = true;
      void storage
        .persist()
        .catch(() => false)
        .then(look);
    },
    refused: () => set('full'),
    wrote: () => {
      if (state !== 'full') return;
      state = 'unknown';
      onChange();
      void look();
    },
  };
}
