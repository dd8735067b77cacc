/**
 * A strict reading of a Yjs V1 update, without building a document. Yjs itself decodes leniently: trailing
 * bytes go unseen (a V2 update reads as "nothing"), lengths are believed, bad JSON throws only in the
 * browsers of the others. Here every byte must be accounted for before the update may enter the log.
 * Rules W1-W8 in SPEC.md. Format: yjs 13.6, `src/utils/encoding.js` and `src/structs/`.
 */
import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';
import type { ClockRange } from './ranges.ts';

/** Clocks of one update stay below this. */
export const clockLimit = 2 ** 31;
/** Longest run that costs no bytes: deleted, collected or skipped content. */
export const emptyRunLimit = 2 ** 24;
/**
 * Lists and objects inside each other in one value. Whoever reads, compares or writes such a value does it by
 * recursion, and a stack ends after some thousands; no editor nests beyond ten.
 */
export const nestedValuesLimit = 100;

/** One struct, or several in a row of which only the first builds on another client's. */
export interface WalkedStruct {
  clock: number;
  length: number;
  /** A skip is a hole: it stands for clocks this update does not bring. */
  skip: boolean;
  /** What it builds on of other clients, as flat pairs of client and clock: left and right origin, parent. */
  refs: readonly number[];
}

export interface WalkedUpdate {
  structs: ReadonlyMap<number, readonly WalkedStruct[]>;
  deletes: ReadonlyMap<number, readonly ClockRange[]>;
}

/** The update is not one that an unmodified Yjs writes. `message` says where it broke, never content. */
export class MalformedUpdate extends Error {
  readonly code = 'malformed_update';
}

export const isMalformedUpdate = (error: unknown): error is MalformedUpdate =>
  error instanceof Error && (error as { code?: unknown }).code === 'malformed_update';

const refuse = (why: string): never => {
  throw new MalformedUpdate(why);
};

const noRefs: readonly number[] = [];

/** Reads the whole update or throws MalformedUpdate. Never reads past the given bytes. */
export function walkUpdate(bytes: Uint8Array): WalkedUpdate {
  const decoder = decoding.createDecoder(bytes);
  try {
    const structs = walkStructs(decoder);
    const deletes = walkDeletes(decoder);
    if (decoder.pos !== bytes.length) refuse('bytes are left over');
    return { structs, deletes };
  } catch (error) {
    if (isMalformedUpdate(error)) throw error;
    // Whatever the decoder threw (end of input, bad UTF-8, bad JSON, nesting without end) means the same.
    throw new MalformedUpdate('cannot be decoded');
  }
}

const within = (decoder: decoding.Decoder): void => {
  // lib0 hands out views beyond the end when the bytes are part of a larger buffer.
  if (decoder.pos > decoder.arr.length) refuse('ends too early');
};

function walkStructs(decoder: decoding.Decoder): Map<number, WalkedStruct[]> {
  const byClient = new Map<number, WalkedStruct[]>();
  const clients = decoding.readVarUint(decoder);
  for (let index = 0; index < clients; index += 1) {
    const count = decoding.readVarUint(decoder);
    const client = decoding.readVarUint(decoder);
    let clock = decoding.readVarUint(decoder);
    if (count < 1) refuse('a client without structs');
    if (byClient.has(client)) refuse('a client twice');
    const structs: WalkedStruct[] = [];
    byClient.set(client, structs);
    for (let left = count; left > 0; left -= 1) {
      const struct = walkStruct(decoder, client, clock);
      within(decoder);
      const last = structs.at(-1);
      // What builds on its own client's past alone needs nothing that the struct before it does not need.
      if (last !== undefined && !last.skip && !struct.skip && struct.refs.length === 0)
        last.length += struct.length;
      else structs.push(struct);
      clock += struct.length;
      if (clock >= clockLimit) refuse('a clock beyond the limit');
    }
  }
  return byClient;
}

/** An update in two. Both are updates; null for one that would say nothing. */
export interface Cut {
  fits: Uint8Array | null;
  rest: Uint8Array | null;
}

/**
 * Cuts a walked update where a room cannot follow: into what brings each client up to `reached`, and what lies
 * behind. Structs and deletions stay as they are, byte for byte; V1 writes each for itself.
 */
