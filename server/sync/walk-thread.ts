/** Walks large updates beside the event loop: 16 MiB take a third of a second. */
import { halvesFor } from './aside.ts';
import { digestOf } from './digest.ts';
import { Known } from './known.ts';
import { answerCalls, Moved } from './thread.ts';
import { isMalformedUpdate, walkUpdate } from './walk.ts';
import type { Walked } from './walker.ts';

const digest = (bytes: Uint8Array) => {
  try {
    return digestOf(walkUpdate(bytes));
  } catch (error) {
    if (isMalformedUpdate(error)) return null;
    throw error;
  }
};

answerCalls(() => ({
  digest: (bytes: Uint8Array<ArrayBuffer>) =>
    new Moved<Walked>({ digest: digest(bytes), bytes }, [bytes.buffer]),
  cut: ({ bytes, clocks }: { bytes: Uint8Array; clocks: ReadonlyMap<number, number> }) =>
    halvesFor(bytes, new Known(clocks)),
}));
