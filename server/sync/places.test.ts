import { describe, expect, it } from 'vitest';
import { Places } from './places.ts';

describe('Places', () => {
  it('are so many for all and one for each person, in the order in which they came', () => {
    const places = new Places(2);
    const begun: string[] = [];
    const leave = new Map<string, () => void>();
    const take = (name: string) =>
      places.take(name[0] as string, (out) => {
        begun.push(name);
        leave.set(name, out);
      });
    for (const name of ['a1', 'a2', 'b1', 'c1', 'b2']) take(name);
    expect(begun).toEqual(['a1', 'b1']);
    expect(places.isWaitedFor).toBe(true);
    leave.get('b1')?.();
    expect(begun).toEqual(['a1', 'b1', 'c1']);
    leave.get('a1')?.();
    leave.get('a1')?.();
    expect(begun).toEqual(['a1', 'b1', 'c1', 'a2']);
    for (const name of ['c1', 'a2', 'b2']) leave.get(name)?.();
    expect(begun.at(-1)).toBe('b2');
    expect(places.isWaitedFor).toBe(false);
  });
});
