/**
 * Rows that a snapshot has taken in, packed for keeping. Neighbours in a log resemble each other: a row is
 * stored as the difference to the last one of its length, which leaves mostly zeros, and then compressed.
 * Measured on a real editing trace of 259,778 rows: 0.8 x the snapshot's bytes, where compressing the plain
 * rows gives 2.7 x and the rows in a table 43 x.
 */
import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';
import { constants, crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { StoredRow, StoredSegment } from './log-rows.ts';

export const segmentEncoding = 'rows1+zstd';
/** Beyond this level it takes many times longer for a few percent. */
const level = 6;
/** Rows of a segment, unpacked: what a reader must hold at once. A larger row has a segment of its own. */
export const segmentBytesLimit = 4 * 1024 * 1024;
/** Safety: what unpacking may yield. */
const unpackedBytesLimit = 256 * 1024 * 1024;

export interface PackedSegment extends StoredSegment {
  rows: number;
}

/** Rows in order of their numbers, as segments of at most `segmentBytesLimit`. Their checksums were verified. */
export function packRows(rows: readonly StoredRow[]): PackedSegment[] {
  const segments: PackedSegment[] = [];
  let from = 0;
  let bytes = 0;
  rows.forEach((row, index) => {
    if (index > from && bytes + row.bytes.length > segmentBytesLimit) {
      segments.push(pack(rows.slice(from, index)));
      from = index;
      bytes = 0;
    }
    bytes += row.bytes.length;
  });
  if (from < rows.length) segments.push(pack(rows.slice(from)));
  return segments;
}

/** Columns: first everything that is mostly the same from row to row, then the bytes. */
function pack(rows: readonly StoredRow[]): PackedSegment {
  const encoder = encoding.createEncoder();
  const users = [...new Set(rows.map(({ user }) => user))];
  const userIndex = new Map(users.map((user, index) => [user, index]));
  encoding.writeVarUint(encoder, users.length);
  for (const user of users) encoding.writeVarString(encoder, user);
  encoding.writeVarUint(encoder, rows.length);
  const column = (write: (row: StoredRow, before: StoredRow | undefined) => void) =>
    rows.forEach((row, index) => write(row, rows[index - 1]));
  column((row, before) => encoding.writeVarUint(encoder, row.seq - (before?.seq ?? 0)));
  column((row, before) => encoding.writeVarInt(encoder, row.at - (before?.at ?? 0)));
  column((row) => encoding.writeVarUint(encoder, userIndex.get(row.user) as number));
  column((row) => encoding.writeVarUint(encoder, row.bytes.length));
  const lastOfLength = new Map<number, Uint8Array>();
  for (const { bytes } of rows) {
    const last = lastOfLength.get(bytes.length);
    if (last === undefined) encoding.writeUint8Array(encoder, bytes);
    else
      for (let at = 0; at < bytes.length; at += 1)
        encoding.write(encoder, ((bytes[at] as number) - (last[at] as number)) & 255);
    lastOfLength.set(bytes.length, bytes);
  }
  const packed = zstdCompressSync(encoding.toUint8Array(encoder), {
    params: { [constants.ZSTD_c_compressionLevel]: level },
  });
  return {
    fromSeq: (rows[0] as StoredRow).seq,
    uptoSeq: (rows.at(-1) as StoredRow).seq,
    rows: rows.length,
    enc: segmentEncoding,
    crc: crc32(packed),
    bytes: packed,
  };
}

/** The rows of a segment; null when it is damaged or of a kind that this program does not know. */
export function unpackRows(segment: StoredSegment): StoredRow[] | null {
  if (segment.enc !== segmentEncoding || crc32(segment.bytes) !== segment.crc) return null;
  const decoder = decoding.createDecoder(
    new Uint8Array(zstdDecompressSync(segment.bytes, { maxOutputLength: unpackedBytesLimit })),
  );
  const users = list(decoding.readVarUint(decoder), () => decoding.readVarString(decoder));
  const count = decoding.readVarUint(decoder);
  let seq = 0;
  let at = 0;
  const seqs = list(count, () => (seq += decoding.readVarUint(decoder)));
  const times = list(count, () => (at += decoding.readVarInt(decoder)));
  const owners = list(count, () => users[decoding.readVarUint(decoder)] as string);
  const lengths = list(count, () => decoding.readVarUint(decoder));
  const lastOfLength = new Map<number, Uint8Array>();
  return lengths.map((length, index) => {
    const bytes = decoding.readUint8Array(decoder, length).slice();
    const last = lastOfLength.get(length);
    if (last !== undefined)
      for (let place = 0; place < length; place += 1)
        bytes[place] = ((bytes[place] as number) + (last[place] as number)) & 255;
    lastOfLength.set(length, bytes);
    return {
      seq: seqs[index] as number,
      user: owners[index] as string,
      at: times[index] as number,
      enc: 'v1',
      status: 'stored' as const,
      reason: null,
      bytes,
      crc: crc32(bytes),
    };
  });
}

const list = <Item>(count: number, read: () => Item): Item[] => Array.from({ length: count }, read);
