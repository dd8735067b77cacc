/** Documents as things: made, imported, renamed, kept, put away, taken away, on one device and on several. */
import { readFileSync } from 'node:fs';
import type { BrowserContext, Locator, Page } from '@playwright/test';
import { placeOf, textOf, wordsOf } from './document-page.ts';
import { installable, installed, expect, newId, phone, test } from './house.ts';
import type { Person, TestHouse } from './house.ts';

test.use(installable);

// Several browsers, restarts and the waits of a device without a network, on however slow a machine.
test.describe.configure({ timeout: 120_000 });

/** The one indicator, when it says exactly this. */
const statusButton = (page: Page, name: string): Locator => page.getByRole('button', { name, exact: true });
const titleOf = (page: Page): Locator => page.getByRole('textbox', { name: 'Title' });

const blank = { kind: 'policy', language: 'en', visibility: 'workspace', folderId: null };

/** A new document of the owner's; returns its id. */
async function newDocument(house: TestHouse, title: string, more: object = {}): Promise<string> {
  const id = newId();
  await (await house.apiOf(house.owner)).command('documents.create', { id, title, ...blank, ...more });
  return id;
}

async function opened(context: BrowserContext, id: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`/documents/${id}`);
  await textOf(page).waitFor();
  return page;
}

async function write(page: Page, words: string): Promise<void> {
  await textOf(page).click();
  await page.keyboard.press('ControlOrMeta+End');
  await page.keyboard.type(words);
}

const occurrences = async (place: Locator, words: string): Promise<number> =>
  (await place.innerText()).split(words).length - 1;

/** What somebody who was never here finds on the server. */
async function seenBy(house: TestHouse, person: Person, id: string): Promise<Page> {
  return opened(await house.browserOf(person), id);
}

test.describe('a document on a device without a network', () => {
  test('is made, written, found again after a restart, and then on the server exactly once', async ({
    house,
  }) => {
    const context = await house.browserOf(await house.person('editor', 'Rosa Lemos'), phone);
    const page = await context.newPage();
    await page.goto('/documents');
    await expect(page.getByRole('heading', { level: 1, name: 'Documents' })).toBeVisible();
    await installed(page);
    await context.setOffline(true);

    await page.getByRole('button', { name: 'New document' }).first().click();
    await page.getByRole('dialog').getByLabel('Title').fill('Night shift rules');
    await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
    await expect(titleOf(page)).toHaveValue('Night shift rules');
    await write(page, 'Written in the tunnel.');
    await expect(placeOf(page)).toHaveAttribute('data-place', 'device');

    await page.reload();
    await expect(titleOf(page)).toHaveValue('Night shift rules');
    await expect(textOf(page)).toContainText('Written in the tunnel.');
    await write(page, ' And after the restart.');
    await expect(placeOf(page)).toHaveAttribute('data-place', 'device');

    await context.setOffline(false);
    await expect(placeOf(page)).toHaveAttribute('data-place', 'server', { timeout: 30_000 });
    await expect(placeOf(page)).toHaveText('On the server');

    const id = new URL(page.url()).pathname.split('/').at(-1) as string;
    const theirs = await seenBy(house, house.owner, id);
    await expect(textOf(theirs)).toContainText('Written in the tunnel. And after the restart.');
    await expect(titleOf(theirs)).toHaveValue('Night shift rules');
    for (const shown of [page, theirs]) {
      expect(await occurrences(textOf(shown), 'Written in the tunnel.')).toBe(1);
      expect(await occurrences(textOf(shown), 'And after the restart.')).toBe(1);
    }
    await theirs.goto('/documents');
    await expect(theirs.getByRole('link', { name: /Night shift rules/ })).toHaveCount(1);
    await Promise.all([context.close(), theirs.context().close()]);
  });

  test('keeps its unsent words when the tab dies, says so at Today, and sends them', async ({ house }) => {
    const id = await newDocument(house, 'Broken tab');
    const context = await house.browserOf(await house.person('editor', 'Téo Dias'));
    const page = await opened(context, id);
    await expect(placeOf(page)).toHaveAttribute('data-place', 'server');
    await installed(page);
    await textOf(page).waitFor();
    await context.setOffline(true);
    await write(page, 'Nobody but this device has read this.');
    await expect(placeOf(page)).toHaveAttribute('data-place', 'device');
    // The renderer is gone between two instructions: no handler of the page runs.
    const session = await context.newCDPSession(page);
    const crashed = page.waitForEvent('crash');
    session.send('Page.crash').catch(() => undefined);
    await crashed;
    await page.close();

    const again = await context.newPage();
    await again.goto('/');
    const indicator = again.getByRole('button', { name: /Offline · 1 on this device/ }).first();
    await expect(indicator).toBeVisible();
    await indicator.click();
    await expect(again.getByRole('dialog').getByRole('link', { name: 'Broken tab' })).toBeVisible();
    await again.getByRole('dialog').getByRole('link', { name: 'Broken tab' }).click();
    await expect(textOf(again)).toContainText('Nobody but this device has read this.');
    await expect(placeOf(again)).toHaveAttribute('data-place', 'device');

    await context.setOffline(false);
    await expect(placeOf(again)).toHaveAttribute('data-place', 'server', { timeout: 30_000 });
    const theirs = await seenBy(house, house.owner, id);
    await expect(textOf(theirs)).toContainText('Nobody but this device has read this.');
    await Promise.all([context.close(), theirs.context().close()]);
  });
});

