/** What surrounds the pages: keys, language, theme, the status, leaving, offline, narrow screens, new versions. */
import type { BrowserContext, Page } from '@playwright/test';
import { ServerCopy } from './server-copy.ts';
import { installable, TestHouse, expect, importMarkdown, newId, phone, test } from './house.ts';
import type { Api } from './house.ts';

test.use(installable);

const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name });
const statusButton = (page: Page, name: string | RegExp) => page.getByRole('button', { name });

/** The app is stored on the device once the first visit has ended. */
async function visited(page: Page): Promise<void> {
  await page.goto('/');
  await expect(heading(page, 'Today')).toBeVisible();
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
  });
}

async function openCase(api: Api, title: string): Promise<string> {
  const caseId = newId();
  const words = { title, narrative: '', severity: 'medium', about: null };
  await api.command('cases.open', { caseId, track: 'violation', ...words });
  return caseId;
}

/** Something to look at: a document, a case, a board. */
async function furnish(
  api: Api,
): Promise<{ documentId: string; caseId: string; boardId: string; slug: string }> {
  const boardId = newId();
  const slug = `frame-${boardId.slice(-6)}`;
  const documentId = await importMarkdown(
    api,
    'returns.md',
    '# Returns\n\nSellers accept returns for seven days.',
  );
  const caseId = await openCase(api, 'Counterfeit watches sold by a shop with a very long name indeed');
  await api.command('feedback.openBoard', {
    boardId,
    slug,
    title: 'Sellers',
    introduction: 'Tell us.',
    language: 'en',
    visibility: 'public',
  });
  await api.command('feedback.post', {
    itemId: newId(),
    boardId,
    title: 'Labels expire too soon',
    text: 'Please.',
  });
  return { documentId, caseId, boardId, slug };
}

