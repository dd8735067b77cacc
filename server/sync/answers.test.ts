import { describe, expect, it } from 'vitest';
import { Answers, heldAnswersBytesLimit } from './answers.ts';

const later = () =>
  new Promise<void>((resolve) => {
    setImmediate(resolve);
  });

function started() {
  const answers = new Answers();
  const reading: string[] = [];
  const read =
    (what: string, buffers: Buffer[], until: Promise<void> = Promise.resolve()) =>
    async () => {
      reading.push(what);
      await until;
      return buffers;
    };
  return { answers, reading, read };
}

function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}

describe('Turns in answering (C5, C14)', () => {
  it('reads one question of a person at a time, and those of others beside it', async () => {
    const { answers, reading, read } = started();
    const first = gate();
    const sent = async () => true;
    const all = [
      answers.give('ana', read('ana 1', [], first.opened), sent),
      answers.give('ana', read('ana 2', []), sent),
      answers.give('bia', read('bia 1', []), sent),
    ];
    await later();
    expect(reading).toEqual(['ana 1', 'bia 1']);
    first.open();
    expect(await Promise.all(all)).toEqual([true, true, true]);
    expect(reading).toEqual(['ana 1', 'bia 1', 'ana 2']);
  });

  it('reads nothing more for who has much waiting, what is shared counted once', async () => {
    const { answers, reading, read } = started();
    const slow = gate();
    const held = () => slow.opened.then(() => true);
    const half = Buffer.alloc(heldAnswersBytesLimit / 2);
    const all = [1, 2, 3].map((number) => answers.give('ana', read(`same ${number}`, [half]), held));
    await later();
    all.push(answers.give('ana', read('own', [Buffer.alloc(heldAnswersBytesLimit)]), held));
    await later();
    all.push(answers.give('ana', read('more', [half]), held));
    all.push(answers.give('bia', read('bia', [half]), held));
    await later();
    expect(reading).toEqual(['same 1', 'same 2', 'same 3', 'own', 'bia']);
    slow.open();
    await Promise.all(all);
    expect(reading.at(-1)).toBe('more');
  });

  it('goes on after a question that could not be read', async () => {
    const { answers } = started();
    const failed = answers.give(
      'ana',
      () => Promise.reject(new Error('no disk')),
      async () => true,
    );
    await expect(failed).rejects.toThrow('no disk');
    expect(
      await answers.give(
        'ana',
        async () => [],
        async () => true,
      ),
    ).toBe(true);
  });
});
