import { describe, expect, it } from 'vitest';
import { keysBetween, visibleRange, windowedFrom } from './list-window.ts';

describe('the window of a long list', () => {
  it('draws short lists whole', () => {
    expect(visibleRange(windowedFrom, 40, -5_000, 800)).toEqual([0, windowedFrom]);
  });
  it('draws only what is near the window, whatever the length', () => {
    const [start, end] = visibleRange(100_000, 40, -40_000, 800);
    expect(start).toBeLessThanOrEqual(1_000);
    expect(end).toBeGreaterThanOrEqual(1_020);
    expect(end - start).toBeLessThan(60);
  });
  it('stays inside the list when it is scrolled past either end', () => {
    expect(visibleRange(1_000, 40, 5_000, 800)).toEqual([0, 0]);
    expect(visibleRange(1_000, 40, -90_000, 800)).toEqual([1_000, 1_000]);
  });
});

describe('a range of a selection', () => {
  it('runs either way and includes both ends', () => {
    expect(keysBetween(['a', 'b', 'c', 'd'], 'c', 'a')).toEqual(['a', 'b', 'c']);
    expect(keysBetween(['a', 'b'], 'gone', 'b')).toEqual(['b']);
  });
});