test('the keyboard goes anywhere: palette, help, single keys', async ({ house }) => {
  const caseId = await openCase(await house.apiOf(house.owner), 'Palette whale');
  const page = await house.pageOf(house.owner);
  await page.goto('/');
  await expect(heading(page, 'Today')).toBeVisible();
  await page.keyboard.press('Control+k');
  const field = page.getByRole('combobox', { name: 'Search, go to, do' });
  await expect(field).toBeFocused();
  await page.keyboard.type('whale');
  await expect(page.getByRole('option', { name: 'Palette whale' })).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(new RegExp(`/cases/${caseId}$`));
  await expect(field).toHaveCount(0);

  // Typed on at once: no key is lost, or taken for a command, before the box stands there.
  await page.keyboard.press('Control+k');
  await page.keyboard.type('nothing is called like this');
  await expect(field).toHaveValue('nothing is called like this');
  await expect(page.getByText('Nothing here matches')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(field).toHaveCount(0);
  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Keyboard' });
  await expect(help.getByText('Search, go to, do')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(help).toBeHidden();
  await page.keyboard.press('g');
  await page.keyboard.press('s');
  await expect(heading(page, 'Settings')).toBeVisible();
  await page.context().close();
});

test('language and theme change in place and are remembered', async ({ house }) => {
  const page = await house.pageOf(house.owner);
  await page.goto('/');
  await expect(heading(page, 'Today')).toBeVisible();
  const pick = async (account: string, item: string | RegExp) => {
    await page.getByRole('button', { name: account }).click();
    await page.getByRole('menuitemradio', { name: item }).click();
  };
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  await pick('Olívia Prado', 'Theme: dark');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  expect(await background()).not.toBe(light);
  await pick('Olívia Prado', 'Português');
  await expect(heading(page, 'Hoje')).toBeVisible();
  await page.reload();
  await expect(heading(page, 'Hoje')).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'pt-BR');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await page.context().close();
});

test('what waits is listed by name and age without a network, and leaves the list once it is sent', async ({
  house,
}) => {
  const context = await house.browserOf(await house.person('editor', 'Rita Alves'));
  const page = await context.newPage();
  await visited(page);
  await context.setOffline(true);
  await page.goto('/settings');
  await page.getByLabel('Your name').fill('Rita Alves Lima');
  await page.getByRole('button', { name: 'Save' }).first().click();
  await page.goto('/cases/new');
  await page.getByRole('textbox', { name: 'Title' }).fill('Waiting watches');
  await page.getByRole('button', { name: 'Open case' }).click();
  await expect(heading(page, 'Waiting watches')).toBeVisible();

  await statusButton(page, 'Offline · 2 on this device').click();
  const panel = page.getByRole('dialog', { name: 'Where your work is' });
  const waiting = panel.getByRole('listitem');
  await expect(waiting).toHaveCount(2);
  const opened = waiting.filter({ hasText: 'Case opened · Waiting watches' });
  await expect(opened).toContainText('Waiting to be sent');
  await expect(opened.locator('time')).not.toBeEmpty();
  await expect(waiting.filter({ hasText: 'Your name changed' })).toHaveCount(1);

  await context.setOffline(false);
  await expect(panel.getByText('Nothing waits here.')).toBeVisible({ timeout: 30_000 });
  await expect(panel.getByText('Everything you did on this device is on disk')).toBeVisible();
  await context.close();
});

test('a refused change waits on its card until the person applies it again or lets it go', async ({
  house,
}) => {
  const api = await house.apiOf(house.owner);
  const [first, second] = [await openCase(api, 'Late payout'), await openCase(api, 'Stolen pictures')];
  const context = await house.browserOf(await house.person('editor', 'Eva Leal'));
  const page = await context.newPage();
  await visited(page);
  for (const caseId of [first, second]) {
    await page.goto(`/cases/${caseId}`);
    await expect(page.getByRole('button', { name: 'Claim' })).toBeVisible();
  }
  await context.setOffline(true);
  for (const caseId of [first, second]) {
    await page.goto(`/cases/${caseId}`);
    await page.getByRole('button', { name: 'Claim' }).click();
    await expect(page.getByText('waiting to be sent').first()).toBeVisible();
    await api.command('cases.claim', { caseId });
  }
  await page.goto('/');
  await context.setOffline(false);
  await expect(statusButton(page, '2 changes need you')).toBeVisible({ timeout: 30_000 });
  await page.locator('main').getByRole('button', { name: 'Look' }).click();
  const panel = page.getByRole('dialog', { name: 'Where your work is' });
  const cardOf = (title: string) => panel.getByRole('article').filter({ hasText: title });
  await expect(cardOf('Late payout')).toContainText('Your claim was not accepted.');
  await expect(cardOf('Late payout')).toContainText(/claimed/);
  await expect(cardOf('Late payout').getByRole('button', { name: 'Apply again' })).toHaveCount(0);

  await api.command('cases.release', { caseId: first, holderId: house.owner.personId, reason: '' });
  await cardOf('Late payout').getByRole('button', { name: 'Apply again' }).click();
  await expect(cardOf('Late payout')).toHaveCount(0);

  await cardOf('Stolen pictures').getByRole('button', { name: 'Discard' }).click();
  const question = page.getByRole('dialog', { name: 'Discard this change?' });
  await question.getByRole('button', { name: 'Cancel' }).click();
  await expect(cardOf('Stolen pictures')).toBeVisible();
  await cardOf('Stolen pictures').getByRole('button', { name: 'Discard' }).click();
  await question.getByRole('button', { name: 'Discard' }).click();
  await expect(panel.getByRole('article')).toHaveCount(0);
  await expect(panel.getByText('Nothing waits here.')).toBeVisible();
  await context.close();
});

test('signing out asks while changes wait, and leaves nothing on the device', async ({ house }) => {
  const context = await house.browserOf(await house.person('editor', 'Rui Teles'));
  const page = await context.newPage();
  await visited(page);
  await context.setOffline(true);
  await page.goto('/settings');
  await page.getByLabel('Your name').fill('Rui Teles Neto');
  await page.getByRole('button', { name: 'Save' }).first().click();
  await statusButton(page, 'Offline · 1 on this device').waitFor();
  await page.locator('main').getByRole('button', { name: 'Sign out' }).click();
  const dialog = page.getByRole('dialog', { name: 'Sign out of this device?' });
  await expect(dialog.getByText('1 change is only on this device')).toBeVisible();
  await expect(dialog.getByRole('button', { name: 'Sign out and lose 1 change' })).toBeVisible();
  await dialog.getByText('Keep my copy on this device').click();
  await expect(dialog.getByRole('button', { name: 'Sign out', exact: true })).toBeVisible();
  await dialog.getByRole('button', { name: 'Cancel' }).click();

  await context.setOffline(false);
  await expect(statusButton(page, 'On the server')).toBeVisible({ timeout: 30_000 });
  await page.locator('main').getByRole('button', { name: 'Sign out' }).click();
  await dialog.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(heading(page, 'Sign in')).toBeVisible();
  const kept = await page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name ?? ''));
  expect(kept.filter((name) => /document|workspace|replica/.test(name))).toEqual([]);
  await context.close();
});

