import { expect, it } from 'vitest';
import { doEach } from './pick-all.ts';

it('acts on each, in order, whoever is refused', async () => {
  const order: number[] = [];
  const { done, refused } = await doEach([1, 2, 3], (item) => {
    order.push(item);
    return item === 2 ? Promise.reject(new Error('no')) : Promise.resolve();
  });
  expect(order).toEqual([1, 2, 3]);
  expect(done).toEqual([1, 3]);
  expect(refused.map(({ item }) => item)).toEqual([2]);
});
