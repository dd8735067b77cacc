/**
 * One model of where a person's work is, fed by the outbox and by the rooms of documents, shown by one
 * indicator. It speaks of "on the server" only after durable answers, and of times, not of progress.
 */
import type { Instant } from '#domain/time.ts';

/** Strongest first: the indicator shows the first that holds. */
export const headlines = [
  'device_full',
  'update_app',
  'sign_in',
  'needs_you',
  'offline',
  'sending',
  'on_server',
] as const;
export type Headline = (typeof headlines)[number];

export type StorageState = 'unknown' | 'persistent' | 'not_persistent' | 'almost_full' | 'full';

/** One thing that is on this device and not yet on the server. */
export interface WaitingThing {
  kind: 'command' | 'document';
  /** A command's id, or a document's. */
  id: string;
  /** Command name (`cases.claim`), or `document`. */
  name: string;
  /** `case/<id>`, `document/<id>`: what it is about, to be named from the records. */
  about: string;
  since: Instant;
  /**
   * `held` waits behind a refused command; `needs_update` is not known to this version of the app; `refused`: the
   * server takes none of this text.
   */
  state: 'waiting' | 'sending' | 'held' | 'needs_update' | 'refused';
}

export interface Status {
  headline: Headline;
  online: boolean;
  /** Changes on this device that the server does not have: waiting commands and waiting documents. */
  waiting: number;
  /** Those of them that leave by themselves as soon as there is a line. */
  moving: number;
  /** Refused commands and refused texts: the person decides. */
  needsYou: number;
  things: readonly WaitingThing[];
  signInNeeded: boolean;
  updateNeeded: boolean;
  storage: StorageState;
  /** When the server last confirmed something, or last said that nothing is missing here. */
  confirmedAt: Instant | null;
}

export type StatusFacts = Omit<Status, 'headline' | 'waiting' | 'moving' | 'needsYou'> & {
  refusedCommands: number;
};

export function statusOf({ refusedCommands, ...facts }: StatusFacts): Status {
  const inState = (...states: WaitingThing['state'][]): number =>
    facts.things.filter(({ state }) => states.includes(state)).length;
  const refused = inState('refused');
  const needsYou = refusedCommands + refused;
  const waiting = facts.things.length - refused;
  const moving = inState('waiting', 'sending');
  const headline: Headline =
    facts.storage === 'full'
      ? 'device_full'
      : facts.updateNeeded
        ? 'update_app'
        : facts.signInNeeded
          ? 'sign_in'
          : needsYou > 0
            ? 'needs_you'
            : !facts.online
              ? 'offline'
              : moving > 0
                ? 'sending'
                : waiting > 0
                  ? 'update_app'
                  : 'on_server';
  return { ...facts, needsYou, waiting, moving, headline };
}