for (const [device, options] of [
  ['desk', {}],
  ['phone', phone],
] as const)
  test(`every page opens without a network after one visit (${device})`, async ({ house }) => {
    test.setTimeout(120_000);
    const { documentId, caseId, boardId, slug } = await furnish(await house.apiOf(house.owner));
    const context = await house.browserOf(house.owner, options);
    const page = await context.newPage();
    await page.goto(`/documents/${documentId}`);
    await expect(page.getByText('Sellers accept returns')).toBeVisible();
    await visited(page);
    await context.setOffline(true);
    const places: [string, string | RegExp][] = [
      ['/', 'Today'],
      ['/documents', 'Documents'],
      ['/cases', 'Cases'],
      ['/cases/new', 'Open a case'],
      ['/feedback', 'Feedback'],
      [`/feedback/${boardId}`, 'Sellers'],
      ['/people', 'People'],
      ['/settings', 'Settings'],
      [`/cases/${caseId}`, /^Counterfeit watches/],
    ];
    for (const [path, name] of places) {
      await page.goto(path);
      await expect(heading(page, name), path).toBeVisible();
    }
    await page.goto(`/documents/${documentId}`);
    await expect(page.getByText('Sellers accept returns')).toBeVisible();
    await page.goto(`/boards/${slug}`);
    await expect(heading(page, 'This page needs a connection')).toBeVisible();
    await context.close();
  });

for (const locale of ['en-US', 'pt-BR'])
  test(`at 320 pixels no page scrolls sideways (${locale})`, async ({ house, browser }) => {
    test.setTimeout(120_000);
    const api = await house.apiOf(house.owner);
    const { documentId, caseId, boardId, slug } = await furnish(api);
    const name = 'A folder with quite a long name';
    await api.command('folders.create', { id: newId(), parentId: null, name });
    const narrow = { ...phone, locale, viewport: { width: 320, height: 640 } };
    const page = await house.pageOf(house.owner, narrow);
    const stranger = await (await browser.newContext({ baseURL: house.url, ...narrow })).newPage();
    const holds = async (on: Page, path: string) => {
      await on.goto(path);
      await expect(on.getByRole('heading', { level: 1 }).first()).toBeVisible();
      // Choices behind a button are part of the page.
      const more = on.getByRole('search').getByRole('button', { name: /^Filt/, expanded: false });
      if ((await more.count()) > 0) await more.click();
      const wide = await on.evaluate(() => document.documentElement.scrollWidth);
      expect(wide, `the width of ${path}`).toBeLessThanOrEqual(320);
    };
    for (const path of [
      '/',
      '/documents',
      `/documents/${documentId}`,
      '/cases',
      '/cases/new',
      `/cases/${caseId}`,
      '/feedback',
      `/feedback/${boardId}`,
      '/people',
      '/settings',
    ])
      await holds(page, path);
    for (const path of [`/boards/${slug}`, '/sign-in', '/link#unknown', '/offline'])
      await holds(stranger, path);
    for (const one of [page, stranger]) await one.context().close();
  });

test('the buttons of Today open what they say', async ({ house }) => {
  const page = await house.pageOf(house.owner);
  await page.goto('/');
  await page.getByRole('link', { name: 'New document' }).first().click();
  const create = page.getByRole('dialog', { name: 'New document' });
  await expect(create).toBeVisible();
  await expect(page).toHaveURL(/\/documents$/);
  await page.keyboard.press('Escape');
  await expect(create).toBeHidden();
  await page.reload();
  await expect(heading(page, 'Documents')).toBeVisible();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.goto('/documents?import=1');
  await expect(page.getByRole('dialog', { name: /Import/ })).toBeVisible();
  await page.goto('/');
  await page.getByRole('link', { name: 'Open a case' }).click();
  await expect(heading(page, 'Open a case')).toBeVisible();
  await page.context().close();
});

