/** Writing in a document with others, with the keyboard alone, on a phone, without a network, without rights. */
import type { Page } from '@playwright/test';
import { nameShownMs } from '#lib/editor/carets.ts';
import { blocksOf, placeOf, textOf, wordsOf } from './document-page.ts';
import { expect, importMarkdown, newId, phone, test } from './house.ts';
import type { Person, TestHouse } from './house.ts';

/** A new document of the owner's; returns its address. */
async function newDocument(house: TestHouse, title: string): Promise<string> {
  const api = await house.apiOf(house.owner);
  const id = newId();
  const more = { kind: 'policy', language: 'en', visibility: 'workspace', folderId: null };
  await api.command('documents.create', { id, title, ...more });
  return `/documents/${id}`;
}

async function opened(house: TestHouse, person: Person, address: string, options = {}): Promise<Page> {
  const page = await house.pageOf(person, options);
  await page.goto(address);
  await textOf(page).waitFor();
  return page;
}

/** A pause that undo takes as the end of a step (Yjs joins what comes within half a second). */
const undoStepMs = 600;

test.describe('the editor', () => {
  test('shows each what the other writes, with the other’s name at the caret', async ({ house }) => {
    const bia = await house.person('editor', 'Bia Nunes');
    const address = await newDocument(house, 'Refund rules');
    const [mine, theirs] = await Promise.all([
      opened(house, house.owner, address),
      opened(house, bia, address),
    ]);
    await textOf(mine).click();
    await mine.keyboard.type('# Refunds\nSellers answer within **two days**.');
    await expect(textOf(theirs).getByRole('heading', { name: 'Refunds' })).toBeVisible();
    await expect(textOf(theirs).locator('strong')).toHaveText('two days');
    await textOf(theirs).getByRole('heading').click();
    await theirs.keyboard.press('End');
    await theirs.keyboard.type(' and returns');
    await expect(textOf(mine).getByRole('heading')).toContainText('Refunds and returns');
    await expect(mine.locator('.caret-name')).toHaveText('Bia Nunes');
    await expect(mine.getByRole('list', { name: 'Also here' }).getByRole('img')).toHaveCount(1);
    for (const page of [mine, theirs]) await expect(placeOf(page)).toHaveAttribute('data-place', 'server');
    await mine.reload();
    await expect(textOf(mine).getByRole('heading')).toContainText('Refunds and returns');
  });

  test('takes the name from a caret that stays where it is, and shows it again', async ({ house }) => {
    const duda = await house.person('editor', 'Duda Lins');
    const address = await newDocument(house, 'Names at carets');
    const [mine, theirs] = await Promise.all([
      opened(house, house.owner, address),
      opened(house, duda, address),
    ]);
    const name = mine.locator('.caret-name');
    await mine.clock.install();
    await textOf(theirs).click();
    await theirs.keyboard.type('Sellers answer');
    await expect.poll(() => wordsOf(mine)).toContain('Sellers answer');
    await expect(name).toHaveCSS('opacity', '1');
    await mine.clock.fastForward(nameShownMs);
    await expect(name).toHaveCSS('opacity', '0');
    await mine.locator('.caret').hover();
    await expect(name).toHaveCSS('opacity', '1');
    await mine.mouse.move(0, 0);
    await expect(name).toHaveCSS('opacity', '0');
    // At the end of a paragraph the caret is where it was: writing alone tells of it.
    await theirs.keyboard.type(' soon');
    await expect(name).toHaveCSS('opacity', '1');
  });

  test('moves the caret by each key, however fast somebody else writes', async ({ house }) => {
    const tito = await house.person('editor', 'Tito Vaz');
    const address = await newDocument(house, 'Arrows');
    const [mine, theirs] = await Promise.all([
      opened(house, house.owner, address),
      opened(house, tito, address),
    ]);
    const marked = 'abcdefghijklmnopqrstuvwxyz';
    await textOf(mine).click();
    await mine.keyboard.type(`${marked}\n`);
    await expect.poll(() => wordsOf(theirs)).toContain(marked);
    await textOf(theirs).getByText(marked).click();
    await theirs.keyboard.press('End');
    const walk = async () => {
      for (let there = 0; there < 2; there += 1) {
        for (let step = 0; step < 20; step += 1) await theirs.keyboard.press('ArrowLeft');
        for (let step = 0; step < 20; step += 1) await theirs.keyboard.press('ArrowRight');
      }
      for (let step = 0; step < 13; step += 1) await theirs.keyboard.press('ArrowLeft');
      await theirs.keyboard.type('·');
    };
    await Promise.all([mine.keyboard.type('word after word '.repeat(15)), walk()]);
    await expect.poll(() => wordsOf(mine)).toContain('abcdefghijklm·nopqrstuvwxyz');
  });

  test('goes to the end and by pages in a long text as the keys say', async ({ house }) => {
    const api = await house.apiOf(house.owner);
    const long = (index: number) =>
      `Rule ${index}. ${'Sellers answer within two days. '.repeat((index % 7) * 3)}`;
    const text = Array.from({ length: 120 }, (_, index) => long(index)).join('\n\n');
    const id = await importMarkdown(api, 'long.md', `${text}\n\nThe last words.`);
    const page = await opened(house, house.owner, `/documents/${id}`);
    const selected = () => page.evaluate(() => getSelection()?.toString() ?? '');
    // Laid out as a whole, once the first picture was shown.
    await expect(page.locator('.text-opening')).toHaveCount(0);
    await textOf(page).getByText('Rule 0.').click();
    await page.keyboard.press('Control+Shift+End');
    expect(await selected()).toMatch(/The last words\.$/);
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Control+End');
    await page.keyboard.type(' Added.');
    expect((await blocksOf(page)).at(-1)).toBe('The last words. Added.');
    await page.keyboard.press('Shift+PageUp');
    expect(await selected()).toMatch(/Rule 119\.[^]*Added\.$/);
  });

  test('undoes one’s own words only', async ({ house }) => {
    const caio = await house.person('editor', 'Caio Reis');
    const address = await newDocument(house, 'Undo');
    const [mine, theirs] = await Promise.all([
      opened(house, house.owner, address),
      opened(house, caio, address),
    ]);
    await expect(mine.getByRole('button', { name: 'Undo' })).toBeDisabled();
    await textOf(mine).click();
    await mine.keyboard.type('Mine first.');
    await expect(textOf(theirs)).toContainText('Mine first.');
    await mine.waitForTimeout(undoStepMs);
    await textOf(theirs).click();
    await theirs.keyboard.press('End');
    await theirs.keyboard.type(' Theirs.');
    await expect(textOf(mine)).toContainText('Mine first. Theirs.');
    await textOf(mine).focus();
    await mine.keyboard.press('ControlOrMeta+z');
    await expect(textOf(mine)).not.toContainText('Mine first.');
    await expect(textOf(mine)).toContainText('Theirs.');
    await mine.keyboard.press('ControlOrMeta+Shift+z');
    await expect.poll(() => wordsOf(theirs)).toContain('Mine first. Theirs.');
  });

  test('opens its list of blocks by "/" and is led by keys alone', async ({ house }) => {
    const address = await newDocument(house, 'Slash');
    const page = await opened(house, house.owner, address);
    await expect(placeOf(page)).toHaveAttribute('data-place', 'server');
    await textOf(page).click();
    await expect(textOf(page)).toBeFocused();
    await page.keyboard.type('/');
    const blocks = page.getByRole('listbox', { name: 'Blocks' });
    await expect(blocks.getByRole('option')).not.toHaveCount(0);
    await page.keyboard.type('head');
    await expect(blocks.getByRole('option')).toHaveCount(3);
    await page.keyboard.press('ArrowDown');
    await expect(blocks.getByRole('option', { selected: true })).toHaveText(/Heading 2/);
    const pointed = await textOf(page).getAttribute('aria-activedescendant');
    await expect(page.locator(`#${pointed}`)).toHaveText(/Heading 2/);
    await page.keyboard.press('Enter');
    await expect(blocks).toBeHidden();
    await page.keyboard.type('Terms');
    await expect(textOf(page).getByRole('heading', { level: 2 })).toHaveText('Terms');
    await page.keyboard.press('Enter');
    await page.keyboard.type('/tab');
    await page.keyboard.press('Enter');
    await page.keyboard.type('Fee');
    for (let cell = 0; cell < 9; cell += 1) await page.keyboard.press('Tab');
    await page.keyboard.type('last');
    const rows = textOf(page).getByRole('row');
    await expect(rows).toHaveCount(4);
    await expect(rows.first()).toContainText('Fee');
    await expect(rows.last()).toContainText('last');
    await page.keyboard.press('Alt+F10');
    await expect(page.getByRole('toolbar').locator(':focus')).toHaveCount(1);
    await page.keyboard.press('Escape');
    await expect(textOf(page)).toBeFocused();
  });

  test('sets links to safe places and refuses others', async ({ house }) => {
    const address = await newDocument(house, 'Links');
    const page = await opened(house, house.owner, address);
    await textOf(page).focus();
    await page.keyboard.type('see the rules');
    await page.keyboard.press('ControlOrMeta+Shift+ArrowLeft');
    await page.keyboard.press('ControlOrMeta+k');
    const dialog = page.getByRole('dialog', { name: 'Link' });
    await dialog.getByLabel('Address').fill('javascript:alert(1)');
    await page.keyboard.press('Enter');
    await expect(dialog.getByRole('alert')).toBeVisible();
    await dialog.getByLabel('Address').fill('example.com/rules');
    await page.keyboard.press('Enter');
    await expect(dialog).toBeHidden();
    const link = textOf(page).getByRole('link', { name: 'rules' });
    await expect(link).toHaveAttribute('href', 'https://example.com/rules');
    await expect(link).toHaveAttribute('rel', /noopener/);
  });

  test('has its tools above the keyboard on a phone, large enough for a thumb', async ({ house }) => {
    const address = await newDocument(house, 'Phone');
    const page = await opened(house, house.owner, address, phone);
    const tools = page.getByRole('toolbar', { name: 'Formatting' });
    await expect(tools).toBeHidden();
    await textOf(page).tap();
    await expect(tools).toBeVisible();
    const box = await tools.boundingBox();
    const { width, height } = page.viewportSize() ?? { width: 0, height: 0 };
    expect(Math.round((box?.y ?? 0) + (box?.height ?? 0))).toBe(height);
    expect(box?.width).toBeLessThanOrEqual(width);
    const bold = page.getByRole('button', { name: 'Bold' });
    const target = await bold.boundingBox();
    expect(Math.min(target?.width ?? 0, target?.height ?? 0)).toBeGreaterThanOrEqual(44);
    await bold.tap();
    await expect(textOf(page)).toBeFocused();
    await page.keyboard.type('loud');
    await expect(textOf(page).locator('strong')).toHaveText('loud');
    await page.getByRole('button', { name: 'Insert a block' }).tap();
    await page.getByRole('option', { name: /Warning/ }).tap();
    await expect(textOf(page).getByRole('note', { name: 'Warning' })).toBeVisible();
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
  });

  test('lets a viewer read and not write', async ({ house }) => {
    const vera = await house.person('viewer', 'Vera Sales');
    const address = await newDocument(house, 'Read only');
    const [mine, theirs] = await Promise.all([
      opened(house, house.owner, address),
      opened(house, vera, address),
    ]);
    await textOf(mine).click();
    await mine.keyboard.type('For all to read.');
    await expect(textOf(theirs)).toContainText('For all to read.');
    await expect(theirs.getByRole('article', { name: /Read only/ })).toHaveAttribute(
      'contenteditable',
      'false',
    );
    await expect(theirs.getByRole('toolbar')).toHaveCount(0);
    await expect(theirs.getByRole('heading', { level: 1, name: 'Read only' })).toBeVisible();
    await expect(theirs.getByRole('textbox')).toHaveCount(0);
    await expect(placeOf(theirs)).toHaveAttribute('data-place', 'server');
  });

  test('keeps what is written without a network, says so, and sends it afterwards', async ({ house }) => {
    const davi = await house.person('editor', 'Davi Melo');
    const address = await newDocument(house, 'Train');
    const mine = await opened(house, house.owner, address);
    const context = await house.browserOf(davi);
    const theirs = await context.newPage();
    await theirs.goto(address);
    await textOf(theirs).waitFor();
    await context.setOffline(true);
    await textOf(theirs).click();
    await theirs.keyboard.type('Written on the train.');
    await expect(placeOf(theirs)).toHaveAttribute('data-place', 'device');
    await expect(textOf(mine)).not.toContainText('train');
    await context.setOffline(false);
    await expect(textOf(mine)).toContainText('Written on the train.');
    await expect(placeOf(theirs)).toHaveAttribute('data-place', 'server');
  });

  test('gives each clause an id that is the same for all and its own', async ({ house }) => {
    const address = await newDocument(house, 'Clauses');
    const page = await opened(house, house.owner, address);
    await textOf(page).focus();
    // As fast as hands are: in the frame that makes a block, a browser puts the next letter behind its caret.
    await page.keyboard.type('One\nTwo\n- three\nfour', { delay: 50 });
    await expect.poll(() => blocksOf(page)).toEqual(['One', 'Two', 'threefour']);
    const idsOf = (shown: Page) =>
      shown
        .locator('[data-clause]')
        .evaluateAll((blocks) => blocks.map((block) => block.getAttribute('data-clause')));
    await expect(placeOf(page)).toHaveAttribute('data-place', 'server');
    const ids = await idsOf(page);
    expect(ids).toHaveLength(6);
    expect(new Set(ids).size).toBe(6);
    await textOf(page).getByText('Two').click();
    await page.getByRole('combobox', { name: 'Kind of block' }).selectOption({ label: 'Heading 3' });
    await expect(textOf(page).getByRole('heading', { level: 3 })).toHaveText('Two');
    expect(await idsOf(page)).toEqual(ids);
    await expect(placeOf(page)).toHaveAttribute('data-place', 'server');
    await page.reload();
    await textOf(page).waitFor();
    expect(await idsOf(page)).toEqual(ids);
  });
});

