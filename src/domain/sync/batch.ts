/**
 * What travels on `POST /sync/batch`: texts without a socket, for differences larger than a frame and for
 * documents that are not open. Both bodies are a version and then one entry after the other, in the varints
 * of lib0. Rules T1-T6 in server/sync/SPEC.md.
 */
import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';
import { closeCodes } from './wire.ts';

export const batchPath = '/sync/batch';
export const batchContentType = 'application/octet-stream';
const batchFormat = 1;

/** Bytes of one request. The largest text that a room takes (`documentBytesLimit`) fits. */
export const batchBytesLimit = 32 * 1024 * 1024;
/** Documents in one request. */
export const batchDocumentsLimit = 100;

export interface BatchEntry {
  documentId: string;
  /** Null: what the client lacks is not wanted. */
  stateVector: Uint8Array | null;
  /** Null: the client brings nothing. */
  update: Uint8Array | null;
}

/**
 * `taken`: everything brought is durable, and what was wanted follows. `denied`: something new from somebody
 * who may only read was discarded. Any other is the close code a socket would have got.
 */
export const batchOutcomes = { taken: 0, denied: 1 } as const;

export interface BatchAnswer {
  documentId: string;
  outcome: number;
  /** Of the room; empty when it was refused. */
  epoch: string;
  /** What the server has; empty when it was refused. */
  stateVector: Uint8Array;
  /** To be applied in this order. */
  updates: Uint8Array[];
}

/** Whether asking again later may end otherwise. */
export const isPassingOutcome = (outcome: number): boolean => outcome >= closeCodes.failed.code;

/** Not a body of this form; `code` for whoever cannot use `instanceof`. */
export class MalformedBatch extends Error {
  readonly code = 'malformed_batch';
}
export const isMalformedBatch = (error: unknown): boolean =>
  error instanceof Error && (error as { code?: unknown }).code === 'malformed_batch';

function body(write: (encoder: encoding.Encoder) => void): Uint8Array<ArrayBuffer> {
  const encoder = encoding.createEncoder();
  write(encoder);
  return encoding.toUint8Array(encoder);
}

/** Null is one byte less than an empty run of bytes. */
function writeOptional(encoder: encoding.Encoder, bytes: Uint8Array | null): void {
  encoding.writeUint8(encoder, bytes === null ? 0 : 1);
  if (bytes !== null) encoding.writeVarUint8Array(encoder, bytes);
}

export const writeBatch = (entries: readonly BatchEntry[]): Uint8Array<ArrayBuffer> =>
  body((encoder) => {
    encoding.writeVarUint(encoder, batchFormat);
    for (const { documentId, stateVector, update } of entries) {
      encoding.writeVarString(encoder, documentId);
      writeOptional(encoder, stateVector);
      writeOptional(encoder, update);
    }
  });

/** The answer's head; the answers follow as they are ready. */
export const batchAnswerHead = (): Uint8Array =>
  body((encoder) => encoding.writeVarUint(encoder, batchFormat));

export const writeBatchAnswer = (answer: BatchAnswer): Uint8Array =>
  body((encoder) => {
    encoding.writeVarString(encoder, answer.documentId);
    encoding.writeVarUint(encoder, answer.outcome);
    encoding.writeVarString(encoder, answer.epoch);
    encoding.writeVarUint8Array(encoder, answer.stateVector);
    encoding.writeVarUint(encoder, answer.updates.length);
    for (const update of answer.updates) encoding.writeVarUint8Array(encoder, update);
  });

function read<Item>(bytes: Uint8Array, readItem: (decoder: decoding.Decoder) => Item): Item[] {
  try {
    const decoder = decoding.createDecoder(bytes);
    if (decoding.readVarUint(decoder) !== batchFormat) throw new MalformedBatch('another format');
    const items: Item[] = [];
    while (decoding.hasContent(decoder)) items.push(readItem(decoder));
    return items;
  } catch (error) {
    if (isMalformedBatch(error)) throw error;
    throw new MalformedBatch('cannot be decoded');
  }
}

function readBytes(decoder: decoding.Decoder): Uint8Array {
  const length = decoding.readVarUint(decoder);
  // lib0 would hand out what lies behind the end.
  if (decoder.pos + length > decoder.arr.length) throw new MalformedBatch('ends too early');
  return decoding.readUint8Array(decoder, length);
}

function readOptional(decoder: decoding.Decoder): Uint8Array | null {
  const is = decoding.readUint8(decoder);
  if (is > 1) throw new MalformedBatch('neither there nor absent');
  return is === 0 ? null : readBytes(decoder);
}

const readText = (decoder: decoding.Decoder): string =>
  new TextDecoder('utf-8', { fatal: true }).decode(readBytes(decoder));

/** Throws MalformedBatch. */
export const readBatch = (bytes: Uint8Array): BatchEntry[] =>
  read(bytes, (decoder) => ({
    documentId: readText(decoder),
    stateVector: readOptional(decoder),
    update: readOptional(decoder),
  }));

/** Throws MalformedBatch, also for an answer that was cut off within an entry. */
export const readBatchAnswers = (bytes: Uint8Array): BatchAnswer[] =>
  read(bytes, (decoder) => {
    const documentId = readText(decoder);
    const outcome = decoding.readVarUint(decoder);
    const epoch = readText(decoder);
    const stateVector = readBytes(decoder);
    const updates: Uint8Array[] = [];
    for (let left = decoding.readVarUint(decoder); left > 0; left -= 1) updates.push(readBytes(decoder));
    return { documentId, outcome, epoch, stateVector, updates };
  });
