import { describe, expect, it } from 'vitest';
import { findIn, scorerOf } from './find.ts';

describe('finding by typing', () => {
  it('forgives case and accents', () => {
    expect(scorerOf('POLITICA devolucao')('Política de devolução')).toBeGreaterThan(0);
  });
  it('wants every word', () => {
    expect(scorerOf('return fraud')('Return policy')).toBe(0);
  });
  it('puts beginnings before middles and keeps the order of equals', () => {
    const found = findIn(['Spreturn', 'A return', 'Returns', 'B return'], 'return', (text) => text, 10);
    expect(found).toEqual(['Returns', 'A return', 'B return', 'Spreturn']);
  });
  it('takes signs as they are', () => {
    expect(findIn(['C-000123', 'a+b (c)'], '+b (', (text) => text, 5)).toEqual(['a+b (c)']);
  });
  it('gives all, up to the limit, when nothing was typed', () => {
    expect(findIn(['a', 'b', 'c'], ' ', (text) => text, 2)).toEqual(['a', 'b']);
  });
});
