/**
 * Texts without a socket: `POST /sync/batch` brings updates larger than a frame, or of documents that are not
 * open, and asks for what a client lacks. The same gates as on a socket, through the same room. Rules T1-T6 in
 * SPEC.md.
 */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { personHeader } from '#domain/access.ts';
import type { PersonActor } from '#domain/access.ts';
import { documentId } from '#domain/ids.ts';
import {
  batchAnswerHead,
  batchBytesLimit,
  batchContentType,
  batchDocumentsLimit,
  batchOutcomes,
  isMalformedBatch,
  readBatch,
  writeBatchAnswer,
} from '#domain/sync/batch.ts';
import type { BatchAnswer, BatchEntry } from '#domain/sync/batch.ts';
import { documentVersion, parseVersions, protocolVersion } from '#domain/sync/versions.ts';
import { closeCodes } from '#domain/sync/wire.ts';
import type { CloseReason } from '#domain/sync/wire.ts';
import { closeReasonOf } from './admission.ts';
import type { Admission, SyncAccess, SyncSession } from './admission.ts';
import { walkedInThreadFrom } from './digest.ts';
import type { Answers } from './answers.ts';
import type { SyncFigures } from './figures.ts';
import { checkedStateVector } from './frames.ts';
import { portionBytes } from './line.ts';
import type { Log } from './log.ts';
import type { Refusal as RefusedUpdate } from './refusals.ts';
import type { Member } from './room.ts';
import type { Rooms } from './rooms.ts';

/** Bodies of the largest size that may be held together, one of each person; who comes beyond is to come back. */
export const batchesTogetherLimit = 2;
/** Requests of one person at a time. */
export const batchesPerPersonLimit = 2;
const retryAfterSeconds = '2';

export interface BatchParts {
  answers: Answers;
  rooms: Pick<Rooms, 'open'>;
  log: Pick<Log, 'state'>;
  figures: SyncFigures;
  access: SyncAccess;
  admission: Admission;
  /** For the operator. */
  told: (refusal: RefusedUpdate) => void;
  isStopping: () => boolean;
  report: (event: 'batch_failed', facts: { error: unknown }) => void;
  /** A body of which nothing comes, and an answer of which nothing is taken, ends after this. */
  patienceMs: number;
  /** Lower in tests. */
  bytesLimit?: number;
}

/** Somebody who brings updates and takes no seat: what others write meanwhile is not sent. */
class Bringer implements Member {
  readonly personId: string;
  readonly name: string;
  readonly canWrite: boolean;
  readonly receives = false;
  readonly wantsEcho = false;
  readonly backlogBytes = 0;

  constructor({ personId, name }: PersonActor, canWrite: boolean) {
    this.personId = personId;
    this.name = name;
    this.canWrite = canWrite;
  }
  send(): void {
    // Nobody listens.
  }
  deliver(): void {
    // Nobody listens.
  }
  deliverAndWait(): Promise<boolean> {
    return Promise.resolve(false);
  }
  sendInPortions(): Promise<boolean> {
    return Promise.resolve(false);
  }
  close(): void {
    // There is nothing to close.
  }
}

