import { describe, expect, it } from 'vitest';
import { checkReadiness } from './health.ts';

describe('readiness', () => {
  it('is given when every part answers', async () => {
    const checks = { database: async () => [], log: async () => 0 };
    expect(await checkReadiness(checks)).toEqual({ ready: true, parts: { database: 'ok', log: 'ok' } });
  });

  it('names the part that fails or keeps us waiting', async () => {
    const checks = {
      database: () => Promise.reject(new Error('disk full of olga@example.org')),
      log: () => new Promise(() => undefined),
      queue: async () => undefined,
    };
    expect(await checkReadiness(checks, 10)).toEqual({
      ready: false,
      parts: { database: 'failed', log: 'slow', queue: 'ok' },
    });
  });
});
