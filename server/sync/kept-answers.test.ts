import { describe, expect, it } from 'vitest';
import { answerBehindLimit, answerKeptMs, keptAnswersBytesLimit, KeptAnswers } from './kept-answers.ts';

const answer = (head: number, bytes = 10) => ({ head, frames: Buffer.alloc(bytes) });
const at = (head: number, question = 'everything') => ({ question, head });

function started() {
  let nowMs = 1_000;
  const kept = new KeptAnswers(() => nowMs);
  return { kept, skip: (ms: number) => (nowMs += ms) };
}

describe('Kept answers (R8)', () => {
  it('are shared by those who ask the same together, also while the first is still being read', async () => {
    const { kept } = started();
    const room = {};
    let reads = 0;
    const read = async () => {
      reads += 1;
      return answer(7);
    };
    const both = await Promise.all([kept.of(room, at(7), read), kept.of(room, at(7), read)]);
    expect(await kept.of(room, at(7 + answerBehindLimit), read)).toBe(both[0]);
    expect(both[0]).toBe(both[1]);
    expect(reads).toBe(1);
    expect(await kept.of(room, at(7, 'something else'), read)).not.toBe(both[0]);
  });

  it('are read anew once they are far behind, forgotten or old', async () => {
    const { kept, skip } = started();
    const room = {};
    const first = await kept.of(room, at(7), async () => answer(7));
    const later = 8 + answerBehindLimit;
    const second = await kept.of(room, at(later), async () => answer(later));
    expect(second).not.toBe(first);
    kept.forget(room);
    const third = await kept.of(room, at(600), async () => answer(600));
    expect(third).not.toBe(second);
    skip(answerKeptMs);
    kept.tick();
    expect(kept.bytes).toBe(0);
    expect(await kept.of(room, at(600), async () => answer(600))).not.toBe(third);
  });

  it('of all rooms together stay within the limit; the newest is kept whatever its size', async () => {
    const { kept } = started();
    const rooms = Array.from({ length: 9 }, () => ({}));
    for (const room of rooms) {
      await kept.of(room, at(1), async () => answer(1, keptAnswersBytesLimit / 4));
      expect(kept.bytes).toBeLessThanOrEqual(keptAnswersBytesLimit);
    }
    let isReadAgain = false;
    await kept.of(rooms[0] as object, at(1), async () => {
      isReadAgain = true;
      return answer(1);
    });
    expect(isReadAgain).toBe(true);
    await kept.of({}, at(1), async () => answer(1, keptAnswersBytesLimit + 1));
    expect(kept.bytes).toBe(keptAnswersBytesLimit + 1);
  });

  it('that could not be read are asked for again', async () => {
    const { kept } = started();
    const room = {};
    await expect(kept.of(room, at(1), () => Promise.reject(new Error('no disk')))).rejects.toThrow('no disk');
    expect((await kept.of(room, at(1), async () => answer(1))).head).toBe(1);
  });
});
