/**
 * The main job: a real policy, two people, one of them loses the line, restarts, goes on writing, comes back,
 * and both hold the same text; so does the server, before and after its own restart.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { blocksOf, placeOf, textOf, wordsOf } from './document-page.ts';
import { installable, expect, importMarkdown, phone, test, TestHouse } from './house.ts';

test.use(installable);

const rounds = 20;
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000_000);

/** mulberry32: small, seeded, good enough to choose paragraphs. */
function randomFrom(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const folder = process.env.TEST_DATA_DIR;
const markdown = folder
  ? readFileSync(join(folder, 'policies/acceptable-use-policies/github-appeal-and-reinstatement.md'), 'utf8')
  : `# Devoluções\n\n${Array.from({ length: 12 }, (_, index) => `Cláusula ${index + 1}: o vendedor aceita a devolução em até sete dias corridos.`).join('\n\n')}\n`;

async function openDocument(page: Page, documentId: string): Promise<void> {
  await page.goto(`/documents/${documentId}`);
  await expect(textOf(page)).toBeVisible();
  await expect.poll(async () => (await blocksOf(page)).length).toBeGreaterThan(5);
}

/** Types a word that exists nowhere else at the end of some paragraph, and sometimes takes a letter away again. */
async function typeSomewhere(page: Page, word: string, random: () => number): Promise<void> {
  const paragraphs = page.locator('.document-text > p');
  const chosen = paragraphs.nth(Math.floor(random() * (await paragraphs.count())));
  await chosen.click({ position: { x: 4, y: 8 } });
  await page.keyboard.press(random() < 0.5 ? 'End' : 'Home');
  await page.keyboard.type(` ${word}x `);
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Backspace');
}

test('two people co-edit a policy, one offline across restarts, twenty times over', async ({ browser }) => {
  test.setTimeout(300_000);
  console.log(`co-editing seed: ${seed} (SEED=${seed} repeats it)`);
  const house = await new TestHouse(browser).open();
  try {
    const colleague = await house.person('editor', 'Bento Lima');
    const documentId = await importMarkdown(await house.apiOf(house.owner), 'policy.md', markdown);

    const desk = await house.pageOf(house.owner);
    const train = await house.pageOf(colleague, { ...phone, isMobile: false });
    await openDocument(desk, documentId);
    await openDocument(train, documentId);
    // The phone must be able to start without a line: its worker has to be in place.
    await train.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    const original = await wordsOf(desk);

    const typed: string[] = [];
    // Each has dice of their own, so that both can write at once and a seed still repeats the run.
    const dice = new Map([
      [desk, randomFrom(seed)],
      [train, randomFrom(seed + 1)],
    ]);
    /** Two words somewhere; answers the second. */
    const write = async (page: Page, who: string, round: number): Promise<string> => {
      const random = dice.get(page) as () => number;
      let word = '';
      for (let index = 0; index < 2; index += 1) {
        word = `${who}${round}q${index}${Math.floor(random() * 1e6).toString(36)}`;
        typed.push(word);
        await typeSomewhere(page, word, random);
      }
      return word;
    };

    for (let round = 0; round < rounds; round += 1) {
      await write(desk, 'd', round);
      await train.context().setOffline(true);
      const [, left] = await Promise.all([write(desk, 'dd', round), write(train, 't', round)]);
      // The screen's own promise, and from then on it must hold.
      await expect(placeOf(train)).toHaveAttribute('data-place', 'device');
      await train.reload();
      await expect.poll(() => wordsOf(train)).toContain(left);
      const last = await write(train, 'tt', round);
      await train.context().setOffline(false);
      await expect.poll(() => wordsOf(desk), { timeout: 30_000 }).toContain(last);
      await expect
        .poll(async () => (await wordsOf(train)) === (await wordsOf(desk)), {
          timeout: 30_000,
        })
        .toBe(true);
    }

    const ended = await wordsOf(desk);
    const count = (word: string) => ended.split(word).length - 1;
    expect(typed.filter((word) => count(word) !== 1)).toEqual([]);
    // Take out what was typed: the policy itself stands as it was, character by character.
    const squeeze = (text: string) => text.replaceAll(/\s+/g, '');
    expect(squeeze(typed.reduce((text, word) => text.replace(word, ''), ended))).toBe(squeeze(original));

    await expect(placeOf(train)).toHaveAttribute('data-place', 'server');
    const fresh = await house.pageOf(house.owner);
    await openDocument(fresh, documentId);
    await expect.poll(() => wordsOf(fresh)).toBe(ended);
    await fresh.context().close();

    await house.server.stop();
    await house.server.start();
    const after = await house.pageOf(colleague);
    await openDocument(after, documentId);
    await expect.poll(() => wordsOf(after)).toBe(ended);
  } finally {
    await house.close();
  }
});

test('what another person had seen survives the power cut of the server', async ({ browser }) => {
  test.setTimeout(120_000);
  const random = randomFrom(seed);
  const house = await new TestHouse(browser).open();
  try {
    const documentId = await importMarkdown(await house.apiOf(house.owner), 'policy.md', markdown);
    const colleague = await house.person('editor');
    const one = await house.pageOf(house.owner);
    const two = await house.pageOf(colleague);
    await openDocument(one, documentId);
    await openDocument(two, documentId);

    const seen: string[] = [];
    for (let index = 0; index < 6; index += 1) {
      const word = `cut${index}q${Math.floor(random() * 1e6).toString(36)}`;
      const [writer, reader] = index % 2 === 0 ? [one, two] : [two, one];
      await typeSomewhere(writer, word, random);
      await expect.poll(() => wordsOf(reader)).toContain(word);
      seen.push(word);
    }
    await house.server.kill();
    await one.context().close();
    await two.context().close();
    await house.server.start();

    const third = await house.pageOf(house.owner);
    await openDocument(third, documentId);
    const text = await wordsOf(third);
    expect(seen.filter((word) => text.split(word).length !== 2)).toEqual([]);
  } finally {
    await house.close();
  }
});
