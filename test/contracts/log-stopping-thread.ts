/** The compactor's thread, made to stop at a stage: `kill` ends the process with it, `block` waits for ever. */
import { createCompactor } from '#server/sync/compact.ts';
import type { Stage } from '#server/sync/compact.ts';
import { openRows } from '#server/sync/open-rows.ts';
import type { RowsAt } from '#server/sync/open-rows.ts';
import { answerCalls } from '#server/sync/thread.ts';

export type StoppingAt = RowsAt & { stage: Stage; how: 'kill' | 'block' };

answerCalls<StoppingAt>((at) =>
  createCompactor(openRows(at), (stage) => {
    if (stage !== at.stage) return;
    if (at.how === 'kill') process.kill(process.pid, 'SIGKILL');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }),
);
