/** The thread in which large updates are walked, and its bounds. */
import type { Halves } from './aside.ts';
import type { Digest } from './digest.ts';
import { createThread } from './thread.ts';

/** Memory of the thread, in MiB: sixteen of an honest update need about a hundred. */
export const walkMemoryLimitMiB = 512;

export interface Walker {
  /** Null when it is malformed. Rejects when it is such that walking it takes more memory than is given. */
  digest(bytes: Uint8Array): Promise<Digest | null>;
  /** For a walked one: what of it a room with these clocks can take in. */
  cut(bytes: Uint8Array, clocks: ReadonlyMap<number, number>): Promise<Halves>;
  stop(): Promise<void>;
}

export function createWalker(): Walker {
  const thread = createThread(new URL('./walk-thread.ts', import.meta.url), null, {
    maxOldGenerationSizeMb: walkMemoryLimitMiB,
  });
  return {
    digest: (bytes) => thread.call('digest', bytes),
    cut: (bytes, clocks) => thread.call('cut', { bytes, clocks }),
    stop: () => thread.stop(),
  };
}
