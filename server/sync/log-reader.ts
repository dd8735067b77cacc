/**
 * The reading half of the log port: the reader thread, whichever database lies behind it. Many clients that
 * come to a room at once and have nothing yet are given one answer, the same bytes for all.
 */
import { second } from '#domain/time.ts';
import type { Log, RoomState } from './log.ts';
import type { RowsAt } from './open-rows.ts';
import { createThread } from './thread.ts';

/** How old a shared answer may be: what came after its number is sent as rows anyway. */
export const sharedAnswerMs = second;

type Reading = Pick<Log, 'read' | 'head' | 'knowledge' | 'state' | 'close'>;

export function createLogReader(at: RowsAt): Reading & { forget: (room: string) => void } {
  const thread = createThread(new URL('./log-reader-thread.ts', import.meta.url), at);
  const shared = new Map<string, Promise<RoomState>>();

  function sharedState(room: string): Promise<RoomState> {
    const found = shared.get(room);
    if (found !== undefined) return found;
    const asked = thread.call<RoomState>('state', { room, stateVector: null });
    shared.set(room, asked);
    const drop = () => {
      if (shared.get(room) === asked) shared.delete(room);
    };
    setTimeout(drop, sharedAnswerMs).unref();
    asked.catch(drop);
    return asked;
  }

  return {
    read: (room, afterSeq) => thread.call('read', { room, afterSeq }),
    head: (room) => thread.call('head', room),
    knowledge: (room) => thread.call('knowledge', room),
    state: (room, stateVector) =>
      stateVector !== null && isEmpty(stateVector)
        ? sharedState(room)
        : thread.call('state', { room, stateVector }),
    forget: (room) => shared.delete(room),
    async close() {
      shared.clear();
      if (thread.isRunning()) await thread.call('close', null);
      await thread.stop();
    },
  };
}

const isEmpty = (stateVector: Uint8Array): boolean => stateVector.length === 1 && stateVector[0] === 0;
