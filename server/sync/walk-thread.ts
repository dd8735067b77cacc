/** Walks large updates beside the event loop: 16 MiB take a third of a second. */
import { halvesFor } from './aside.ts';
import { digestOf } from './digest.ts';
import { answerCalls } from './thread.ts';
import { Known } from './known.ts';
import { isMalformedUpdate, walkUpdate } from './walk.ts';

answerCalls(() => ({
  digest: (bytes: Uint8Array) => {
    try {
      return digestOf(walkUpdate(bytes));
    } catch (error) {
      if (isMalformedUpdate(error)) return null;
      throw error;
    }
  },
  cut: ({ bytes, clocks }: { bytes: Uint8Array; clocks: ReadonlyMap<number, number> }) =>
    halvesFor(bytes, new Known(clocks)),
}));