export type HandleBatch = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export function createBatchHandler(parts: BatchParts): HandleBatch {
  const { rooms, log, answers, figures, access, admission, isStopping, told, report } = parts;
  const { bytesLimit = batchBytesLimit, patienceMs } = parts;
  const underWay = new Map<string, number>();
  /** Of bodies, by person. */
  const held = new Map<string, number>();
  let heldBytes = 0;

  function hold(personId: string, bytes: number): void {
    const theirs = (held.get(personId) ?? 0) + bytes;
    if (theirs > 0) held.set(personId, theirs);
    else held.delete(personId);
    heldBytes += bytes;
  }

  /** Reads the body up to the limit; what is held of it is counted in `body`. */
  async function readBody(request: IncomingMessage, body: Body): Promise<Uint8Array | Refusal> {
    if (Number(request.headers['content-length'] ?? 0) > bytesLimit) return refusals.tooLarge;
    const chunks: Buffer[] = [];
    request.setTimeout(patienceMs, () => request.destroy(new Error('nothing comes')));
    // Not destroyed when it is left early: the answer travels on the same line.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      body.bytes += chunk.length;
      hold(body.personId, chunk.length);
      if (body.bytes > bytesLimit) return refusals.tooLarge;
      if ((held.get(body.personId) ?? 0) > bytesLimit) return refusals.busy;
      if (heldBytes > batchesTogetherLimit * bytesLimit) return refusals.busy;
      chunks.push(chunk);
    }
    request.setTimeout(0);
    return Buffer.concat(chunks);
  }

  /** Questions in bytes of their own: they are kept longer than the body. */
  async function readEntries(request: IncomingMessage, body: Body): Promise<BatchEntry[] | Refusal> {
    const bytes = await readBody(request, body);
    if (!(bytes instanceof Uint8Array)) return bytes;
    return readBatch(bytes).map(({ stateVector, ...entry }) => ({
      ...entry,
      stateVector: stateVector && new Uint8Array(stateVector),
    }));
  }

  async function sessionOf(request: IncomingMessage): Promise<SyncSession | null> {
    const session = await access.sessionOf(request, null);
    const meant = request.headers[personHeader];
    // Another person has signed in in this browser since: what the first one wrote is not theirs to send.
    return meant !== undefined && meant !== session?.personId ? null : session;
  }

  async function answerOne(
    session: SyncSession,
    entry: BatchEntry,
    receives: boolean,
  ): Promise<Uint8Array[]> {
    try {
      return [writeBatchAnswer(await exchange(session, entry, receives))];
    } catch (error) {
      const reason = closeReasonOf(error);
      if (reason === 'failed') report('batch_failed', { error });
      return [writeBatchAnswer(refused(entry, reason))];
    }
  }

  /** What is held of the body is let go of with the last entry that brings something. */
  async function answerAll(response: ServerResponse, entries: BatchEntry[], body: Body & Answering) {
    const { session, receives } = body;
    const last = entries.findLastIndex(({ update }) => update !== null);
    if (last < 0) letGo(body);
    for (const [index, entry] of entries.entries()) {
      if (response.destroyed) return;
      // In this person's turn, and never more for them than they take.
      await answers.give(
        session.personId,
        () => answerOne(session, entry, receives),
        ([answer]) => write(response, answer as Uint8Array),
      );
      entry.update = null;
      if (index === last) letGo(body);
    }
  }

  function letGo(body: Body): void {
    hold(body.personId, -body.bytes);
    body.bytes = 0;
  }

  /** In pieces, each within the time that a socket has. */
  async function write(response: ServerResponse, bytes: Uint8Array): Promise<void> {
    response.setTimeout(patienceMs, () => response.destroy());
    for (let at = 0; at < bytes.length && !response.destroyed; at += portionBytes)
      if (!response.write(bytes.subarray(at, at + portionBytes))) await drained(response);
    response.setTimeout(0);
  }

  async function exchange(session: SyncSession, entry: BatchEntry, receives: boolean): Promise<BatchAnswer> {
    const id = documentId.safeParse(entry.documentId);
    if (!id.success) return refused(entry, 'badRoom');
    const right = await admission.onDocument(session, id.data);
    if (typeof right === 'string') return refused(entry, right);
    const { room, release } = await rooms.open(id.data);
    try {
      let outcome: number = batchOutcomes.taken;
      if (entry.update !== null) {
        const bringer = new Bringer(right.actor, right.canWrite);
        const submit = entry.update.length < walkedInThreadFrom ? 'submit' : 'submitLarge';
        const verdict = await room[submit](entry.update, session.personId, bringer, true);
        if (verdict.verdict === 'refused') {
          figures.countRefused(verdict.reason);
          told({ room: room.name, person: session.personId, reason: verdict.reason });
          return refused(entry, verdict.reason);
        }
        if (verdict.verdict === 'denied') {
          figures.deniedUpdates += 1;
          outcome = batchOutcomes.denied;
        } else {
          if (verdict.verdict === 'known') {
            figures.knownUpdates += 1;
            figures.knownBytes += entry.update.length;
          }
          await verdict.durable;
        }
      }
      if (entry.stateVector === null || !receives)
        return {
          documentId: id.data,
          outcome,
          epoch: room.epoch,
          stateVector: room.stateVector,
          updates: [],
        };
      const { epoch, updates, stateVector } = await log.state(
        room.name,
        checkedStateVector(entry.stateVector, room.stateVectorEntriesLimit),
      );
      return { documentId: id.data, outcome, epoch, stateVector, updates: [...updates] };
    } finally {
      release();
    }
  }

  async function handle(request: IncomingMessage, response: ServerResponse) {
    if (isStopping()) return refuse(response, refusals.busy);
    const receives = receivesAt(request.url ?? '');
    if (typeof receives === 'string') return refuse(response, refusals[receives]);
    const session = await sessionOf(request);
    if (session === null) return refuse(response, refusals.notSignedIn);
    const running = underWay.get(session.personId) ?? 0;
    if (running >= batchesPerPersonLimit) return refuse(response, refusals.busy);
    underWay.set(session.personId, running + 1);
    const body = { personId: session.personId, bytes: 0, session, receives };
    try {
      const entries = await readEntries(request, body);
      if (!Array.isArray(entries)) return refuse(response, entries);
      if (entries.length > batchDocumentsLimit) return refuse(response, refusals.tooLarge);
      response.writeHead(200, { 'content-type': batchContentType, 'cache-control': 'no-store' });
      await write(response, batchAnswerHead());
      // One after the other, each sent before the next is made: an answer may be as large as its document.
      await answerAll(response, entries, body);
      response.end();
    } catch (error) {
      // Whoever goes away in the middle of a sentence has said nothing.
      if (request.errored) return;
      if (!isMalformedBatch(error) || response.headersSent) throw error;
      refuse(response, refusals.malformed);
    } finally {
      letGo(body);
      const left = (underWay.get(session.personId) ?? 1) - 1;
      if (left > 0) underWay.set(session.personId, left);
      else underWay.delete(session.personId);
    }
  }

  return handle;
}

