/** Letting people in who are here already: to a private draft, to a folder; and taking it away again. */
import type { Page } from '@playwright/test';
import { seriousOn } from './axe.ts';
import { expect, newId, phone, test } from './house.ts';
import type { Person, TestHouse } from './house.ts';

test.describe.configure({ timeout: 90_000 });

async function newDraft(house: TestHouse, author: Person, title: string, more: object = {}): Promise<string> {
  const id = newId();
  const api = await house.apiOf(author);
  const facts = { kind: 'policy', language: 'en', visibility: 'private', folderId: null };
  await api.command('documents.create', { id, title, ...facts, ...more });
  return id;
}

async function openShare(page: Page, id: string, name: string) {
  await page.goto(`/documents/${id}`);
  await page.locator('.document-text').waitFor();
  await page.getByRole('button', { name: 'More for this document' }).click();
  await page.getByRole('menuitem', { name: 'Share' }).click();
  const dialog = page.getByRole('dialog', { name: `Share “${name}”` });
  await expect(dialog).toBeVisible();
  return dialog;
}

test('a private draft is opened to a colleague, who sees, reads, then writes it, and then loses it', async ({
  house,
}) => {
  const mark = newId().slice(-6);
  const author = await house.person('editor', `Noêmia ${mark}`);
  const colleague = await house.person('viewer', `Caio ${mark}`);
  const title = `${mark} draft on fees`;
  const id = await newDraft(house, author, title);
  const theirs = await house.pageOf(colleague);
  await theirs.goto('/documents');
  await expect(theirs.getByRole('heading', { level: 1, name: 'Documents' })).toBeVisible();
  const link = theirs.getByRole('link', { name: title });
  await expect(link).toHaveCount(0);

  const page = await house.pageOf(author);
  const dialog = await openShare(page, id, title);
  const list = dialog.getByRole('list', { name: 'Who can open it' });
  await expect(list.getByRole('listitem')).toHaveCount(1);
  await expect(list.getByRole('listitem')).toContainText('Wrote this draft');
  await expect(dialog.getByText('A private draft: only its author')).toBeVisible();
  await dialog.getByLabel('Person').selectOption({ label: colleague.name });
  await dialog.getByLabel('Role').selectOption('viewer');
  await dialog.getByLabel('Last day').fill('2031-05-20');
  await dialog.getByRole('button', { name: 'Give access' }).click();
  await expect(dialog.getByText(`${colleague.name} can open this now: Viewer.`)).toBeVisible();
  const row = list.getByRole('listitem').filter({ hasText: colleague.name });
  await expect(row).toContainText('Given here, until May 20, 2031');
  expect(await seriousOn(page)).toEqual([]);

  // Without a reload.
  await link.click();
  await expect(theirs.getByText(`Private draft by ${author.name}, shared with you`)).toBeVisible();
  await expect(theirs.getByText('Read only')).toBeVisible();
  const text = theirs.locator('.document-text');
  await expect(text).toHaveAttribute('contenteditable', 'false');

  await row.getByRole('button', { name: `Access of ${colleague.name}: Viewer` }).click();
  await page.getByRole('menuitemradio', { name: 'Editor' }).click();
  await expect(row.getByRole('button', { name: `Access of ${colleague.name}: Editor` })).toBeVisible();
  await expect(text).toHaveAttribute('contenteditable', 'true');
  await text.click();
  await theirs.keyboard.type('Seven days.');
  await expect(theirs.getByTestId('text-state')).toHaveAttribute('data-place', 'server');

  await row.getByRole('button', { name: `Access of ${colleague.name}: Editor` }).click();
  await page.getByRole('menuitem', { name: 'Change the last day' }).click();
  const lastDay = page.getByRole('dialog', { name: `Last day for ${colleague.name}` });
  await expect(lastDay.getByLabel('Last day')).toHaveValue('2031-05-20');
  await lastDay.getByLabel('Last day').fill('');
  await lastDay.getByRole('button', { name: 'Save' }).click();
  await expect(lastDay).toBeHidden();
  await expect(row).not.toContainText('until');

  await row.getByRole('button', { name: `Access of ${colleague.name}: Editor` }).click();
  await page.getByRole('menuitem', { name: 'Remove access' }).click();
  const sure = page.getByRole('dialog', { name: `Remove the access of ${colleague.name}?` });
  await expect(sure).toContainText('It disappears from their list at once');
  await sure.getByRole('button', { name: 'Remove access' }).click();
  await expect(row).toHaveCount(0);
  await expect(dialog.getByText(`The access of ${colleague.name} was removed.`)).toBeVisible();
  await expect(theirs.getByText('This document is not here')).toBeVisible();
  await theirs.goto('/documents');
  await expect(theirs.getByRole('heading', { level: 1, name: 'Documents' })).toBeVisible();
  await expect(link).toHaveCount(0);
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(page.locator('.document-text')).toContainText('Seven days.');
  await Promise.all([page.context().close(), theirs.context().close()]);
});

