/**
 * What the device's storage does to a text that is open: a tab that dies while it writes, the database deleted
 * underneath, no room left. Whatever the device cannot keep, the server gets.
 */
import type { Page } from '@playwright/test';
import { placeOf, textOf, wordsOf } from './document-page.ts';
import { expect, importMarkdown, test } from './house.ts';
import type { TestHouse } from './house.ts';

const markdown = '# Trocas\n\nPrimeiro parágrafo.\n\nSegundo parágrafo.\n';

async function open(page: Page, documentId: string): Promise<Page> {
  await page.goto(`/documents/${documentId}`);
  await expect(textOf(page)).toContainText('Segundo parágrafo.');
  return page;
}

async function write(page: Page, words: string): Promise<void> {
  await textOf(page).locator('p').last().click();
  await page.keyboard.press('End');
  await page.keyboard.type(words);
}

/** A text of the owner's and a colleague who sees what reaches the server. */
async function scene(house: TestHouse, name: string) {
  const documentId = await importMarkdown(await house.apiOf(house.owner), `${name}.md`, markdown);
  const colleague = await house.person('editor');
  const context = await house.browserOf(house.owner);
  const watcher = await open(await house.pageOf(colleague), documentId);
  return { documentId, context, watcher };
}

test('a tab that dies while it writes takes nothing with it that the other tab shows', async ({ house }) => {
  const { documentId, context, watcher } = await scene(house, 'tabs');
  const staying = await open(await context.newPage(), documentId);
  for (let round = 0; round < 3; round += 1) {
    const dying = await open(await context.newPage(), documentId);
    await write(dying, ` morre${round}`);
    await expect.poll(() => wordsOf(staying)).toContain(`morre${round}`);
    const devtools = await context.newCDPSession(dying);
    const died = dying.waitForEvent('crash');
    // Typed and killed in one breath: some of it is on its way into the database.
    const typing = write(dying, ' e mais palavras ainda').catch(() => undefined);
    devtools.send('Page.crash').catch(() => undefined);
    await died;
    await dying.close();
    await typing;
    await write(staying, ` fica${round}`);
  }
  const again = await open(await context.newPage(), documentId);
  for (const word of ['morre0', 'fica0', 'morre1', 'fica1', 'morre2', 'fica2']) {
    await expect.poll(() => wordsOf(again)).toContain(word);
    await expect.poll(() => wordsOf(watcher)).toContain(word);
  }
  await expect.poll(async () => (await wordsOf(again)) === (await wordsOf(staying))).toBe(true);
});

test('a database that is deleted underneath an open text costs none of it', async ({ house }) => {
  const { documentId, context, watcher } = await scene(house, 'deleted');
  const page = await open(await context.newPage(), documentId);
  await write(page, ' antes');
  await expect.poll(() => wordsOf(watcher)).toContain('antes');
  await page.evaluate(async () => {
    for (const { name } of await indexedDB.databases())
      await new Promise((resolve) => {
        const request = indexedDB.deleteDatabase(name as string);
        request.onsuccess = resolve;
        request.onerror = resolve;
        request.onblocked = resolve;
      });
  });
  await write(page, ' depois');
  await expect.poll(() => wordsOf(watcher)).toContain('depois');
  await page.reload();
  await expect.poll(() => wordsOf(page)).toContain('antes depois');
});

test('a device without room says so, and the server gets what it cannot keep', async ({ house }) => {
  const { documentId, context, watcher } = await scene(house, 'full');
  const page = await open(await context.newPage(), documentId);
  // Chromium looks at its own quota only now and then: this is what it says when it does.
  await page.evaluate(() => {
    const add = Object.getOwnPropertyDescriptor(IDBObjectStore.prototype, 'add') as PropertyDescriptor;
    const refuse = () => {
      throw new DOMException('no room', 'QuotaExceededError');
    };
    Object.defineProperty(IDBObjectStore.prototype, 'add', { ...add, value: refuse });
    Object.assign(window, { makeRoom: () => Object.defineProperty(IDBObjectStore.prototype, 'add', add) });
  });
  await write(page, ' sem espaço');
  await expect(placeOf(page)).toContainText('No room left on this device');
  await expect.poll(() => wordsOf(watcher)).toContain('sem espaço');
  await page.evaluate(() => (window as unknown as { makeRoom: () => void }).makeRoom());
  await write(page, ' de novo');
  await expect(placeOf(page)).toContainText('On the server');
  await expect.poll(() => wordsOf(watcher)).toContain('de novo');
  await page.reload();
  await expect.poll(() => wordsOf(page)).toContain('sem espaço de novo');
});
