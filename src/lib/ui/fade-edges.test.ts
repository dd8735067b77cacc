import { describe, expect, it } from 'vitest';
import { maskOf } from './fade-edges.ts';

const box = (scrollLeft: number, scrollWidth = 500) => ({ scrollLeft, scrollWidth, clientWidth: 300 });

describe('the soft edge of a box that scrolls sideways', () => {
  it('is not there when everything is in view, rounding aside', () => {
    expect(maskOf(box(0, 300))).toBe('');
    expect(maskOf(box(0.5, 301))).toBe('');
  });

  it('stands where more is hidden: at the end, at both, at the start', () => {
    expect(maskOf(box(0))).toMatch(/right, #000 0.*transparent\)$/);
    expect(maskOf(box(100))).toMatch(/right, transparent.*transparent\)$/);
    expect(maskOf(box(200))).toMatch(/right, transparent.*#000 100%\)$/);
  });
});
