/**
 * The reading half of the log port: reader threads, whichever database lies behind it. What a returning client
 * lacks may take long to find in a long history, so one thread does nothing else; rooms are opened, newcomers
 * answered and rows read on beside it.
 */
import type { Log } from './log.ts';
import type { RowsAt } from './open-rows.ts';
import { createThread } from './thread.ts';

export function createLogReader(
  at: RowsAt,
): Pick<Log, 'read' | 'head' | 'knowledge' | 'size' | 'state' | 'close'> {
  const script = new URL('./log-reader-thread.ts', import.meta.url);
  const thread = createThread(script, at);
  const differences = createThread(script, at);
  return {
    read: (room, afterSeq) => thread.call('read', { room, afterSeq }),
    head: (room) => thread.call('head', room),
    knowledge: (room) => thread.call('knowledge', room),
    size: (room) => thread.call('size', room),
    state: (room, stateVector) =>
      (stateVector === null ? thread : differences).call('state', { room, stateVector }),
    async close() {
      for (const one of [thread, differences]) {
        if (one.isRunning()) await one.call('close', null);
        await one.stop();
      }
    },
  };
}
