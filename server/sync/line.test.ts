import { Writable } from 'node:stream';
import type { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { framed, Line, portionBytes } from './line.ts';

const turn = () =>
  new Promise<void>((resolve) => {
    setImmediate(resolve);
  });

/** A network that takes what it has been handed when it is told to. */
function slowNetwork() {
  const took: Buffer[] = [];
  let go: ((error?: Error) => void) | null = null;
  const stream = new Writable({
    highWaterMark: 1,
    write(chunk: Buffer, _encoding, done) {
      took.push(chunk);
      go = done;
    },
    destroy(error, done) {
      go?.(new Error('cut'));
      done(error);
    },
  });
  stream.on('error', () => undefined);
  const take = async () => {
    const taken = go;
    go = null;
    taken?.();
    await turn();
  };
  return { stream: stream as unknown as Duplex, took, take };
}

/** Messages as a receiver puts them together (RFC 6455). */
function messagesIn(bytes: Buffer): string[] {
  const messages: string[] = [];
  let open: string | null = null;
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at] as number;
    const short = bytes[at + 1] as number;
    const head = short < 126 ? 2 : short === 126 ? 4 : 10;
    const length =
      short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : bytes.readUInt32BE(at + 6);
    expect((first & 15) === 0).toBe(open !== null);
    open = (open ?? '') + bytes.toString('latin1', at + head, at + head + length);
    if ((first & 0x80) !== 0) {
      messages.push(open);
      open = null;
    }
    at += head + length;
  }
  expect(open).toBeNull();
  return messages;
}

const message = (letter: string, length: number) => Buffer.alloc(length, letter);

describe('A line (C14, R9)', () => {
  it('hands over a portion at a time, and keeps what is said meanwhile out of a message under way', async () => {
    const { stream, took, take } = slowNetwork();
    const line = new Line(stream);
    const sizes: [string, number][] = [
      ['a', 5],
      ['b', 3 * portionBytes + 1],
      ['c', 200],
      ['d', portionBytes],
      ['e', 70_000],
    ];
    const shared = Buffer.concat(sizes.map(([letter, length]) => framed(message(letter, length))));
    let isTaken = false;
    void line.writeInPortions([shared]).then((all) => (isTaken = all));
    await turn();
    await take();
    line.write([framed(message('z', 9))]);
    for (let times = 0; times < 40 && !isTaken; times += 1) {
      expect(line.backlogBytes).toBeLessThan(2 * portionBytes);
      await take();
    }
    for (let times = 0; times < 5; times += 1) await take();
    expect(isTaken).toBe(true);
    const got = messagesIn(Buffer.concat(took)).map((text) => [text[0], text.length]);
    expect(got.filter(([letter]) => letter !== 'z')).toEqual(sizes);
    expect(got.filter(([letter]) => letter === 'z')).toEqual([['z', 9]]);
  });

  it('knows for how long nothing has been taken', async () => {
    const { stream, take } = slowNetwork();
    const line = new Line(stream);
    expect(line.stuckMs(0)).toBe(0);
    line.write([framed(message('a', 10))]);
    line.write([framed(message('b', 10))]);
    await turn();
    expect(line.stuckMs(10)).toBe(0);
    expect(line.stuckMs(110)).toBe(100);
    await take();
    expect(line.stuckMs(120)).toBe(0);
    expect(line.stuckMs(150)).toBe(30);
    await take();
    expect(line.stuckMs(160)).toBe(0);
  });

  it('tells those who wait that it is gone', async () => {
    const { stream } = slowNetwork();
    const line = new Line(stream);
    const parts = [message('a', 10), message('b', 10)].map((one) => line.writeInPortions([framed(one)]));
    await turn();
    stream.destroy();
    expect(await Promise.all(parts)).toEqual([false, false]);
  });
});
