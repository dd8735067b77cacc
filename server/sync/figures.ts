/**
 * What the sync server counts about itself, as plain numbers that cost nothing to raise; `http/metrics.ts`
 * writes them out. Never a name, an address or content. Rule M1 in SPEC.md.
 */
import type { CloseReason } from '#domain/sync/wire.ts';

/** Observations by upper bound, as Prometheus wants them; quantiles are reckoned there. */
export class Histogram {
  readonly bounds: readonly number[];
  /** One more than bounds: what is above the last. */
  readonly counts: Float64Array;
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number, times = 1): void {
    let at = 0;
    while (at < this.bounds.length && value > (this.bounds[at] as number)) at += 1;
    this.counts[at] = (this.counts[at] as number) + times;
    this.sum += value * times;
  }
}

/** Seconds, from a quarter of a millisecond to ten seconds. */
const durations = [0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const sizes = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000];

export class SyncFigures {
  /** From an update's arrival on a socket until it is durable. */
  readonly acknowledgement = new Histogram(durations);
  /** One commit of the log, from when it left for the writer until its answer was here. */
  readonly commit = new Histogram(durations);
  /** Of that, the end of the transaction: the flush alone, without waiting for the writer. */
  readonly flush = new Histogram(durations);
  readonly commitRows = new Histogram(sizes);
  commitBytes = 0;
  failedCommits = 0;
  /** Updates that were here already. */
  knownUpdates = 0;
  knownBytes = 0;
  /** Updates of people who may only read. */
  deniedUpdates = 0;
  /** Presences left out: too large or too many of a person or in a room, or a socket that takes nothing. */
  droppedPresences = 0;
  /** Texts that have passed the size at which the operator is told, each time their room was opened. */
  largeDocuments = 0;
  /** Sockets closed by the server, and updates refused over HTTP. */
  readonly closed = new Map<CloseReason, number>();
  readonly refused = new Map<CloseReason, number>();

  countClosed(reason: CloseReason): void {
    this.closed.set(reason, (this.closed.get(reason) ?? 0) + 1);
  }

  countRefused(reason: CloseReason): void {
    this.refused.set(reason, (this.refused.get(reason) ?? 0) + 1);
  }
}

/** What is so at the moment of asking. */
export interface SyncGauges {
  sockets: number;
  rooms: number;
  /** Updates that wait for what they build on. */
  openGaps: number;
  /** Sockets served from the log because they are behind. */
  laggingSockets: number;
  /** Handed to sockets and not yet taken by the network. */
  backlogBytes: number;
  /** Updates on their way to disk. */
  queuedUpdates: number;
  queuedBytes: number;
}
