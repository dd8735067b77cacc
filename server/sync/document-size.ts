/**
 * How large a text has grown, without the text. From a snapshot it is known; what was written since is counted
 * without what a document keeps once for many updates, so that a long tail of single letters is not taken for a
 * large text. The next snapshot puts it right. Rule R15 in SPEC.md.
 */
import { documentBytesLimit, documentBytesSoftLimit } from '#domain/sync/wire.ts';

/** What of one update is gone once it is part of a document: who wrote it, when and behind what. */
export const updateFrameBytes = 32;
/** When so much has come since the room was last packed, it is packed before a text is said to be too large. */
export const packedEveryBytes = 256 * 1024;

export interface DocumentSizeLimits {
  /** The operator is told. */
  softBytes: number;
  /** Nothing more is taken. */
  hardBytes: number;
}

export const documentSizeLimits: DocumentSizeLimits = {
  softBytes: documentBytesSoftLimit,
  hardBytes: documentBytesLimit,
};

/** What an update of so many bytes adds to a document. */
export const growthOf = (updateBytes: number): number => Math.max(1, updateBytes - updateFrameBytes);

/**
 * The length of what is packed in a zstd frame, as its first bytes say (RFC 8878, 3.1.1.1); null when they do
 * not say it, which Node's always do.
 */
export function unpackedLength(head: Uint8Array): number | null {
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const descriptor = head[4] ?? 0;
  const isSingle = (descriptor & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] as number;
  const at = 5 + (isSingle ? 0 : 1) + dictionaryBytes;
  switch (descriptor >> 6) {
    case 0:
      return isSingle ? view.getUint8(at) : null;
    case 1:
      return view.getUint16(at, true) + 256;
    case 2:
      return view.getUint32(at, true);
    default:
      return Number(view.getBigUint64(at, true));
  }
}