test('the caret, the words and the undo stay while the document’s facts change around them', async ({
  house,
}) => {
  const dora = await house.person('editor', 'Dora Melo');
  const address = await newDocument(house, 'Steady');
  const page = await opened(house, house.owner, address);
  await textOf(page).click();
  await page.keyboard.type('First words.');
  const editor = await textOf(page).elementHandle();
  // The server reads the text and tells the record's new length; then a colleague renames the document.
  await expect
    .poll(async () => {
      const api = await house.apiOf(house.owner);
      const feed = await api.query<{
        records: { id: string; value: { text: { words: number } | null } | null }[];
      }>('changes.since', { cursor: null });
      return feed.records.find(({ id }) => address.endsWith(id))?.value?.text?.words;
    })
    .toBe(2);
  const api = await house.apiOf(dora);
  await api.command('documents.rename', { id: address.split('/').at(-1), title: 'Steadier' });
  await expect(page).toHaveTitle(/Steadier/);
  await page.keyboard.type(' Second words.');
  await expect(textOf(page)).toContainText('First words. Second words.');
  expect(await textOf(page).evaluate((now, before) => now === before, editor)).toBe(true);
  await page.keyboard.press('ControlOrMeta+z');
  await expect(textOf(page)).not.toContainText('Second');
  await page.context().close();
});