test('each shortcut of the installed app leads to what it names', async ({ house }) => {
  const page = await house.pageOf(house.owner);
  const response = await page.request.get('/manifest.webmanifest');
  const { shortcuts } = (await response.json()) as { shortcuts: { name: string; url: string }[] };
  expect(shortcuts.length).toBeGreaterThan(0);
  for (const { name, url } of shortcuts) {
    await page.goto(url);
    await expect(page.getByRole('heading', { name, exact: true })).toBeVisible();
  }
});

test('a new version is announced, waits for consent, and then runs in every window', async ({ browser }) => {
  test.setTimeout(180_000);
  const copy = new ServerCopy();
  const house = await new TestHouse(browser, copy.server).open();
  const contexts: BrowserContext[] = [];
  try {
    const context = await house.browserOf(house.owner);
    contexts.push(context);
    const [first, second] = [await context.newPage(), await context.newPage()];
    await visited(first);
    await first.reload();
    await second.goto('/cases');
    await expect(heading(second, 'Cases')).toBeVisible();
    const versions = (page: Page) => page.evaluate(() => caches.keys());
    const before = await versions(first);
    expect(before).toHaveLength(1);
    // Lost by a reload, and only by that.
    for (const page of [first, second]) await page.evaluate(() => (document.title = 'still the same page'));

    await house.server.stop();
    copy.bringNewVersion('a-newer-version');
    await house.server.start();

    const third = await context.newPage();
    await third.goto('/settings');
    for (const page of [first, second, third])
      await expect(page.getByText('A new version is ready.')).toBeVisible({ timeout: 30_000 });
    for (const page of [first, second]) await expect(page).toHaveTitle('still the same page');

    // Whoever is writing in another window is not interrupted there.
    await second.getByRole('searchbox').first().focus();
    await first.getByRole('button', { name: 'Update now' }).click();
    await expect(first).not.toHaveTitle('still the same page');
    await expect(second.getByText('Another window updated Stoa.')).toBeVisible();
    await expect(second).toHaveTitle('still the same page');
    await second.getByRole('button', { name: 'Reload' }).click();
    await expect(second).not.toHaveTitle('still the same page');
    for (const page of [first, second, third]) {
      await expect.poll(() => versions(page)).toEqual(['stoa-app-a-newer-version']);
      await expect(page.getByText('A new version is ready.')).toHaveCount(0);
    }
  } finally {
    for (const context of contexts) await context.close();
    await house.close();
    copy.remove();
  }
});

test('somebody in two workspaces changes between them, and leaves nothing of either by mistake', async ({
  house,
}) => {
  const person = await house.person('editor', 'Duda Reis');
  house.admin('workspace', 'add', 'Loja Sul', '--owner', person.email);
  const context = await house.browserOf(person);
  const page = await context.newPage();
  await visited(page);
  const openMenu = () => page.getByRole('button', { name: 'Duda Reis' }).click();
  const choose = (name: string) => page.getByRole('menuitemradio', { name }).click();
  // What waits here is not forgotten there.
  await page.goto('/cases/new');
  await context.setOffline(true);
  await page.getByRole('textbox', { name: 'Title' }).fill('Waits in the first');
  await page.getByRole('button', { name: 'Open case' }).click();
  await expect(statusButton(page, 'Offline · 1 on this device')).toBeVisible();
  await openMenu();
  await choose('Loja Sul');
  await expect(page.getByRole('link', { name: 'Loja Sul' })).toBeVisible();
  await openMenu();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page.getByRole('dialog')).toContainText('1 change');
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await context.setOffline(false);
  await page.goto('/cases');
  await expect(page.getByText('Waits in the first')).toHaveCount(0);
  await openMenu();
  await choose('Praça');
  await expect(page.getByRole('link', { name: 'Praça' })).toBeVisible();
  await page.goto('/cases');
  await expect(page.getByText('Waits in the first')).toBeVisible();
  await expect(statusButton(page, 'On the server')).toBeVisible();
  await context.close();
});
