/** The server's one secret, and what is derived from it. Nothing here is ever stored or logged. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** Of the secret file, and of every secret part of a token. */
export const secretBytes = 32;

export interface Secrets {
  /** A key of its own for each purpose, so that what leaks in one place opens nothing in another. */
  derive(purpose: string): Buffer;
}

export function createSecrets(secret: Uint8Array): Secrets {
  if (secret.length < secretBytes) throw new RangeError(`the secret needs ${secretBytes} bytes`);
  return { derive: (purpose) => createHmac('sha256', secret).update(`stoa/${purpose}`).digest() };
}

/** What is stored of a token. A plain hash is enough: the token itself has 256 random-looking bits. */
export const hashToken = (secretPart: Uint8Array): string =>
  createHash('sha256').update(secretPart).digest('hex');

/** Compares two hashes in a time that tells nothing about where they differ. */
export function isSameHash(one: string, other: string): boolean {
  const a = Buffer.from(one);
  const b = Buffer.from(other);
  return a.length === b.length && timingSafeEqual(a, b);
}

/** The secret part of a link's token can be made again from its id, so that an invitation can be shown again. */
const linkSecret = (secrets: Secrets, linkId: string): Buffer => secrets.derive(`link/${linkId}`);

/** A link's token (64 characters, safe in a fragment) and the hash to store. */
export function linkTokenOf(secrets: Secrets, linkId: string): { token: string; hash: string } {
  const secretPart = linkSecret(secrets, linkId);
  const id = Buffer.from(linkId.replaceAll('-', ''), 'hex');
  return { token: Buffer.concat([id, secretPart]).toString('base64url'), hash: hashToken(secretPart) };
}

export const linkTokenLength = 64;

/** The id and the hash a token claims; null for text that is no token. */
export function readLinkToken(token: string): { linkId: string; hash: string } | null {
  if (!/^[A-Za-z0-9_-]{64}$/.test(token)) return null;
  const bytes = Buffer.from(token, 'base64url');
  const hex = bytes.subarray(0, 16).toString('hex');
  const linkId = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
  return { linkId, hash: hashToken(bytes.subarray(16)) };
}

const accessTokenPattern = /^stoa_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;

/** `stoa_<id>_<secret>` from an id and fresh random bytes. */
export const accessTokenOf = (id: string, random: Uint8Array): { token: string; hash: string } => ({
  token: `stoa_${id}_${Buffer.from(random).toString('base64url')}`,
  hash: hashToken(random),
});

export function readAccessToken(token: string): { id: string; hash: string } | null {
  const match = accessTokenPattern.exec(token);
  return match
    ? { id: match[1] as string, hash: hashToken(Buffer.from(match[2] as string, 'base64url')) }
    : null;
}