test('the sheet on a phone says why each person can open it, and leads to the invitation of somebody new', async ({
  house,
}) => {
  const mark = newId().slice(-6);
  const author = await house.person('editor', `Iara ${mark}`);
  const reader = await house.person('viewer', `Davi ${mark}`);
  const title = `${mark} on returns`;
  const id = await newDraft(house, author, title, { visibility: 'workspace' });
  const page = await house.pageOf(author, { ...phone, colorScheme: 'dark' });
  const dialog = await openShare(page, id, title);
  const row = dialog.getByRole('listitem').filter({ hasText: reader.name });
  await expect(row).toContainText('Through the workspace');
  // Whoever edits everything already is not offered; whoever reads may be given more, and only more.
  const person = dialog.getByLabel('Person');
  await expect(person.locator('option', { hasText: house.owner.name })).toHaveCount(0);
  await person.selectOption({ label: `${reader.name} · now Viewer` });
  await expect(dialog.getByLabel('Role').locator('option')).toHaveText(['Commenter', 'Editor']);
  await dialog.getByRole('button', { name: 'Give access' }).tap();
  await expect(row).toContainText('Editor here');
  await expect(row).toContainText('Viewer in the workspace');
  expect(await seriousOn(page)).toEqual([]);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
  expect(wide).toBe(false);

  await row.getByRole('button', { name: `Access of ${reader.name}` }).tap();
  await page.getByRole('menuitem', { name: 'Remove access' }).tap();
  await expect(page.getByRole('dialog', { name: /^Remove/ })).toContainText(
    'They can still open it as Viewer',
  );
  await page
    .getByRole('dialog', { name: /^Remove/ })
    .getByRole('button', { name: 'Cancel' })
    .tap();

  await page.context().setOffline(true);
  await expect(dialog.getByText('You are offline. Who may open this')).toBeVisible();
  await expect(dialog.getByLabel('Person')).toBeDisabled();
  await expect(row.getByRole('button')).toHaveCount(0);
  await page.context().setOffline(false);
  await expect(dialog.getByLabel('Person')).toBeEnabled();

  await dialog.getByRole('link', { name: 'Invite somebody new' }).tap();
  const invitation = page.getByRole('dialog', { name: 'Invite' });
  await expect(invitation.getByLabel('Where it holds')).toHaveValue(`document/${id}`);
  await page.context().close();
});

test('a folder is shared, moved, shown by its name, and taken away when it is empty', async ({ house }) => {
  const mark = newId().slice(-6);
  const [outer, inner] = [newId(), newId()];
  const api = await house.apiOf(house.owner);
  await api.command('folders.create', { id: outer, parentId: null, name: `Outer ${mark}` });
  await api.command('folders.create', { id: inner, parentId: null, name: `Inner ${mark}` });
  const title = `${mark} in a folder`;
  const id = await newDraft(house, house.owner, title, { visibility: 'workspace', folderId: inner });
  const guest = await house.person('viewer', `Gil ${mark}`, { kind: 'folder', id: outer });
  const theirs = await house.pageOf(guest);
  await theirs.goto('/documents');
  await expect(theirs.getByRole('heading', { level: 1, name: 'Documents' })).toBeVisible();
  const link = theirs.getByRole('link', { name: title });

  const page = await house.pageOf(house.owner, { viewport: { width: 1440, height: 900 } });
  await page.goto(`/documents/${id}`);
  await page
    .getByRole('article')
    .getByRole('link', { name: `Inner ${mark}` })
    .click();
  const shown = page.getByLabel('Folder', { exact: true });
  await expect(shown).toHaveValue(inner);
  await expect(page).toHaveURL(/\/documents$/);
  await expect(link).toHaveCount(0);

  const folders = page.getByRole('button', { name: 'Folders', exact: true });
  await folders.click();
  await expect(page.getByRole('menuitem', { name: 'Remove this folder' })).toContainText('documents: 1');
  await page.getByRole('menuitem', { name: 'Move this folder', exact: true }).click();
  const into = page.getByRole('dialog', { name: 'Move this folder' });
  await expect(into.locator('option', { hasText: `Inner ${mark}` })).toHaveCount(0);
  await into.getByLabel('Inside').selectOption({ label: `Outer ${mark}` });
  await into.getByRole('button', { name: 'Move' }).click();
  await expect(page.getByText(`Folder moved into Outer ${mark}`)).toBeVisible();
  // What the guest of the folder above may see came with it.
  await expect(link).toBeVisible();

  await folders.click();
  await page.getByRole('menuitem', { name: 'Share this folder' }).click();
  const dialog = page.getByRole('dialog', { name: `Share “Inner ${mark}”` });
  await expect(dialog.getByRole('listitem').filter({ hasText: guest.name })).toContainText(
    `By the folder Outer ${mark}`,
  );
  await page.keyboard.press('Escape');

  // From the row of another list to the folder, and out of it.
  await shown.selectOption('all');
  await page.getByRole('searchbox', { name: 'Filter documents' }).fill(mark);
  await page.getByRole('link', { name: `Inner ${mark}`, exact: true }).click();
  await expect(shown).toHaveValue(inner);
  await page.getByRole('link', { name: title }).focus();
  await page.keyboard.press('m');
  const out = page.getByRole('dialog', { name: 'Move to a folder' });
  await out.getByLabel('Folder').selectOption({ label: 'No folder' });
  await out.getByRole('button', { name: 'Move' }).click();
  await expect(page.getByText('This folder is empty')).toBeVisible();
  await folders.click();
  await page.getByRole('menuitem', { name: 'Remove this folder' }).click();
  const removal = page.getByRole('dialog', { name: `Remove the folder Inner ${mark}?` });
  await page.context().setOffline(true);
  await removal.getByRole('button', { name: 'Remove this folder' }).click();
  await expect(removal.getByRole('alert')).toContainText('server');
  await page.context().setOffline(false);
  await removal.getByRole('button', { name: 'Remove this folder' }).click();
  await expect(page.getByText(`Folder Inner ${mark} removed`)).toBeVisible();
  await expect(shown).toHaveValue(outer);
  await expect(link).toHaveCount(0);
  await Promise.all([page.context().close(), theirs.context().close()]);
});