/** What a request holds of its body. */
interface Body {
  readonly personId: string;
  bytes: number;
}

interface Answering {
  session: SyncSession;
  receives: boolean;
}

const refused = (entry: BatchEntry, reason: CloseReason): BatchAnswer => ({
  documentId: entry.documentId,
  outcome: closeCodes[reason].code,
  epoch: '',
  stateVector: new Uint8Array(),
  updates: [],
});

/** Whether this app may be sent today's documents; why not, when it may not even deliver. */
function receivesAt(url: string): boolean | 'malformed' | 'updateApp' {
  const announced = new URLSearchParams(url.split('?', 2)[1] ?? '').get('v');
  if (announced === null) return true;
  const versions = parseVersions(announced);
  if (versions === null) return 'malformed';
  if (versions.protocol !== protocolVersion || versions.document > documentVersion) return 'updateApp';
  return versions.document === documentVersion;
}

interface Refusal {
  status: number;
  error: string;
}

const refusals = {
  notSignedIn: { status: 401, error: 'not_signed_in' },
  malformed: { status: 400, error: 'bad_input' },
  updateApp: { status: 412, error: 'update_app' },
  tooLarge: { status: 413, error: 'too_large' },
  busy: { status: 503, error: 'busy' },
} as const satisfies Record<string, Refusal>;

function refuse(response: ServerResponse, { status, error }: Refusal): void {
  // What was not read of the body is not read any more.
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store', connection: 'close' };
  response.writeHead(status, status === 503 ? { ...headers, 'retry-after': retryAfterSeconds } : headers);
  response.end(JSON.stringify({ error }));
}

async function drained(response: ServerResponse): Promise<void> {
  if (response.destroyed) return;
  const ending = new AbortController();
  const { signal } = ending;
  // Whoever goes away does not take the rest.
  await Promise.race([once(response, 'drain', { signal }), once(response, 'close', { signal })]).catch(
    () => undefined,
  );
  ending.abort();
}
