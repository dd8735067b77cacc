/** Texts over HTTP: `POST /sync/batch`, for what a socket cannot carry and for documents that are not open. */
import * as Y from 'yjs';
import { personHeader } from '#domain/access.ts';
import { DomainError } from '#domain/errors.ts';
import {
  batchContentType,
  batchDocumentsLimit,
  batchOutcomes,
  batchPath,
  isPassingOutcome,
  readBatchAnswers,
  writeBatch,
} from '#domain/sync/batch.ts';
import type { BatchAnswer, BatchEntry } from '#domain/sync/batch.ts';
import { versionText } from '#domain/sync/versions.ts';
import { closeCodes } from '#domain/sync/wire.ts';
import { largeRequestTimeoutMs } from '../api/client.ts';

/** Asks or brings; answers in the order of the entries. Throws `offline` when no whole answer came back. */
export type Exchange = (entries: readonly BatchEntry[]) => Promise<BatchAnswer[]>;

export interface ExchangeOptions {
  baseUrl: string;
  fetch: typeof fetch;
  headers?: () => Record<string, string>;
  /** For whom it is meant: another person may have signed in in this browser. */
  personId: string;
}

export function createExchange({ baseUrl, fetch: send, headers, personId }: ExchangeOptions): Exchange {
  async function post(entries: readonly BatchEntry[]): Promise<BatchAnswer[]> {
    try {
      const response = await send(`${baseUrl}${batchPath}?v=${versionText}`, {
        method: 'POST',
        headers: { ...headers?.(), 'content-type': batchContentType, [personHeader]: personId },
        body: writeBatch(entries),
        signal: AbortSignal.timeout(largeRequestTimeoutMs),
      });
      // The same for all: said as the close code a socket would have got.
      const outcome = outcomeOf(response.status);
      if (outcome !== null) return entries.map((entry) => refusedAll(entry, outcome));
      const answers = readBatchAnswers(new Uint8Array(await response.arrayBuffer()));
      if (answers.length === entries.length) return answers;
    } catch {
      // No line, or an answer that was cut off.
    }
    throw new DomainError('offline');
  }

  return async (entries) => {
    const answers: BatchAnswer[] = [];
    for (let from = 0; from < entries.length; from += batchDocumentsLimit)
      answers.push(...(await post(entries.slice(from, from + batchDocumentsLimit))));
    return answers;
  };
}

function outcomeOf(status: number): number | null {
  if (status === 200) return null;
  if (status === 401) return closeCodes.notSignedIn.code;
  if (status === 412) return closeCodes.updateApp.code;
  if (status === 413) return closeCodes.tooLarge.code;
  if (status === 503) return closeCodes.stopping.code;
  // Not a word of ours: a captive portal, a proxy.
  throw new DomainError('offline');
}

const refusedAll = ({ documentId }: BatchEntry, outcome: number): BatchAnswer => ({
  documentId,
  outcome,
  epoch: '',
  stateVector: new Uint8Array(),
  updates: [],
});

/** What became of a text that was offered; `later` says that asking again may end otherwise. */
export type Delivery =
  | { kind: 'delivered'; epoch: string }
  /** May only read here: what is new was discarded by the server, the device keeps it. */
  | { kind: 'denied' }
  | { kind: 'refused'; code: number }
  | { kind: 'later' };

const deliveryOf = ({ outcome, epoch }: BatchAnswer): Delivery => {
  if (outcome === batchOutcomes.taken) return { kind: 'delivered', epoch };
  if (outcome === batchOutcomes.denied) return { kind: 'denied' };
  return isPassingOutcome(outcome) ? { kind: 'later' } : { kind: 'refused', code: outcome };
};

/** Asks what the server has of a text and brings the rest; resolves when that is durable there. */
export async function deliverText(exchange: Exchange, documentId: string, doc: Y.Doc): Promise<Delivery> {
  try {
    const [known] = await exchange([{ documentId, stateVector: null, update: null }]);
    if (!known) return { kind: 'later' };
    if (known.outcome !== batchOutcomes.taken) return deliveryOf(known);
    // Even when it seems to be nothing: only the answer to it says that the server has all of it on disk.
    const update = Y.encodeStateAsUpdate(doc, known.stateVector);
    const [taken] = await exchange([{ documentId, stateVector: null, update }]);
    return taken ? deliveryOf(taken) : { kind: 'later' };
  } catch {
    return { kind: 'later' };
  }
}
