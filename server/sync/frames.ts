/** Frames as bytes: reading what clients send, strictly, and writing what the server says. */
import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';
import {
  authTypes,
  messageTypes,
  presencesPerRoomLimit,
  presenceStateBytesLimit,
  stateVectorEntriesBound,
  syncTypes,
} from '#domain/sync/wire.ts';

export type ClientMessage =
  | { kind: 'step1'; stateVector: Uint8Array }
  /** An update, as it happens or in answer to a state vector. */
  | { kind: 'data'; update: Uint8Array; isAnswer: boolean }
  | { kind: 'presence'; presences: Presence[] }
  | { kind: 'queryPresence' }
  /** Known and of no meaning from a client. */
  | { kind: 'nothing' };

export interface Presence {
  client: number;
  clock: number;
  /** JSON; `null` says the client has gone. */
  state: string;
}

/** Not a frame that a client of this protocol sends. */
export class MalformedFrame extends Error {
  readonly code = 'malformed_frame';
}
export const isMalformedFrame = (error: unknown): boolean =>
  error instanceof Error && (error as { code?: unknown }).code === 'malformed_frame';

/** Reads one frame, which holds exactly one message; throws MalformedFrame for anything else. */
export function readFrame(bytes: Uint8Array, entriesLimit = stateVectorEntriesBound): ClientMessage {
  try {
    const decoder = decoding.createDecoder(bytes);
    const message = readMessage(decoder, entriesLimit);
    if (decoder.pos !== bytes.length) throw new MalformedFrame('more than one message');
    return message;
  } catch (error) {
    if (isMalformedFrame(error)) throw error;
    throw new MalformedFrame('cannot be decoded');
  }
}

function readMessage(decoder: decoding.Decoder, entriesLimit: number): ClientMessage {
  switch (decoding.readVarUint(decoder)) {
    case messageTypes.sync: {
      const type = decoding.readVarUint(decoder);
      const content = readBytes(decoder);
      if (type === syncTypes.step1)
        return { kind: 'step1', stateVector: checkedStateVector(content, entriesLimit) };
      if (type === syncTypes.step2 || type === syncTypes.update)
        return { kind: 'data', update: content, isAnswer: type === syncTypes.step2 };
      throw new MalformedFrame('an unknown sync message');
    }
    case messageTypes.presence:
      return { kind: 'presence', presences: readPresences(readBytes(decoder)) };
    case messageTypes.queryPresence:
      return { kind: 'queryPresence' };
    case messageTypes.auth:
      decoder.pos = decoder.arr.length;
      return { kind: 'nothing' };
    default:
      throw new MalformedFrame('an unknown message');
  }
}

function readBytes(decoder: decoding.Decoder): Uint8Array {
  const length = decoding.readVarUint(decoder);
  // lib0 would hand out what lies behind the end when the frame is part of a larger buffer.
  if (decoder.pos + length > decoder.arr.length) throw new MalformedFrame('ends too early');
  return decoding.readUint8Array(decoder, length);
}

/** Throws MalformedFrame for what is none, or one of more clients than `Room.stateVectorEntriesLimit`. */
export function checkedStateVector(bytes: Uint8Array, entriesLimit: number): Uint8Array {
  const decoder = decoding.createDecoder(bytes);
  const entries = decoding.readVarUint(decoder);
  if (entries > entriesLimit) throw new MalformedFrame('a state vector of too many clients');
  for (let index = 0; index < entries * 2; index += 1) decoding.readVarUint(decoder);
  if (decoder.pos !== bytes.length) throw new MalformedFrame('a state vector with bytes left over');
  return bytes;
}

/** The first `presencesPerRoomLimit`: a room has no more. One that is too large has no state, which nobody takes. */
function readPresences(bytes: Uint8Array): Presence[] {
  const decoder = decoding.createDecoder(bytes);
  const presences: Presence[] = [];
  const count = decoding.readVarUint(decoder);
  for (let left = Math.min(count, presencesPerRoomLimit); left > 0; left -= 1) {
    const client = decoding.readVarUint(decoder);
    const clock = decoding.readVarUint(decoder);
    const length = decoding.peekVarUint(decoder);
    const isTooLarge = length > presenceStateBytesLimit;
    if (isTooLarge) readBytes(decoder);
    presences.push({ client, clock, state: isTooLarge ? '' : decoding.readVarString(decoder) });
  }
  if (count <= presencesPerRoomLimit && decoder.pos !== bytes.length)
    throw new MalformedFrame('a presence with bytes left over');
  return presences;
}

function frame(write: (encoder: encoding.Encoder) => void): Uint8Array {
  const encoder = encoding.createEncoder();
  write(encoder);
  return encoding.toUint8Array(encoder);
}

const syncFrame = (type: number, content: Uint8Array): Uint8Array =>
  frame((encoder) => {
    encoding.writeVarUint(encoder, messageTypes.sync);
    encoding.writeVarUint(encoder, type);
    encoding.writeVarUint8Array(encoder, content);
  });

export const step2Frame = (update: Uint8Array): Uint8Array => syncFrame(syncTypes.step2, update);
export const updateFrame = (update: Uint8Array): Uint8Array => syncFrame(syncTypes.update, update);

/** A state vector from clocks, as Yjs writes it. */
export const stateVectorOf = (clocks: ReadonlyMap<number, number>): Uint8Array =>
  frame((encoder) => {
    encoding.writeVarUint(encoder, clocks.size);
    for (const [client, clock] of clocks) {
      encoding.writeVarUint(encoder, client);
      encoding.writeVarUint(encoder, clock);
    }
  });

/** "This is what I have; send the rest." */
export const step1Frame = (clocks: ReadonlyMap<number, number>): Uint8Array =>
  syncFrame(syncTypes.step1, stateVectorOf(clocks));

/** "This is the room as it began with its last restore." */
export const epochFrame = (epoch: string): Uint8Array =>
  frame((encoder) => {
    encoding.writeVarUint(encoder, messageTypes.epoch);
    encoding.writeVarString(encoder, epoch);
  });

export const acknowledgementFrame = (durable: number): Uint8Array =>
  frame((encoder) => {
    encoding.writeVarUint(encoder, messageTypes.acknowledgement);
    encoding.writeVarUint(encoder, durable);
  });

export const permissionDeniedFrame = (reason: string): Uint8Array =>
  frame((encoder) => {
    encoding.writeVarUint(encoder, messageTypes.auth);
    encoding.writeVarUint(encoder, authTypes.permissionDenied);
    encoding.writeVarString(encoder, reason);
  });

export const presenceFrame = (presences: readonly Presence[]): Uint8Array =>
  frame((encoder) => {
    encoding.writeVarUint(encoder, messageTypes.presence);
    encoding.writeVarUint8Array(
      encoder,
      frame((inner) => {
        encoding.writeVarUint(inner, presences.length);
        for (const { client, clock, state } of presences) {
          encoding.writeVarUint(inner, client);
          encoding.writeVarUint(inner, clock);
          encoding.writeVarString(inner, state);
        }
      }),
    );
  });