test.describe('files dropped on the list', () => {
  test('become documents, or say each why not and what can be done', async ({ house }) => {
    const context = await house.browserOf(await house.person('editor', 'Lia Sampaio'));
    const page = await context.newPage();
    await page.goto('/documents');
    await expect(page.getByRole('heading', { level: 1, name: 'Documents' })).toBeVisible();
    const transfer = await page.evaluateHandle(() => {
      const all = new DataTransfer();
      const add = (name: string, ...parts: BlobPart[]) => all.items.add(new File(parts, name));
      add('returns-drop.md', '---\ntitle: Dropped returns\n---\n\n# Returns\n\nWithin **seven** days.\n');
      add('scan.md', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13]));
      add('antigo.md', new TextEncoder().encode('# Devolu'), new Uint8Array([0xe7, 0xe3, 0x6f, 0x0a]));
      add('broken-drop.md', '---\ntitle: [never closed\n---\n\nThe body [stays](../b.md).\n');
      add('huge.md', 'x'.repeat(1_500_001));
      return all;
    });
    await page.dispatchEvent('main', 'dragover', { dataTransfer: transfer });
    await expect(page.getByText('Drop Markdown files here to import them')).toBeVisible();
    await page.dispatchEvent('main', 'drop', { dataTransfer: transfer });

    const dialog = page.getByRole('dialog', { name: 'Import Markdown' });
    await expect(dialog.getByRole('status')).toHaveText('1 imported, 4 refused');
    const line = (name: string | RegExp) =>
      dialog.getByRole('list', { name: 'Files' }).locator('> li').filter({ hasText: name });
    await expect(line('Dropped returns')).toContainText('Everything was kept.');
    await expect(line('scan.md')).toContainText('not Markdown text');
    await expect(line('scan.md').getByRole('button')).toHaveCount(0);
    await expect(line('huge.md')).toContainText(/1,500,001 bytes; the limit is 1,500,000 bytes.*Split it/);
    await expect(line('huge.md').getByRole('button')).toHaveCount(0);
    await expect(line('antigo.md')).toContainText('not in UTF-8');
    await expect(line('broken-drop.md')).toContainText('cannot be read');

    // Closing the dialog loses no file that was refused.
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    await page.getByRole('button', { name: 'Import' }).click();
    await line('antigo.md').getByRole('button', { name: 'Read it as an old Windows file' }).click();
    await line('broken-drop.md').getByRole('button', { name: 'Import it with the block as text' }).click();
    await expect(dialog.getByRole('status')).toHaveText('3 imported, 2 refused');
    await line('Devolução')
      .getByText(/not kept as (it was|they were)/)
      .click();
    await expect(line('Devolução')).toContainText('check the accents');

    const broken = line(/Broken/i);
    await broken.getByText('2 things in the file were not kept').click();
    await expect(broken).toContainText('its words were kept · line 5');
    await broken.getByRole('link').click();
    await expect(textOf(page)).toContainText('The body stays.', { timeout: 20_000 });
    await expect(textOf(page).locator('pre')).toContainText('never closed');
    await page.goto('/documents');
    await page.getByRole('link', { name: /Devolução/ }).click();
    await expect(textOf(page)).toContainText('Devolução', { timeout: 20_000 });
    await expect(placeOf(page)).toHaveAttribute('data-place', 'server');
    await context.close();
  });
});

