import { describe, expect, it } from 'vitest';
import { findIn, scoreOf } from './find.ts';

describe('finding by typing', () => {
  it('forgives case and accents', () => {
    expect(scoreOf('Política de devolução', 'POLITICA devolucao')).toBeGreaterThan(0);
  });
  it('wants every word', () => {
    expect(scoreOf('Return policy', 'return fraud')).toBe(0);
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
