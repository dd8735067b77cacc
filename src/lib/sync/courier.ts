/**
 * Delivers texts that nobody has open: written offline in a tab that has ended, or offered again after the
 * server was restored. What an open tab has written is that tab's own business.
 */
import * as Y from 'yjs';
import { closeCodes } from '#domain/sync/wire.ts';
import { delayBefore } from '../outbox/backoff.ts';
import type { Rooms } from '../replica/contract.ts';
import { deliverText } from './exchange.ts';
import type { Delivery, Exchange } from './exchange.ts';
import { rowsOfText } from './texts-held.ts';

export interface CourierParts {
  rooms: Pick<Rooms, 'marksOf' | 'delivered' | 'letGoOfRestore' | 'refuse'>;
  /** Documents with marks of others than this tab, each with the names on them. */
  waiting: () => { documentId: string; names: readonly string[] }[];
  openTabs: () => Promise<ReadonlySet<string>>;
  factory: IDBFactory;
  /** The database of a document's text. */
  nameOf: (documentId: string) => string;
  exchange: Exchange;
  after: (delayMs: number, work: () => void) => () => void;
  /** Between 0 and 1. */
  chance: () => number;
}

export interface Courier {
  /** Looks what there is to deliver; a call during a round makes it look once more. Never rejects. */
  round(): Promise<void>;
  stop(): void;
}

/** A login that ended and an app that is too old are said elsewhere, and pass for the whole device. */
const isAboutText = (code: number): boolean =>
  code !== closeCodes.notSignedIn.code && code !== closeCodes.updateApp.code;

export function createCourier(parts: CourierParts): Courier {
  const { rooms, waiting, openTabs, factory, nameOf, exchange, after, chance } = parts;
  let running: Promise<void> | null = null;
  let again = false;
  let isStopped = false;
  let failures = 0;
  let cancelWait: (() => void) | null = null;

  async function deliver(documentId: string): Promise<Delivery> {
    // Before the rows are read: whatever is written later bears a mark of its own.
    const marks = await rooms.marksOf(documentId);
    const rows = await rowsOfText(factory, nameOf(documentId));
    const doc = new Y.Doc();
    try {
      for (const row of rows) Y.applyUpdate(doc, row);
      const delivery = await deliverText(exchange, documentId, doc);
      if (delivery.kind === 'delivered') await rooms.delivered(documentId, marks, delivery.epoch);
      // What this person may not write is not theirs to bring back.
      const isNotTheirs =
        delivery.kind === 'denied' ||
        (delivery.kind === 'refused' && delivery.code === closeCodes.notAllowed.code);
      if (isNotTheirs) await rooms.letGoOfRestore(documentId);
      if (delivery.kind === 'denied' || (delivery.kind === 'refused' && isAboutText(delivery.code)))
        await rooms.refuse(documentId);
      return delivery;
    } finally {
      doc.destroy();
    }
  }

  async function lookOnce(): Promise<void> {
    const marked = waiting();
    if (marked.length === 0) return;
    const open = await openTabs();
    for (const { documentId, names } of marked) {
      if (isStopped) return;
      if (names.every((name) => open.has(name))) continue;
      const delivery = await deliver(documentId).catch((): Delivery => ({ kind: 'later' }));
      if (delivery.kind === 'later') return rest();
    }
    failures = 0;
  }

  /** Nobody answers, or the server cannot: later, and less and less often. */
  function rest(): void {
    failures += 1;
    cancelWait = after(delayBefore(failures, chance()), () => {
      cancelWait = null;
      void round();
    });
  }

  async function run(): Promise<void> {
    do {
      again = false;
      await lookOnce().catch(() => undefined);
    } while (again && !isStopped && cancelWait === null);
  }

  function round(): Promise<void> {
    if (isStopped || cancelWait !== null) return running ?? Promise.resolve();
    again = true;
    running ??= run().finally(() => {
      running = null;
    });
    return running;
  }

  return {
    round,
    stop: () => {
      isStopped = true;
      cancelWait?.();
    },
  };
}
