import { describe, expect, it } from 'vitest';
import { nextBeginningWith, placeBeside } from './menu.ts';

const screen = { width: 1000, height: 800 };
const trigger = (left: number, top: number) => ({ left, top, right: left + 32, bottom: top + 32 });

describe('placing a menu', () => {
  it('puts it below its trigger when there is room', () => {
    expect(placeBeside(trigger(100, 100), { width: 200, height: 300 }, screen, 'start')).toEqual({
      top: 136,
      left: 100,
    });
  });
  it('puts it above when the window ends below', () => {
    expect(placeBeside(trigger(100, 700), { width: 200, height: 300 }, screen, 'start').top).toBe(396);
  });
  it('never leaves the window', () => {
    expect(placeBeside(trigger(960, 100), { width: 200, height: 300 }, screen, 'start').left).toBe(792);
    expect(placeBeside(trigger(0, 100), { width: 200, height: 300 }, screen, 'end').left).toBe(8);
    expect(placeBeside(trigger(0, 400), { width: 200, height: 790 }, screen, 'end').top).toBe(8);
  });
});

describe('typing a letter in a menu', () => {
  it('goes to the next item that begins with it, round the end', () => {
    const labels = ['Rename', 'Archive', 'Restore'];
    expect(nextBeginningWith(labels, 'r', 0)).toBe(2);
    expect(nextBeginningWith(labels, 'R', 2)).toBe(0);
    expect(nextBeginningWith(labels, 'x', 0)).toBe(-1);
  });
});
