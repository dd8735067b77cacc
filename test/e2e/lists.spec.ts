/** What holds in every list: rows are ticked and acted on together, and a row one came back to has the focus. */
import type { Page } from '@playwright/test';
import { textOf } from './document-page.ts';
import { expect, newId, phone, test } from './house.ts';
import type { Api, TestHouse } from './house.ts';

const blank = { kind: 'policy', language: 'en', visibility: 'workspace', folderId: null };

async function newDocuments(api: Api, name: string, count: number): Promise<void> {
  for (let at = 1; at <= count; at += 1)
    await api.command('documents.create', { id: newId(), title: `${name} ${at}`, ...blank });
}

async function openCases(api: Api, name: string, count: number): Promise<void> {
  for (let at = 1; at <= count; at += 1) {
    const words = { title: `${name} ${at}`, narrative: '', severity: 'medium', about: null };
    await api.command('cases.open', { caseId: newId(), track: 'violation', ...words });
  }
}

async function listed(house: TestHouse, path: string, name: string, options = {}): Promise<Page> {
  const page = await house.pageOf(house.owner, options);
  await page.goto(path);
  const field = page.getByRole('searchbox').first();
  await field.fill(name);
  await expect(page.getByRole('link', { name: `${name} 1` }).first()).toBeVisible();
  return page;
}

const focused = (page: Page) => page.locator('[data-row-action]:focus');
const bar = (page: Page) => page.getByRole('group', { name: /selected$/ });

test('documents ticked by keys go to the archive together and come back by undo', async ({ house }) => {
  const name = 'Shelved';
  await newDocuments(await house.apiOf(house.owner), name, 4);
  const page = await listed(house, '/documents', name);
  const rows = page.getByRole('link', { name: new RegExp(`^${name}`) });
  await rows.first().focus();
  await page.keyboard.press('x');
  await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press('Shift+j');
  await expect(bar(page)).toHaveAccessibleName('3 selected');
  await page.keyboard.press('Escape');
  await expect(bar(page)).toHaveCount(0);
  await expect(focused(page)).toContainText(`${name} 2`);

  await page.keyboard.press('x');
  await page.keyboard.press('k');
  await page.keyboard.press('x');
  await bar(page).getByRole('button', { name: 'Archive' }).click();
  await expect(rows).toHaveCount(2);
  await expect(bar(page)).toHaveCount(0);
  await page.getByText('2 documents moved to the archive').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(rows).toHaveCount(4);
});

test('documents ticked with the pointer go to a folder together and back to where each stood', async ({
  house,
}) => {
  const api = await house.apiOf(house.owner);
  const name = 'Filed';
  await newDocuments(api, name, 3);
  const [here, there] = [newId(), newId()];
  await api.command('folders.create', { id: here, parentId: null, name: 'Inbox' });
  await api.command('folders.create', { id: there, parentId: null, name: 'Vault' });
  const id = newId();
  await api.command('documents.create', { ...blank, id, title: `${name} 0`, folderId: here });
  const page = await listed(house, '/documents', name);
  await page.getByRole('checkbox', { name: `${name} 0` }).click();
  await page.getByRole('checkbox', { name: `${name} 1` }).click({ modifiers: ['Shift'] });
  await expect(bar(page)).toHaveAccessibleName('4 selected');
  await page.keyboard.press('m');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Folder').selectOption({ label: 'Vault' });
  await dialog.getByRole('button', { name: 'Move' }).click();
  await page.getByText('4 documents moved to Vault').waitFor();
  const inFolder = (folder: string) => page.getByRole('listitem').filter({ hasText: folder });
  await expect(inFolder('Vault')).toHaveCount(4);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(inFolder('Vault')).toHaveCount(0);
  await expect(inFolder('Inbox')).toHaveCount(1);
});

test('cases ticked by a finger are claimed together and given back together', async ({ house }) => {
  const name = 'Thumbed';
  await openCases(await house.apiOf(house.owner), name, 3);
  const page = await listed(house, '/cases', name, phone);
  const row = (at: number) => page.getByRole('link', { name: `${name} ${at}` });
  await row(1).dispatchEvent('pointerdown', { pointerType: 'touch' });
  await expect(bar(page)).toHaveAccessibleName('1 selected');
  await row(1).dispatchEvent('pointerup', { pointerType: 'touch' });
  await row(2).tap();
  await expect(bar(page)).toHaveAccessibleName('2 selected');
  await bar(page).getByRole('button', { name: 'Claim' }).tap();
  await page.getByText('You hold 2 more cases now').waitFor();
  await expect(row(1)).toContainText('Olívia Prado');
  await expect(row(3)).not.toContainText('Olívia Prado');
  await page.getByRole('button', { name: 'Undo' }).tap();
  await expect(row(1)).not.toContainText('Olívia Prado');
  // Nothing is ticked any more: a tap opens.
  await row(3).tap();
  await expect(page.getByRole('heading', { level: 1, name: `${name} 3` })).toBeVisible();
});

test('the help shows the key for ticking only where rows can be ticked', async ({ house }) => {
  await newDocuments(await house.apiOf(house.owner), 'Helped', 1);
  const page = await listed(house, '/documents', 'Helped');
  const help = page.getByRole('dialog', { name: 'Keyboard' });
  await page.getByRole('link', { name: 'Helped 1' }).focus();
  await page.keyboard.press('?');
  await expect(help.getByText('Tick the row; with Shift, a range')).toBeVisible();
  await page.keyboard.press('Escape');
  await page.goto('/settings');
  await expect(page.getByRole('heading', { level: 1, name: 'Settings' })).toBeVisible();
  await page.keyboard.press('?');
  await expect(help.getByText('Search, go to, do')).toBeVisible();
  await expect(help.getByText('Tick the row')).toHaveCount(0);
});

for (const { path, make, size } of [
  { path: '/documents', make: newDocuments, size: { width: 1280, height: 700 } },
  { path: '/cases', make: openCases, size: { width: 1000, height: 600 } },
  { path: '/cases', make: openCases, size: { width: 1400, height: 600 } },
])
  test(`Escape and Back lead to the row one came from in ${path} (${size.width})`, async ({ house }) => {
    const name = `Kept${size.width}${path.slice(1)}`;
    await make(await house.apiOf(house.owner), name, 30);
    const page = await listed(house, path, name, { viewport: size });
    await page.locator('[data-row-action]').first().focus();
    await page.keyboard.press('End');
    await page.keyboard.press('k');
    const row = await focused(page).innerText();
    const top = await page.evaluate(() => scrollY);
    expect(top).toBeGreaterThan(100);
    const title = row.split('\n').find((line) => line.startsWith(name)) ?? '';
    const opened = async () => {
      await page.keyboard.press('Enter');
      await expect(page).toHaveURL(new RegExp(`${path}/[0-9a-f-]{36}$`));
      if (path === '/documents') await textOf(page).waitFor();
      else await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible();
    };
    const isBack = async () => {
      await expect(page).toHaveURL(new RegExp(`${path}$`));
      await expect(focused(page)).toContainText(title);
      await expect.poll(() => page.evaluate(() => scrollY)).toBe(top);
    };
    await opened();
    await page.keyboard.press('Escape');
    await isBack();
    await opened();
    await page.goBack();
    await isBack();
    if (path !== '/documents') return;
    // In the text Escape belongs to the text.
    await opened();
    await textOf(page).click();
    await page.keyboard.press('Escape');
    await page.keyboard.type('Still here');
    await expect(textOf(page)).toContainText('Still here');
  });
