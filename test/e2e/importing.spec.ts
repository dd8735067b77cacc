/** Importing what is here already: nothing twice in silence, nothing dropped in silence. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { seriousOn } from './axe.ts';
import { expect, newId, test } from './house.ts';

test('a file that is here already is left out and said so, and is imported twice only when that is wanted', async ({
  house,
}) => {
  const mark = newId().slice(-6);
  const page = await house.pageOf(await house.person('editor', `Lia ${mark}`));
  await page.goto('/documents?import');
  const dialog = page.getByRole('dialog', { name: 'Import Markdown' });
  const choose = (...files: { name: string; text: string }[]) =>
    dialog
      .locator('input[type=file]')
      .setInputFiles(
        files.map(({ name, text }) => ({ name, mimeType: 'text/markdown', buffer: Buffer.from(text) })),
      );
  const status = dialog.getByRole('status');
  const line = (name: string | RegExp) =>
    dialog.getByRole('list', { name: 'Files' }).locator('> li').filter({ hasText: name });

  // Two of one choice hold the same text: the second is a copy of the first.
  const text = `# Fees ${mark}\n\nFour percent.\n`;
  await choose({ name: `fees-${mark}.md`, text }, { name: `copy-${mark}.md`, text });
  await expect(status).toHaveText('1 imported, 0 refused, 1 left out');
  const left = line('Left out');
  await expect(left).toContainText(`This file is here already: Fees ${mark}`);
  await dialog.getByRole('button', { name: 'Clear the list' }).click();

  // After the server's answer, and in a page that knows nothing of before.
  await expect(page.getByRole('button', { name: 'On the server' }).first()).toBeVisible({ timeout: 30_000 });
  await page.goto('/documents?import');
  await choose(
    { name: `again-${mark}.md`, text: text.replaceAll('\n', '\r\n') },
    { name: `fees-${mark}.md`, text: `# Fees ${mark}\n\nFive percent.\n` },
    { name: `new-${mark}.md`, text: `# Other ${mark}\n\nText.\n` },
  );
  await expect(status).toHaveText('1 imported, 0 refused, 1 left out, 1 waiting for you');
  await expect(line(`again-${mark}`)).toContainText('Left out');
  const asked = line('Waits for you');
  await expect(asked).toContainText('a document of this name already, with another text');
  expect(await seriousOn(page)).toEqual([]);
  await asked.getByRole('button', { name: 'Leave it out' }).click();
  await expect(status).toHaveText('1 imported, 0 refused, 2 left out');
  await line(`again-${mark}`).getByRole('button', { name: 'Import as a second document' }).click();
  await expect(status).toHaveText('2 imported, 0 refused, 1 left out');
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await page.getByRole('searchbox', { name: 'Filter documents' }).fill(`Fees ${mark}`);
  await expect(page.getByRole('list', { name: 'Documents' }).getByRole('listitem')).toHaveCount(2);
  await page.context().close();
});

test('what needs the person stands first, what lost something next, and what went well is folded', async ({
  house,
}) => {
  const mark = newId().slice(-6);
  const page = await house.pageOf(await house.person('editor', `Rui ${mark}`));
  await page.goto('/documents?import');
  const dialog = page.getByRole('dialog', { name: 'Import Markdown' });
  const whole = [1, 2, 3, 4].map((n) => ({ name: `whole-${n}.md`, text: `# Whole ${n} ${mark}\n` }));
  const links = Array.from({ length: 40 }, (_, n) => `[rule ${n}](../rule-${n}.md)`).join('\n\n');
  const files = [
    ...whole,
    { name: 'links.md', text: `# Links ${mark}\n\n${links}\n` },
    { name: 'broken.md', text: '---\ntitle: [\n---\n' },
  ];
  await dialog
    .locator('input[type=file]')
    .setInputFiles(
      files.map(({ name, text }) => ({ name, mimeType: 'text/markdown', buffer: Buffer.from(text) })),
    );
  await expect(dialog.getByRole('status')).toHaveText('5 imported, 1 refused');
  const lines = dialog.getByRole('list', { name: 'Files' }).locator('> li');
  await expect(lines).toContainText(['broken.md', 'Links']);
  await lines.last().getByText('40 things in the file were not kept').click();
  await lines.last().getByText('its words were kept · 40').click();
  await expect(lines.last().getByText('line 3', { exact: true })).toBeVisible();
  await dialog.getByText('4 imported whole or left out').click();
  await expect(lines.filter({ hasText: 'Everything was kept.' })).toHaveCount(4);
  await page.context().close();
});

test('every real policy is imported once, and left out the second time', async ({ house }) => {
  const dataDir = process.env['TEST_DATA_DIR'];
  test.skip(!dataDir, 'real policies: skipped without TEST_DATA_DIR');
  test.setTimeout(180_000);
  const policies = join(dataDir ?? '', 'policies');
  const paths = readdirSync(policies, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(policies, name));
  const page = await house.pageOf(await house.person('editor', 'Nara Prates'));
  await page.goto('/documents?import');
  const dialog = page.getByRole('dialog', { name: 'Import Markdown' });
  await dialog.locator('input[type=file]').setInputFiles(paths);
  await expect(dialog.getByRole('status')).toHaveText(`${paths.length} imported, 0 refused`, {
    timeout: 60_000,
  });
  await expect(page.getByRole('button', { name: 'On the server' }).first()).toBeVisible({ timeout: 60_000 });
  await page.goto('/documents?import');
  await dialog.locator('input[type=file]').setInputFiles(paths);
  await expect(dialog.getByRole('status')).toHaveText(`0 imported, 0 refused, ${paths.length} left out`, {
    timeout: 60_000,
  });
  await page.context().close();
});
