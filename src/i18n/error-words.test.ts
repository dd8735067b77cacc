import { describe, expect, it } from 'vitest';
import { DomainError, errorCodes } from '#domain/errors.ts';
import { codeOfCaught, errorWords, wordsOfCaught } from './error-words.ts';

/** Every fact a message may name, so that a forgotten one shows as `undefined`. */
const facts = new Proxy({}, { get: () => 7 });

describe('words of errors', () => {
  it.each(errorCodes)('%s is said in both languages, differently', (code) => {
    const en = errorWords(code, facts, 'en');
    const pt = errorWords(code, facts, 'pt-BR');
    expect(en.length).toBeGreaterThan(10);
    expect(pt.length).toBeGreaterThan(10);
    expect(pt).not.toBe(en);
    expect(en + pt).not.toMatch(/undefined|oops|sorry/i);
  });

  it('are found whichever way the error came', () => {
    expect(codeOfCaught(new DomainError('last_owner'))).toBe('last_owner');
    expect(codeOfCaught({ name: 'TRPCClientError', data: { stoa: 'link_used' } })).toBe('link_used');
    expect(codeOfCaught({ name: 'TRPCClientError' })).toBe('offline');
    expect(codeOfCaught(new Error('a bug'))).toBe('unexpected');
    expect(codeOfCaught(undefined)).toBe('unexpected');
  });

  it('take their facts from the error', () => {
    expect(wordsOfCaught(new DomainError('title_too_long', { limit: 200 }))).toContain('200');
  });
});
