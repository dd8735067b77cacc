import { describe, expect, it, vi } from 'vitest';
import { once, submitOnce } from './once.ts';

describe('a press that is spent until its work has ended', () => {
  it('drops every press while the work runs, and takes the next one afterwards', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const work = vi.fn(() => promise);
    const press = once(work);
    const first = press();
    expect(await press()).toBeUndefined();
    expect(await press()).toBeUndefined();
    resolve('written');
    expect(await first).toBe('written');
    expect(await press()).toBe('written');
    expect(work).toHaveBeenCalledTimes(2);
  });

  it('can be pressed again after its work has failed, and says why it failed', async () => {
    const work = vi.fn(() => Promise.reject(new Error('device full')));
    const press = once(work);
    await expect(press()).rejects.toThrow('device full');
    await expect(press()).rejects.toThrow('device full');
    expect(work).toHaveBeenCalledTimes(2);
  });

  it('hands on what it was given', async () => {
    const press = once((a: number, b: number) => Promise.resolve(a + b));
    expect(await press(2, 3)).toBe(5);
  });

  it('never lets the browser send the form itself, not even for a dropped press', () => {
    const work = vi.fn(() => new Promise<void>(() => {}));
    const submit = submitOnce(work);
    let prevented = 0;
    const event = { preventDefault: () => (prevented += 1) } as unknown as SubmitEvent;
    submit(event);
    submit(event);
    expect(work).toHaveBeenCalledTimes(1);
    expect(prevented).toBe(2);
  });
});