export function cutUpdate(bytes: Uint8Array, reached: (client: number) => number): Cut {
  const decoder = decoding.createDecoder(bytes);
  const fits = new Part();
  const rest = new Part();
  for (let left = decoding.readVarUint(decoder); left > 0; left -= 1) {
    const count = decoding.readVarUint(decoder);
    const client = decoding.readVarUint(decoder);
    let clock = decoding.readVarUint(decoder);
    const from = { clock, at: decoder.pos };
    let cut = { clock, at: decoder.pos, index: 0 };
    for (let index = 1; index <= count; index += 1) {
      clock += walkStruct(decoder, client, clock).length;
      if (clock <= reached(client)) cut = { clock, at: decoder.pos, index };
    }
    fits.addStructs(client, cut.index, from.clock, bytes.subarray(from.at, cut.at));
    rest.addStructs(client, count - cut.index, cut.clock, bytes.subarray(cut.at, decoder.pos));
  }
  for (const [client, ranges] of walkDeletes(decoder)) {
    const isWithin = ({ clock, length }: ClockRange) => clock + length <= reached(client);
    fits.addDeletes(client, ranges.filter(isWithin));
    rest.addDeletes(
      client,
      ranges.filter((range) => !isWithin(range)),
    );
  }
  return { fits: fits.bytes(), rest: rest.bytes() };
}

/** One side of a cut, being written. */
class Part {
  readonly #structs = encoding.createEncoder();
  readonly #deletes = encoding.createEncoder();
  #clients = 0;
  #deleters = 0;

