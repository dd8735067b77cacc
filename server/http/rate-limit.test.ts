import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorCodeOf } from '#domain/errors.ts';
import type { DomainError } from '#domain/errors.ts';
import { addressKey, createRateLimit, rateLimitKeys } from './rate-limit.ts';

const refused = (take: () => void): DomainError | undefined => {
  try {
    take();
    return undefined;
  } catch (error) {
    expect(errorCodeOf(error)).toBe('rate_limited');
    return error as DomainError;
  }
};

describe('a rate limit', () => {
  it('allows so many uses in any window, and says when to come back', () => {
    let now = 0;
    const limit = createRateLimit({ limit: 3, windowMs: 10_000 }, () => now);
    for (let use = 0; use < 3; use += 1) limit.take('a');
    now = 4_000;
    expect(refused(() => limit.take('a'))?.details).toEqual({ retryAfterSeconds: 6 });
    limit.take('b');
    now = 10_001;
    limit.take('a');
  });

  it('never lets more through than its limit, whatever the rhythm', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5_000), { maxLength: 60 }), (pauses) => {
        let now = 0;
        const limit = createRateLimit({ limit: 4, windowMs: 10_000 }, () => now);
        const passed: number[] = [];
        for (const pause of pauses) {
          now += pause;
          if (!refused(() => limit.take('a'))) passed.push(now);
        }
        for (const at of passed)
          expect(passed.filter((other) => other > at - 10_000 && other <= at).length).toBeLessThanOrEqual(4);
      }),
    );
  });

  it('forgets a key that has proved itself', () => {
    const limit = createRateLimit({ limit: 1, windowMs: 10_000 }, () => 0);
    limit.take('a');
    limit.forget('a');
    limit.take('a');
    expect(refused(() => limit.take('a'))).toBeDefined();
  });

  it('remembers a bounded number of keys, those used last', () => {
    const limit = createRateLimit({ limit: 1, windowMs: 10_000 }, () => 0);
    limit.take('first');
    for (let key = 0; key < rateLimitKeys; key += 1) limit.take(String(key));
    expect(refused(() => limit.take(String(rateLimitKeys - 1)))).toBeDefined();
    limit.take('first');
  });

  it('takes an IPv6 network for one address', () => {
    expect(addressKey('192.0.2.7')).toBe('192.0.2.7');
    expect(addressKey('::ffff:192.0.2.7')).toBe('192.0.2.7');
    expect(addressKey('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64');
    expect(addressKey('2001:db8:1:2::9')).toBe('2001:db8:1:2::/64');
    expect(addressKey('::1')).toBe('0:0:0:0::/64');
  });
});
