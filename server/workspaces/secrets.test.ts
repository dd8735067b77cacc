import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  accessTokenOf,
  createSecrets,
  isSameHash,
  linkTokenLength,
  linkTokenOf,
  readAccessToken,
  readLinkToken,
  secretBytes,
} from './secrets.ts';

const bytes = fc.uint8Array({ minLength: secretBytes, maxLength: secretBytes });

describe('tokens', () => {
  it('of links name their link and match what is stored of it, under one secret only', () => {
    fc.assert(
      fc.property(bytes, bytes, fc.uuid(), (secret, other, linkId) => {
        const { token, hash } = linkTokenOf(createSecrets(secret), linkId);
        expect(token).toHaveLength(linkTokenLength);
        expect(readLinkToken(token)).toEqual({ linkId, hash });
        const elsewhere = linkTokenOf(createSecrets(other), linkId);
        expect(isSameHash(elsewhere.hash, hash)).toBe(Buffer.compare(secret, other) === 0);
      }),
    );
  });

  it('of scripts name their row and match what is stored of it', () => {
    fc.assert(
      fc.property(fc.uuid(), bytes, (id, random) => {
        const { token, hash } = accessTokenOf(id, random);
        expect(readAccessToken(token)).toEqual({ id, hash });
        expect(hash).not.toContain(token.slice(-43));
      }),
    );
  });

  it('are refused by form when they are anything else', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => {
        expect(readLinkToken(text)).toBeNull();
        expect(readAccessToken(text)).toBeNull();
      }),
    );
    expect(readLinkToken('..%2f'.repeat(13).slice(0, 64))).toBeNull();
  });

  it('ask for a whole secret', () => {
    expect(() => createSecrets(new Uint8Array(secretBytes - 1))).toThrow(RangeError);
  });
});
