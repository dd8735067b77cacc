/**
 * The two numbers a device and the server compare before a document opens. Each has its history beside it;
 * raise a number in the commit that makes an older program unsafe, not for every change.
 */
import { documentSchemaVersion } from '../documents/migrations.ts';

/**
 * Protocol: what the frames on `/sync/` mean.
 * 1 (2026): y-websocket frames, acknowledgement as message type 120 for sockets that ask with `ack=1`.
 */
export const protocolVersion = 1;

/**
 * Document: which nodes, marks and attributes a program must know to open a text without destroying what it
 * does not know. Its history stands beside the schema.
 */
export const documentVersion = documentSchemaVersion;

/** What our own app sends as `v`: `<protocol>.<document>`. */
export const versionText = `${protocolVersion}.${documentVersion}`;

export interface Versions {
  protocol: number;
  document: number;
}

/** Reads `<protocol>.<document>`; null for anything else. */
export function parseVersions(text: string): Versions | null {
  const match = /^(\d{1,4})\.(\d{1,4})$/.exec(text);
  return match ? { protocol: Number(match[1]), document: Number(match[2]) } : null;
}
