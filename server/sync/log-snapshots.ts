/** A snapshot as it lies in the table: what a document holds after some row, with what a reader asks first. */
import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import * as Y from 'yjs';
import type { StoredSnapshot } from './log-rows.ts';
import { Ranges } from './ranges.ts';
import type { RangePairs } from './ranges.ts';

/** Versions of Yjs read and write the same format; this says which one wrote, should that ever be in doubt. */
export const yjsVersion = (createRequire(import.meta.url)('yjs/package.json') as { version: string }).version;
/** Safety: what unpacking may yield. */
const unpackedBytesLimit = 1024 * 1024 * 1024;

export interface NewSnapshot extends StoredSnapshot {
  state: Uint8Array;
  yjsVersion: string;
}

export function packSnapshot(
  uptoSeq: number,
  state: Uint8Array,
  stateVector: Uint8Array,
  deletes: Uint8Array,
): NewSnapshot {
  const packed = zstdCompressSync(state);
  const isSmaller = packed.length < state.length;
  return {
    uptoSeq,
    enc: isSmaller ? 'v1+zstd' : 'v1',
    state: isSmaller ? packed : state,
    stateVector,
    deletes,
    crc: crc32(deletes, crc32(stateVector)),
    sha256: sha256(state),
    yjsVersion,
  };
}

/** Whether state vector and deletions are as they were written. */
export const isIntact = ({ enc, stateVector, deletes, crc }: StoredSnapshot): boolean =>
  (enc === 'v1' || enc === 'v1+zstd') && crc32(deletes, crc32(stateVector)) === crc;

/** The state; null when it is not as it was written. */
export function unpackState(snapshot: StoredSnapshot, stored: Uint8Array): Uint8Array | null {
  try {
    const state =
      snapshot.enc === 'v1+zstd'
        ? new Uint8Array(zstdDecompressSync(stored, { maxOutputLength: unpackedBytesLimit }))
        : stored;
    return Buffer.compare(sha256(state), snapshot.sha256) === 0 ? state : null;
  } catch {
    return null;
  }
}

const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(bytes).digest());

/** Deletions as an update carries them, all of a document's. */
export function deletesOf(doc: Y.Doc): Uint8Array {
  const encoder = encoding.createEncoder();
  const { clients } = Y.createDeleteSetFromStructStore(doc.store);
  encoding.writeVarUint(encoder, clients.size);
  for (const [client, items] of clients) {
    encoding.writeVarUint(encoder, client);
    encoding.writeVarUint(encoder, items.length);
    for (const { clock, len } of items) {
      encoding.writeVarUint(encoder, clock);
      encoding.writeVarUint(encoder, len);
    }
  }
  return encoding.toUint8Array(encoder);
}

/** Yjs writes them sorted and joined, as columns want them; whatever is not is put in order. */
export function readDeletes(bytes: Uint8Array): Map<number, RangePairs> {
  const decoder = decoding.createDecoder(bytes);
  const deletes = new Map<number, RangePairs>();
  for (let clients = decoding.readVarUint(decoder); clients > 0; clients -= 1) {
    const client = decoding.readVarUint(decoder);
    const pairs = new Uint32Array(2 * decoding.readVarUint(decoder));
    let isInOrder = true;
    for (let at = 0; at < pairs.length; at += 2) {
      const clock = decoding.readVarUint(decoder);
      isInOrder &&= at === 0 || clock > (pairs[at - 1] as number);
      pairs[at] = clock;
      pairs[at + 1] = clock + decoding.readVarUint(decoder);
    }
    deletes.set(client, isInOrder ? pairs : inOrder(pairs));
  }
  return deletes;
}

function inOrder(pairs: RangePairs): RangePairs {
  return new Ranges([...Ranges.of(pairs)]).pairs;
}

export function encodeClocks(clocks: ReadonlyMap<number, number>): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, clocks.size);
  for (const [client, clock] of clocks) {
    encoding.writeVarUint(encoder, client);
    encoding.writeVarUint(encoder, clock);
  }
  return encoding.toUint8Array(encoder);
}

/** An update that says only what is deleted. */
export const deletesOnly = (deletes: Uint8Array): Uint8Array => {
  const update = new Uint8Array(deletes.length + 1);
  update.set(deletes, 1);
  return update;
};