  addStructs(client: number, count: number, clock: number, bytes: Uint8Array): void {
    if (count === 0) return;
    this.#clients += 1;
    for (const number of [count, client, clock]) encoding.writeVarUint(this.#structs, number);
    encoding.writeUint8Array(this.#structs, bytes);
  }

  addDeletes(client: number, ranges: readonly ClockRange[]): void {
    if (ranges.length === 0) return;
    this.#deleters += 1;
    for (const number of [client, ranges.length]) encoding.writeVarUint(this.#deletes, number);
    for (const { clock, length } of ranges)
      for (const number of [clock, length]) encoding.writeVarUint(this.#deletes, number);
  }

  bytes(): Uint8Array | null {
    if (this.#clients + this.#deleters === 0) return null;
    const whole = encoding.createEncoder();
    encoding.writeVarUint(whole, this.#clients);
    encoding.writeUint8Array(whole, encoding.toUint8Array(this.#structs));
    encoding.writeVarUint(whole, this.#deleters);
    encoding.writeUint8Array(whole, encoding.toUint8Array(this.#deletes));
    return encoding.toUint8Array(whole);
  }
}

/** Bits of the info byte, as Yjs names them. */
const contentBits = 0b0001_1111;
const hasParentKey = 0b0010_0000;
const hasRightOrigin = 0b0100_0000;
const hasOrigin = 0b1000_0000;

function walkStruct(decoder: decoding.Decoder, client: number, clock: number): WalkedStruct {
  const info = decoding.readUint8(decoder);
  const kind = info & contentBits;
  if (kind === 0 || kind === 10) {
    if (info !== kind) refuse('flags on a struct that has none');
    return { clock, length: emptyRun(decoder), skip: kind === 10, refs: noRefs };
  }
  const refs: number[] = [];
  const readId = (): void => {
    const by = decoding.readVarUint(decoder);
    const at = decoding.readVarUint(decoder);
    if (by !== client) refs.push(by, at);
    else if (at >= clock) refuse('builds on itself');
  };
  if (info & hasOrigin) readId();
  if (info & hasRightOrigin) readId();
  if ((info & (hasOrigin | hasRightOrigin)) === 0) {
    const byName = decoding.readVarUint(decoder);
    if (byName === 1) skipBytes(decoder);
    else if (byName === 0) readId();
    else refuse('an unknown form of parent');
    if (info & hasParentKey) decoding.readVarString(decoder);
  }
  const read = contents[kind];
  const length = read === undefined ? refuse('an unknown kind of content') : read(decoder);
  if (length < 1) refuse('content without length');
  return { clock, length, skip: false, refs: refs.length === 0 ? noRefs : refs };
}

function emptyRun(decoder: decoding.Decoder): number {
  const length = decoding.readVarUint(decoder);
  if (length < 1 || length > emptyRunLimit) refuse('an empty run of impossible length');
  return length;
}

function skipBytes(decoder: decoding.Decoder): void {
  const length = decoding.readVarUint(decoder);
  decoder.pos += length;
  within(decoder);
}

function readJson(decoder: decoding.Decoder): void {
  checkJson(decoding.readVarString(decoder));
}

function checkJson(text: string): void {
  JSON.parse(text);
  // Each level has two brackets.
  if (text.length <= 2 * nestedValuesLimit) return;
  let depth = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (isInString && sign === '\\') at += 1;
    else if (sign === '"') isInString = !isInString;
    else if (isInString) continue;
    else if (sign === '[' || sign === '{') depth += 1;
    else if (sign === ']' || sign === '}') depth -= 1;
    if (depth > nestedValuesLimit) refuse('values nested too deeply');
  }
}

/** Reads a value as `decoding.readAny` does, without making it, and tells whether it was a list or an object. */
function walkAny(decoder: decoding.Decoder, depth = 1): boolean {
  const kind = decoding.readUint8(decoder);
  const isNest = kind === 117 || kind === 118;
  if (isNest && depth > nestedValuesLimit) refuse('values nested too deeply');
  if (isNest)
    for (let left = decoding.readVarUint(decoder); left > 0; left -= 1) {
      if (kind === 118) decoding.readVarString(decoder);
      walkAny(decoder, depth + 1);
    }
  else if (kind === 116) skipBytes(decoder);
  else if (kind === 119) decoding.readVarString(decoder);
  else if (kind === 122 || kind === 123) decoder.pos += 8;
  else if (kind === 124) decoder.pos += 4;
  else if (kind === 125) decoding.readVarInt(decoder);
  // True, false, null and undefined have nothing behind them.
  else if (kind !== 120 && kind !== 121 && kind !== 126 && kind !== 127) refuse('an unknown kind of value');
  within(decoder);
  return isNest;
}

/** How each kind of content is read; the answer is its length in clocks. Index is the kind's number. */
const contents: readonly (((decoder: decoding.Decoder) => number) | undefined)[] = [
  undefined,
  emptyRun, // deleted
  (decoder) => {
    // JSON of old documents
    const length = decoding.readVarUint(decoder);
    for (let left = length; left > 0; left -= 1) {
      const text = decoding.readVarString(decoder);
      if (text !== 'undefined') checkJson(text);
    }
    return length;
  },
  (decoder) => {
    skipBytes(decoder); // binary
    return 1;
  },
  (decoder) => decoding.readVarString(decoder).length, // text, in UTF-16 units
  (decoder) => {
    readJson(decoder); // embed
    return 1;
  },
  (decoder) => {
    decoding.readVarString(decoder); // format: key, value
    readJson(decoder);
    return 1;
  },
  (decoder) => {
    // a type: array, map, text, element, fragment, hook, xml text; element and hook have a name
    const type = decoding.readVarUint(decoder);
    if (type > 6) refuse('an unknown type');
    if (type === 3 || type === 5) decoding.readVarString(decoder);
    return 1;
  },
  (decoder) => {
    const length = decoding.readVarUint(decoder);
    for (let left = length; left > 0; left -= 1) walkAny(decoder);
    return length;
  },
  (decoder) => {
    decoding.readVarString(decoder); // a document inside: its id and options
    if (!walkAny(decoder)) refuse('a document without options');
    return 1;
  },
];

function walkDeletes(decoder: decoding.Decoder): Map<number, ClockRange[]> {
  const byClient = new Map<number, ClockRange[]>();
  const clients = decoding.readVarUint(decoder);
  for (let index = 0; index < clients; index += 1) {
    const client = decoding.readVarUint(decoder);
    const count = decoding.readVarUint(decoder);
    if (count < 1) refuse('a client without deletions');
    if (byClient.has(client)) refuse('deletions of a client twice');
    const ranges: ClockRange[] = [];
    byClient.set(client, ranges);
    for (let left = count; left > 0; left -= 1) {
      const clock = decoding.readVarUint(decoder);
      const length = decoding.readVarUint(decoder);
      if (length < 1 || clock + length >= clockLimit) refuse('a deletion of impossible length');
      ranges.push({ clock, length });
    }
  }
  return byClient;
}