test.describe('the title and the shelf of a document', () => {
  test('a title changed without a network is taken once', async ({ house }) => {
    const id = await newDocument(house, 'Draft name');
    const context = await house.browserOf(await house.person('editor', 'Ugo Paz'));
    const page = await opened(context, id);
    await context.setOffline(true);
    await titleOf(page).fill('Name from the train');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('button', { name: /Offline · 1 on this device/ }).first()).toBeVisible();
    await context.setOffline(false);
    await expect(page.getByRole('button', { name: 'On the server' }).first()).toBeVisible({
      timeout: 30_000,
    });
    const theirs = await seenBy(house, house.owner, id);
    await expect(titleOf(theirs)).toHaveValue('Name from the train');
    await expect(titleOf(page)).toHaveValue('Name from the train');
    await Promise.all([context.close(), theirs.context().close()]);
  });

  test('two people who rename at once are told, and the later name stands', async ({ house }) => {
    const id = await newDocument(house, 'One name');
    const context = await house.browserOf(await house.person('editor', 'Gil Moura'));
    const page = await opened(context, id);
    await expect(placeOf(page)).toHaveAttribute('data-place', 'server');
    await context.setOffline(true);
    await titleOf(page).fill('The name of Gil');
    await page.keyboard.press('Enter');
    const api = await house.apiOf(house.owner);
    await api.command('documents.rename', { id, title: 'The name of Olívia' });
    await context.setOffline(false);
    await expect(page.getByRole('button', { name: 'On the server' }).first()).toBeVisible({
      timeout: 30_000,
    });
    await page.getByRole('button', { name: 'On the server' }).first().click();
    await expect(page.getByRole('dialog')).toContainText(
      'Olívia Prado changed “The name of Gil” too. It now says “The name of Gil”; before it said “The name of Olívia”.',
    );
    await context.close();
  });

  test('goes to the archive, back by undo, and back from the archive', async ({ house }) => {
    const id = await newDocument(house, 'Put away');
    const context = await house.browserOf(house.owner);
    const page = await opened(context, id);
    const archive = async () => {
      await page.getByRole('button', { name: 'More for this document' }).click();
      await page.getByRole('menuitem', { name: 'Archive' }).click();
      await expect(page.getByText('This document is in the archive')).toBeVisible();
    };
    await archive();
    await expect(textOf(page)).toHaveAttribute('contenteditable', 'false');
    await page.getByRole('button', { name: 'Undo' }).last().click();
    await expect(page.getByText('This document is in the archive')).toBeHidden();
    await expect(textOf(page)).toHaveAttribute('contenteditable', 'true');
    await archive();
    await page.goto('/documents');
    await expect(page.getByRole('link', { name: /Put away/ })).toHaveCount(0);
    await page.getByLabel('Current or archived').selectOption({ label: 'Archived' });
    await page.getByRole('link', { name: /Put away/ }).click();
    await page.getByRole('button', { name: 'Restore' }).click();
    await expect(textOf(page)).toHaveAttribute('contenteditable', 'true');
    await write(page, 'In use again.');
    await expect(placeOf(page)).toHaveAttribute('data-place', 'server');
    await context.close();
  });
});

