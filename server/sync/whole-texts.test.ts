import { describe, expect, it } from 'vitest';
import { wholeBehindLimit, wholeKeptMs, wholesBytesLimit, WholeTexts } from './whole-texts.ts';

const text = (head: number, bytes = 10) => ({ head, frames: Buffer.alloc(bytes) });

function started() {
  let nowMs = 1_000;
  const wholes = new WholeTexts(() => nowMs);
  return { wholes, skip: (ms: number) => (nowMs += ms) };
}

describe('Whole texts (R8)', () => {
  it('are shared by those who come together, also while the first is still being read', async () => {
    const { wholes } = started();
    const room = {};
    let reads = 0;
    const read = async () => {
      reads += 1;
      return text(7);
    };
    const both = await Promise.all([wholes.of(room, 7, read), wholes.of(room, 7, read)]);
    expect(await wholes.of(room, 7 + wholeBehindLimit, read)).toBe(both[0]);
    expect(both[0]).toBe(both[1]);
    expect(reads).toBe(1);
  });

  it('are read anew once they are far behind, forgotten or old', async () => {
    const { wholes, skip } = started();
    const room = {};
    const first = await wholes.of(room, 7, async () => text(7));
    const second = await wholes.of(room, 8 + wholeBehindLimit, async () => text(8 + wholeBehindLimit));
    expect(second).not.toBe(first);
    wholes.forget(room);
    const third = await wholes.of(room, 600, async () => text(600));
    expect(third).not.toBe(second);
    skip(wholeKeptMs);
    wholes.tick();
    expect(wholes.bytes).toBe(0);
    expect(await wholes.of(room, 600, async () => text(600))).not.toBe(third);
  });

  it('of all rooms together stay within the limit; the newest is kept whatever its size', async () => {
    const { wholes } = started();
    const rooms = Array.from({ length: 9 }, () => ({}));
    for (const room of rooms) {
      await wholes.of(room, 1, async () => text(1, wholesBytesLimit / 4));
      expect(wholes.bytes).toBeLessThanOrEqual(wholesBytesLimit);
    }
    let isReadAgain = false;
    await wholes.of(rooms[0] as object, 1, async () => {
      isReadAgain = true;
      return text(1);
    });
    expect(isReadAgain).toBe(true);
    await wholes.of({}, 1, async () => text(1, wholesBytesLimit + 1));
    expect(wholes.bytes).toBe(wholesBytesLimit + 1);
  });

  it('that could not be read are asked for again', async () => {
    const { wholes } = started();
    const room = {};
    await expect(wholes.of(room, 1, () => Promise.reject(new Error('no disk')))).rejects.toThrow('no disk');
    expect((await wholes.of(room, 1, async () => text(1))).head).toBe(1);
  });
});
