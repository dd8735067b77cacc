/** How long the sync server waits for things. One object, so that tests can run the same code faster. */
import { gapPatienceMs, quietSocketMs } from '#domain/sync/wire.ts';
import { minute, second } from '#domain/time.ts';

export interface SyncTimings {
  /** How often rooms and sockets are looked after. */
  tickMs: number;
  /** A socket that was sent nothing for this long is sent an empty presence. */
  quietSocketMs: number;
  /** A socket is asked for a sign of life this often, and let go when it gave none since the last time. */
  pingMs: number;
  /**
   * Rights are asked for anew this often, besides at once when they are known to have changed: a session may
   * have ended, a token been revoked, a document moved.
   */
  recheckMs: number;
  /** How long updates wait for what they build on. */
  gapPatienceMs: number;
  /** A socket that takes nothing of what is waiting for it for this long is let go. */
  lagPatienceMs: number;
  /** A socket whose state vector was answered is answered the next after this. */
  questionEveryMs: number;
  /** How often a large text is measured anew: it may have been packed. */
  measureEveryMs: number;
  /** Presences of a room are sent at most this often. */
  presenceEveryMs: number;
}

export const syncTimings: SyncTimings = {
  tickMs: second,
  quietSocketMs,
  pingMs: 30 * second,
  recheckMs: 30 * second,
  gapPatienceMs,
  lagPatienceMs: minute,
  questionEveryMs: 250,
  measureEveryMs: 10 * second,
  presenceEveryMs: 50,
};