test.describe('an open document that may no longer be written', () => {
  test('a login that ended keeps the text, and signing in sends it', async ({ house }) => {
    const id = await newDocument(house, 'Ended login');
    const person = await house.person('editor', 'Iara Bento');
    const context = await house.browserOf(person);
    const page = await opened(context, id);
    await expect(placeOf(page)).toHaveAttribute('data-place', 'server');
    const elsewhere = await house.browserOf(person);
    const { name: _name, personId: _personId, cookies: _cookies, ...login } = person;
    await elsewhere.clearCookies();
    const headers = { origin: house.url };
    await elsewhere.request.post('/trpc/account.signIn', { data: login, headers });
    await elsewhere.request.post('/trpc/account.revokeOtherSessions', { data: {}, headers });

    await expect(page.getByText('Sign in again to send your changes')).toBeVisible({ timeout: 20_000 });
    await write(page, 'Written after the login ended.');
    await expect(textOf(page)).toContainText('Written after the login ended.');
    await page.getByRole('article').getByRole('link', { name: 'Sign in' }).click();
    await page.getByLabel('E-mail').fill(person.email);
    await page.getByLabel('Password').fill(person.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page).toHaveURL(new RegExp(`/documents/${id}$`));
    await expect(textOf(page)).toContainText('Written after the login ended.');
    await expect(placeOf(page)).toHaveAttribute('data-place', 'server', { timeout: 20_000 });
    const theirs = await seenBy(house, house.owner, id);
    await expect(textOf(theirs)).toContainText('Written after the login ended.');
    await Promise.all([context.close(), elsewhere.close(), theirs.context().close()]);
  });

  test('a person made a viewer meanwhile keeps the words that were not taken, and is told', async ({
    house,
  }) => {
    const id = await newDocument(house, 'Lost role');
    const person = await house.person('editor', 'Noa Vidal');
    const context = await house.browserOf(person);
    const page = await opened(context, id);
    await expect(placeOf(page)).toHaveAttribute('data-place', 'server');
    await context.setOffline(true);
    await write(page, 'Words without a right.');
    await expect(placeOf(page)).toHaveAttribute('data-place', 'device');
    const api = await house.apiOf(house.owner);
    await api.command('people.changeRole', { personId: person.personId, role: 'viewer', endsAt: null });
    await context.setOffline(false);
    await expect(page.getByText('Your changes were not taken')).toBeVisible({ timeout: 30_000 });
    await expect(textOf(page)).toHaveAttribute('contenteditable', 'false');
    await expect(textOf(page)).toContainText('Words without a right.');
    await expect(placeOf(page)).toHaveAttribute('data-place', 'device');
    await page.reload();
    await expect(page.getByText('Your changes were not taken')).toBeVisible({ timeout: 30_000 });
    await expect(textOf(page)).toContainText('Words without a right.');
    // It is said wherever the person is, and never that it is being sent; the words can be had as a file.
    await page.goto('/');
    await statusButton(page, '1 change needs you').click();
    const panel = page.getByRole('dialog');
    const saved = page.waitForEvent('download');
    await panel.getByRole('button', { name: 'Save my text as a file' }).click();
    expect((await saved).suggestedFilename()).toBe('Lost role.txt');
    expect(readFileSync(await (await saved).path(), 'utf8')).toContain('Words without a right.');
    await panel.getByRole('link', { name: 'Open it' }).click();
    const theirs = await seenBy(house, house.owner, id);
    await expect(textOf(theirs)).not.toContainText('without a right');
    // Given the right again, the same words arrive.
    await api.command('people.changeRole', { personId: person.personId, role: 'editor', endsAt: null });
    await expect(textOf(theirs)).toContainText('Words without a right.', { timeout: 30_000 });
    await expect(placeOf(page)).toHaveAttribute('data-place', 'server');
    await expect(statusButton(page, 'On the server')).toBeVisible();
    await Promise.all([context.close(), theirs.context().close()]);
  });

  test('what was not taken can be discarded, and the text is the server’s again', async ({ house }) => {
    const id = await newDocument(house, 'Discarded');
    const person = await house.person('editor', 'Bento Sampaio');
    const context = await house.browserOf(person);
    const page = await opened(context, id);
    await write(page, 'Words that stay.');
    await expect(placeOf(page)).toHaveAttribute('data-place', 'server');
    await context.setOffline(true);
    await write(page, 'Words that go.');
    const api = await house.apiOf(house.owner);
    await api.command('people.changeRole', { personId: person.personId, role: 'viewer', endsAt: null });
    await context.setOffline(false);
    await page.getByRole('button', { name: 'Discard my changes' }).click({ timeout: 30_000 });
    await page.getByRole('dialog').getByRole('button', { name: 'Discard my changes' }).click();
    await expect(textOf(page)).not.toContainText('Words that go.');
    await expect(textOf(page)).toContainText('Words that stay.');
    await expect(statusButton(page, 'On the server')).toBeVisible();
    await context.close();
  });

  test('a person let go while words wait keeps them on the device', async ({ house }) => {
    const id = await newDocument(house, 'Let go');
    const person = await house.person('editor', 'Rui Salgado');
    const context = await house.browserOf(person);
    const page = await opened(context, id);
    await expect(placeOf(page)).toHaveAttribute('data-place', 'server');
    await context.setOffline(true);
    await write(page, 'Last words.');
    await expect(placeOf(page)).toHaveAttribute('data-place', 'device');
    const api = await house.apiOf(house.owner);
    await api.command('people.deactivate', { personId: person.personId });
    await context.setOffline(false);
    await expect(
      page.getByText(/Sign in again to send your changes|You can no longer open this on the server/).first(),
    ).toBeVisible({ timeout: 30_000 });
    await expect(textOf(page)).toContainText('Last words.');
    await expect(placeOf(page)).toHaveAttribute('data-place', 'device');
    await context.close();
  });

  test('an address that names no document says so and leads back', async ({ house }) => {
    const page = await house.pageOf(house.owner);
    for (const id of [newId(), 'not-an-id']) {
      await page.goto(`/documents/${id}`);
      await expect(page.getByText('This document is not here')).toBeVisible();
    }
    await page.getByRole('link', { name: 'All documents' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Documents' })).toBeVisible();
    await page.context().close();
  });
});

test('two tabs of one person hold one text, with a network and without', async ({ house }) => {
  const id = await newDocument(house, 'Two tabs');
  const context = await house.browserOf(await house.person('editor', 'Caê Luz'));
  const [left, right] = [await opened(context, id), await opened(context, id)];
  await write(left, 'From the left.');
  await expect(textOf(right)).toContainText('From the left.');
  // One person is one face, however many tabs.
  await expect(left.getByRole('list', { name: 'Also here' })).toHaveCount(0);
  await context.setOffline(true);
  await write(right, ' From the right, alone.');
  await expect(textOf(left)).toContainText('From the right, alone.');
  await write(left, ' And the left again.');
  await expect(textOf(right)).toContainText('And the left again.');
  await context.setOffline(false);
  for (const page of [left, right])
    await expect(placeOf(page)).toHaveAttribute('data-place', 'server', { timeout: 30_000 });
  const theirs = await seenBy(house, house.owner, id);
  await expect.poll(() => wordsOf(theirs)).toBe('From the left. From the right, alone. And the left again.');
  await Promise.all([context.close(), theirs.context().close()]);
});

test('a guest of one document sees that document and nothing else', async ({ house }) => {
  const mark = newId().slice(-6);
  const shown = await newDocument(house, `${mark} for the guest`);
  const hidden = await newDocument(house, `${mark} for the house`);
  const guest = await house.person('editor', 'Gal Ferraz', { kind: 'document', id: shown });
  const context = await house.browserOf(guest);
  const page = await context.newPage();
  await page.goto('/documents');
  await expect(page.getByRole('link', { name: new RegExp(mark) })).toHaveCount(1);
  await expect(page.getByRole('button', { name: 'New document' })).toHaveCount(0);
  await page.getByRole('link', { name: `${mark} for the guest` }).click();
  await write(page, 'A specialist was here.');
  await expect(placeOf(page)).toHaveAttribute('data-place', 'server');
  await page.goto(`/documents/${hidden}`);
  await expect(page.getByText('This document is not here')).toBeVisible();
  await context.close();
});

test.describe('folders', () => {
  test('are made, named, filled and looked into without a network, and so on the server', async ({
    house,
  }) => {
    const mark = newId().slice(-6);
    await newDocument(house, `${mark} fees`);
    await newDocument(house, `${mark} returns`);
    const context = await house.browserOf(await house.person('editor', 'Dora Sá'));
    const page = await context.newPage();
    await page.goto('/documents');
    await page.getByRole('searchbox').fill(mark);
    await expect(page.getByRole('list', { name: 'Documents' }).getByRole('listitem')).toHaveCount(2);
    await installed(page);
    await page.getByRole('searchbox').fill(mark);
    await context.setOffline(true);

    const folders = page.getByRole('button', { name: 'Folders' });
    const dialog = page.getByRole('dialog');
    await folders.click();
    await page.getByRole('menuitem', { name: 'New folder' }).click();
    await dialog.getByLabel('Name of the folder').fill(`Money ${mark}`);
    await page.keyboard.press('Enter');
    await expect(dialog).toBeHidden();
    // The new folder is shown; the next one is made inside it.
    await folders.click();
    await page.getByRole('menuitem', { name: 'New folder' }).click();
    await dialog.getByLabel('Name of the folder').fill(`Sellers ${mark}`);
    await page.keyboard.press('Enter');
    await expect(dialog).toBeHidden();
    const shown = page.getByLabel('Folder', { exact: true });
    await expect(shown.getByRole('option', { name: `Sellers ${mark}` })).toHaveText(`\u2003Sellers ${mark}`);
    await shown.selectOption({ label: 'All folders' });

    // With the keyboard alone: to the row, m, the folder, Enter.
    await page.getByRole('link', { name: `${mark} fees` }).focus();
    await page.keyboard.press('m');
    await dialog.getByLabel('Folder').selectOption({ label: `\u2003Sellers ${mark}` });
    await dialog.getByRole('button', { name: 'Move' }).click();
    await expect(dialog).toBeHidden();
    await expect(page.getByRole('link', { name: `${mark} fees` })).toContainText(`Sellers ${mark}`);
    await shown.selectOption({ label: `Money ${mark}` });
    await expect(page.getByRole('link', { name: `${mark} fees` })).toBeVisible();
    await expect(page.getByRole('link', { name: `${mark} returns` })).toHaveCount(0);
    await folders.click();
    await page.getByRole('menuitem', { name: 'Rename folder' }).click();
    await dialog.getByLabel('Name of the folder').fill(`Finance ${mark}`);
    await page.keyboard.press('Enter');
    await expect(shown.getByRole('option', { name: `Finance ${mark}` })).toHaveCount(1);

    await context.setOffline(false);
    await expect(page.getByRole('button', { name: 'On the server' }).first()).toBeVisible({
      timeout: 30_000,
    });
    const theirs = await house.pageOf(house.owner);
    await theirs.goto('/documents');
    await theirs.getByLabel('Folder', { exact: true }).selectOption({ label: `Finance ${mark}` });
    await theirs.getByRole('link', { name: `${mark} fees` }).click();
    await expect(theirs.getByRole('article').getByText(`Sellers ${mark}`)).toBeVisible();
    await Promise.all([context.close(), theirs.context().close()]);
  });

  test('are shared as a whole: a guest of one sees what stands in it, and may write there', async ({
    house,
  }) => {
    const mark = newId().slice(-6);
    const folderId = newId();
    const api = await house.apiOf(house.owner);
    await api.command('folders.create', { id: folderId, parentId: null, name: `Shared ${mark}` });
    await newDocument(house, `${mark} inside`, { folderId });
    await newDocument(house, `${mark} outside`);
    // The way there, as the owner goes it.
    const owner = await house.pageOf(house.owner);
    await owner.goto('/documents');
    await owner.getByLabel('Folder', { exact: true }).selectOption({ label: `Shared ${mark}` });
    await owner.getByRole('button', { name: 'Folders' }).click();
    await owner.getByRole('menuitem', { name: 'Share this folder' }).click();
    await owner.getByRole('dialog').getByRole('link', { name: 'Invite somebody new' }).click();
    await expect(owner.getByRole('dialog').getByRole('combobox').nth(1)).toHaveValue(`folder/${folderId}`);

    const guest = await house.person('editor', 'Zé Guedes', { kind: 'folder', id: folderId });
    const page = await house.pageOf(guest);
    await page.goto('/documents');
    await expect(page.getByRole('link', { name: `${mark} inside` })).toBeVisible();
    await expect(page.getByRole('link', { name: `${mark} outside` })).toHaveCount(0);
    await page.getByLabel('Folder', { exact: true }).selectOption({ label: `Shared ${mark}` });
    await page.getByRole('button', { name: 'New document' }).click();
    await page.getByRole('dialog').getByLabel('Title').fill(`${mark} by the guest`);
    await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
    // Made to be written: no need to reach for the text.
    await expect(textOf(page)).toBeFocused();
    await page.keyboard.type('A guest wrote this.');
    await expect(placeOf(page)).toHaveAttribute('data-place', 'server');
    await expect(page.getByRole('article').getByText(`Shared ${mark}`)).toBeVisible();
    await Promise.all([page.context().close(), owner.context().close()]);
  });
});

test('the keyboard alone makes a document, writes, finds it, renames it and opens it', async ({ house }) => {
  const mark = newId().slice(-6);
  const page = await house.pageOf(await house.person('editor', 'Ivo Melo'));
  await page.goto('/documents');
  await expect(page.getByRole('heading', { level: 1, name: 'Documents' })).toBeVisible();
  await page.locator('main').focus();
  await page.keyboard.press('c');
  await expect(page.getByRole('dialog').getByLabel('Title')).toBeFocused();
  await page.keyboard.type(`Keys ${mark}`);
  await page.keyboard.press('Enter');
  await expect(textOf(page)).toBeFocused();
  await page.keyboard.type('Word');
  await expect(placeOf(page)).toHaveAttribute('data-place', 'server');
  await page.goto('/documents');
  await page.getByRole('heading', { level: 1, name: 'Documents' }).waitFor();
  await page.locator('main').focus();
  await page.keyboard.press('/');
  await page.keyboard.type(mark);
  await expect(page.getByRole('list', { name: 'Documents' }).getByRole('listitem')).toHaveCount(1);
  await expect(page.getByRole('link', { name: `Keys ${mark}` })).toContainText(/1 word(?!s)/, {
    timeout: 20_000,
  });
  await page.locator('main').focus();
  await page.keyboard.press('j');
  await expect(page.getByRole('link', { name: `Keys ${mark}` })).toBeFocused();
  await page.keyboard.press('e');
  await expect(page.getByRole('dialog').getByLabel('Title')).toBeFocused();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type(`Renamed ${mark}`);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('link', { name: `Renamed ${mark}` })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(titleOf(page)).toHaveValue(`Renamed ${mark}`);
  await page.locator('main').focus();
  await page.keyboard.press('e');
  await expect(titleOf(page)).toBeFocused();
  await page.keyboard.type(`Again ${mark}`);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: `Again ${mark}` })).toBeVisible();
  await page.context().close();
});
