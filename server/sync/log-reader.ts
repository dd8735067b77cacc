/** The reading half of the log port: the reader thread, whichever database lies behind it. */
import type { Log } from './log.ts';
import type { RowsAt } from './open-rows.ts';
import { createThread } from './thread.ts';

export function createLogReader(at: RowsAt): Pick<Log, 'read' | 'head' | 'knowledge' | 'state' | 'close'> {
  const thread = createThread(new URL('./log-reader-thread.ts', import.meta.url), at);
  return {
    read: (room, afterSeq) => thread.call('read', { room, afterSeq }),
    head: (room) => thread.call('head', room),
    knowledge: (room) => thread.call('knowledge', room),
    state: (room, stateVector) => thread.call('state', { room, stateVector }),
    async close() {
      if (thread.isRunning()) await thread.call('close', null);
      await thread.stop();
    },
  };
}
