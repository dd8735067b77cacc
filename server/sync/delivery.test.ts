import * as decoding from 'lib0/decoding';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messageTypes } from '#domain/sync/wire.ts';
import { Delivery, bundleBytesLimit } from './delivery.ts';
import { readFrame } from './frames.ts';
import { framed } from './line.ts';

/** The messages in websocket frames, as a receiver would cut them out. */
function messagesIn(frames: readonly Buffer[]): Uint8Array[] {
  const bytes = Buffer.concat(frames);
  const messages: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    expect(bytes[at]).toBe(0x82);
    const short = bytes[at + 1] as number;
    const length =
      short < 126
        ? short
        : short === 126
          ? bytes.readUInt16BE(at + 2)
          : Number(bytes.readBigUInt64BE(at + 2));
    at += short < 126 ? 2 : short === 126 ? 4 : 10;
    messages.push(new Uint8Array(bytes.subarray(at, at + length)));
    at += length;
  }
  return messages;
}

function unbundled(message: Uint8Array): Uint8Array[] {
  if (message[0] !== messageTypes.bundle) return [message];
  const decoder = decoding.createDecoder(message.subarray(1));
  const inner: Uint8Array[] = [];
  while (decoding.hasContent(decoder)) inner.push(decoding.readVarUint8Array(decoder));
  return inner;
}

const updateIn = (message: Uint8Array): string => {
  const read = readFrame(message);
  return read.kind === 'data' ? `${read.update.length}:${read.update[0]}` : read.kind;
};

describe('What a commit brought, on its way to many', () => {
  const member = fc.constantFrom('ana', 'bia', 'caio');
  const length = fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 1, max: 300 }) },
    { weight: 1, arbitrary: fc.integer({ min: bundleBytesLimit - 9, max: 2 * bundleBytesLimit }) },
  );

  it('C1, C10: reaches everybody but its author, in order, alone or in bundles of bounded size', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ from: fc.option(member), length }), { minLength: 1, maxLength: 30 }),
        member,
        fc.nat(30),
        (sent, to, from) => {
          const start = from >= sent.length ? 0 : from;
          const updates = sent.map((one, index) => ({
            from: one.from,
            bytes: new Uint8Array(one.length).fill(index),
          }));
          const delivery = new Delivery<string>(updates);
          const expected = updates
            .slice(start)
            .filter((one) => one.from !== to)
            .map(({ bytes }) => `${bytes.length}:${bytes[0]}`);
          expect(messagesIn(delivery.framesFor(to, start)).map(updateIn)).toEqual(expected);
          const bundles = messagesIn(delivery.bundlesFor(to, start));
          expect(bundles.flatMap(unbundled).map(updateIn)).toEqual(expected);
          for (const bundle of bundles)
            expect(bundle.length <= bundleBytesLimit + 1 || unbundled(bundle).length === 1).toBe(true);
          // Twice the same: what is shared by receivers must not change under them.
          expect(messagesIn(delivery.framesFor(to, start)).map(updateIn)).toEqual(expected);
        },
      ),
    );
  });

  it.each([0, 125, 126, 65_535, 65_536])('frames a message of %i bytes as websockets want it', (bytes) => {
    const message = new Uint8Array(bytes).fill(7);
    expect(messagesIn([framed(message)])).toEqual([message]);
  });
});
