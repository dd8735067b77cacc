import * as encoding from 'lib0/encoding';
import { expect, it, onTestFinished } from 'vitest';
import * as Y from 'yjs';
import { createWalker } from './walker.ts';

/** So many items of one letter, no two of which can be told as one. */
function scattered(count: number): Uint8Array {
  const encoder = encoding.createEncoder();
  for (const value of [1, count, 5, 0]) encoding.writeVarUint(encoder, value);
  for (let index = 0; index < count; index += 1)
    for (const byte of [0x84, 9, 3, 1, 97]) encoding.writeUint8(encoder, byte);
  encoding.writeVarUint(encoder, 0);
  return encoding.toUint8Array(encoder);
}

it('C13: what ends the thread is too large, and what waits behind it is walked in another', async () => {
  const walker = createWalker(24);
  onTestFinished(() => walker.stop());
  const doc = new Y.Doc();
  doc.getText('text').insert(0, 'x'.repeat(1024 * 1024));
  const honest = Y.encodeStateAsUpdate(doc);
  const copy = new Uint8Array(honest);
  const clocks = new Map<number, number>();
  const [before, bad, digest, cut] = await Promise.all([
    walker.digest(new Uint8Array(honest)),
    walker.digest(scattered(1_000_000)),
    walker.digest(honest),
    walker.cut(copy, clocks),
  ]);
  expect(bad).toBe('tooLarge');
  for (const one of [before, digest]) {
    if (one === 'tooLarge') throw new Error('one that is not');
    expect(one.digest?.structs.size).toBe(1);
    expect(Buffer.compare(one.bytes, copy)).toBe(0);
  }
  expect(cut).not.toBe('tooLarge');
  // Not copied: 16 MiB of each of many.
  expect(honest.length).toBe(0);
}, 30_000);
