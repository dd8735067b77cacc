/**
 * The thread in which large updates are walked, and its bounds. It has one of them at a time: when it dies, it
 * dies of that one, and the others, which are still here, get another thread.
 */
import type { Halves } from './aside.ts';
import type { Digest } from './digest.ts';
import { createThread } from './thread.ts';

/** Memory of the thread, in MiB: sixteen of an honest update need about a hundred. */
export const walkMemoryLimitMiB = 512;

export interface Walked {
  /** Null when it is malformed. */
  digest: Digest | null;
  bytes: Uint8Array;
}

/** Both answer `tooLarge` when it takes more memory than is given, and reject once the walker has stopped. */
export interface Walker {
  /** The bytes travel there and back without being copied: those handed in are gone. */
  digest(bytes: Uint8Array): Promise<Walked | 'tooLarge'>;
  /** For a walked one: what of it a room with these clocks can take in. */
  cut(bytes: Uint8Array, clocks: ReadonlyMap<number, number>): Promise<Halves | 'tooLarge'>;
  stop(): Promise<void>;
}

export function createWalker(memoryLimitMiB = walkMemoryLimitMiB): Walker {
  const thread = createThread(new URL('./walk-thread.ts', import.meta.url), null, {
    maxOldGenerationSizeMb: memoryLimitMiB,
  });
  let isStopped = false;
  let last: Promise<unknown> = Promise.resolve();

  function inTurn<Output>(call: () => Promise<Output>): Promise<Output | 'tooLarge'> {
    const answer = last.then(call).catch((error: unknown) => {
      if (isStopped) throw error;
      return 'tooLarge' as const;
    });
    last = answer.catch(() => undefined);
    return answer;
  }

  return {
    digest(bytes) {
      const own = alone(bytes);
      return inTurn(() => thread.call<Walked>('digest', own, [own.buffer]));
    },
    cut: (bytes, clocks) => inTurn(() => thread.call<Halves>('cut', { bytes, clocks })),
    stop() {
      isStopped = true;
      return thread.stop();
    },
  };
}

/** Bytes in a buffer of their own, give or take a frame's head. */
const alone = (bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  bytes.buffer instanceof ArrayBuffer && bytes.buffer.byteLength <= bytes.length + 64
    ? (bytes as Uint8Array<ArrayBuffer>)
    : new Uint8Array(bytes);
