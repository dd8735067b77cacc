/** Coming in, being let in, changing and leaving: through the screens, as people do it. */
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import type { Browser, BrowserContext, Locator, Page } from '@playwright/test';
import type { Role } from '#domain/access.ts';
import { TestHouse, expect, importMarkdown, test } from './house.ts';
import type { Person } from './house.ts';
import { ServerProcess } from './server-process.ts';

const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name });
const peopleList = (page: Page) => page.getByRole('list', { name: 'People' });
const lineOf = (page: Page, name: string) => peopleList(page).getByRole('listitem').filter({ hasText: name });
const record = (page: Page) => page.locator('section').filter({ hasText: 'Who did what' });

async function strangerAt(browser: Browser, address: string): Promise<Page> {
  const context = await browser.newContext({ locale: 'en-US', timezoneId: 'America/Sao_Paulo' });
  const page = await context.newPage();
  await page.goto(address);
  return page;
}

async function peopleAs(house: TestHouse, person: Person): Promise<Page> {
  const page = await house.pageOf(person);
  await page.goto('/people');
  await expect(heading(page, 'People')).toBeVisible();
  return page;
}

async function choose(page: Page, name: string, action: string): Promise<void> {
  await page.getByRole('button', { name: `Actions for ${name}` }).click();
  await page.getByRole('menuitem', { name: action }).click();
}

async function confirm(page: Page, action: string): Promise<Locator> {
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: action }).click();
  return dialog;
}

/** Makes an invitation by hand; answers its link. */
async function invite(
  page: Page,
  wish: { role: Role; place?: string; email?: string; lastDay?: string; days?: '1' | '7' | '30' },
): Promise<string> {
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Role').selectOption(wish.role);
  if (wish.place) await dialog.getByLabel('Where it holds').selectOption({ label: wish.place });
  if (wish.email) await dialog.getByLabel('For whom').fill(wish.email);
  if (wish.days) await dialog.getByLabel('The link works for').selectOption(wish.days);
  if (wish.lastDay) await dialog.getByLabel('Access ends after').fill(wish.lastDay);
  await dialog.getByRole('button', { name: 'Make the link' }).click();
  await expect(dialog.getByRole('heading', { name: 'The link is ready' })).toBeVisible();
  const link = await dialog.getByLabel('Link').inputValue();
  await dialog.getByRole('button', { name: 'Copy' }).click();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await expect(dialog).toBeHidden();
  return link;
}

async function joinAs(page: Page, person: { name: string; email: string; password: string }): Promise<void> {
  await page.getByLabel('Your name').fill(person.name);
  await page.getByLabel('E-mail').fill(person.email);
  await page.getByLabel('Password').fill(person.password);
  await page.getByRole('button', { name: 'Join Praça' }).click();
  await expect(heading(page, 'Today')).toBeVisible();
}

async function signIn(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Another browser of the same person, with a session of its own. */
async function otherBrowserOf(browser: Browser, house: TestHouse, person: Person): Promise<Page> {
  const page = await strangerAt(browser, `${house.url}/sign-in`);
  await signIn(page, person.email, person.password);
  await expect(heading(page, 'Today')).toBeVisible();
  return page;
}

const saysSignIn = (page: Page) => page.getByRole('button', { name: 'Sign in to send' });

test('the link printed at the first start makes the owner, once', async ({ browser }) => {
  const server = new ServerProcess();
  await server.start();
  try {
    const page = await strangerAt(browser, server.setUpLink);
    await expect(heading(page, 'Set up your workspace')).toBeVisible();
    await page.getByLabel('Name of the workspace').fill('Feira');
    await page.getByLabel('Your name').fill('Olívia Prado');
    await page.getByLabel('E-mail').fill('olivia@example.com');
    await page.getByLabel('Password').fill('short');
    await page.getByRole('button', { name: 'Create the workspace' }).click();
    await expect(page.getByText('This password is too easy to guess.')).toBeVisible();
    await page.getByLabel('Password').fill('uma ponte de pedra');
    await page.getByRole('button', { name: 'Create the workspace' }).click();
    await expect(heading(page, 'Today')).toBeVisible();
    await expect(page.getByText('An empty desk')).toBeVisible();
    await page.goto(`${server.url}/people`);
    await expect(lineOf(page, 'Olívia Prado')).toContainText('Owner');

    const late = await strangerAt(browser, server.setUpLink);
    await expect(heading(late, 'This link opens nothing')).toBeVisible();
    await expect(late.getByText('This workspace already has an owner.')).toBeVisible();
    await late.context().close();
    await page.context().close();
  } finally {
    await server.remove();
  }
});

test('an invitation says what it is for, lets one person in until its day, and then says it was used', async ({
  house,
  browser,
}) => {
  const page = await peopleAs(house, house.owner);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  const wish = { role: 'commenter', email: 'rita@example.com', days: '30', lastDay: '2031-05-20' } as const;
  const link = await invite(page, wish);
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(link);
  const open = page.locator('section').filter({ hasText: 'Open invitations' });
  await expect(open.getByRole('listitem').filter({ hasText: 'rita@example.com' })).toContainText('Commenter');

  const guest = await strangerAt(browser, link);
  await expect(heading(guest, 'Join Praça')).toBeVisible();
  await expect(guest.getByText('You are invited as commenter.')).toBeVisible();
  await expect(guest.getByText('The link works once, until')).toBeVisible();
  await expect(guest.getByLabel('E-mail')).toHaveValue('rita@example.com');
  await joinAs(guest, {
    name: 'Rita Convidada',
    email: 'rita@example.com',
    password: 'outra frase comprida',
  });
  await expect(lineOf(page, 'Rita Convidada')).toContainText('Commenter');
  await expect(lineOf(page, 'Rita Convidada')).toContainText('until');

  const second = await strangerAt(browser, link);
  await expect(second.getByText('This link has already been used.')).toBeVisible();
  for (const one of [page, guest, second]) await one.context().close();
});

test('an expired link and a mistyped one say so, each in its words', async ({ house, browser }) => {
  const page = await peopleAs(house, house.owner);
  const link = await invite(page, { role: 'viewer', email: 'late@example.com', days: '1' });
  // A day cannot be waited for: the link is made older where it lies.
  const db = new DatabaseSync(join(house.server.dataDir, 'stoa.db'));
  db.prepare('update links set expires_at = ? where email = ?').run(
    '2020-01-01T00:00:00.000Z',
    'late@example.com',
  );
  db.close();
  const late = await strangerAt(browser, link);
  await expect(late.getByText('This link has expired.')).toBeVisible();
  await late.goto(`${house.url}/link#${'A'.repeat(64)}`);
  await expect(late.getByText('This link is not known here.')).toBeVisible();
  for (const one of [page, late]) await one.context().close();
});

test('a reset link gives a new password and ends the sessions of before', async ({ house, browser }) => {
  const person = await house.person('editor', 'Nadir Paz');
  const before = await house.pageOf(person);
  await before.goto('/cases');
  await expect(heading(before, 'Cases')).toBeVisible();

  const page = await peopleAs(house, house.owner);
  await choose(page, 'Nadir Paz', 'Reset link');
  await confirm(page, 'Make the link');
  const link = await page.getByRole('dialog').getByLabel('Link').inputValue();

  const after = await strangerAt(browser, link);
  await expect(heading(after, 'Choose a new password')).toBeVisible();
  await after.getByLabel('New password').fill('a new and longer phrase');
  await after.getByRole('button', { name: 'Save and sign in' }).click();
  await expect(heading(after, 'Today')).toBeVisible();

  // The browser of before keeps its page, and says what it needs.
  await expect(saysSignIn(before)).toBeVisible();
  await expect(heading(before, 'Cases')).toBeVisible();
  await saysSignIn(before).click();
  await before.getByRole('dialog').getByRole('link', { name: 'Sign in' }).click();
  await signIn(before, person.email, person.password);
  await expect(before.getByText('E-mail and password do not match.')).toBeVisible();
  await before.getByLabel('Password').fill('a new and longer phrase');
  await before.getByRole('button', { name: 'Sign in' }).click();
  await expect(heading(before, /Today|Cases/)).toBeVisible();
  for (const one of [page, before, after]) await one.context().close();
});

test('whoever came in without a password sets one, and signs in with it elsewhere', async ({
  house,
  browser,
}) => {
  const person = await house.person('editor', 'Ugo Sá');
  // As the operator's command adds somebody: a session by link, and no password.
  const db = new DatabaseSync(join(house.server.dataDir, 'stoa.db'));
  db.prepare('delete from credentials where user_id = ?').run(person.personId);
  db.close();
  const page = await house.pageOf(person);
  await page.goto('/settings');
  await expect(page.getByText('have no password yet')).toBeVisible();
  await expect(page.getByLabel('Current password')).toHaveCount(0);
  await page.getByLabel('New password').fill('a first and longer phrase');
  await page.getByRole('button', { name: 'Set a password' }).click();
  await expect(page.getByText('The password has been set.')).toBeVisible();
  await expect(page.getByLabel('Current password')).toBeVisible();

  const elsewhere = await strangerAt(browser, `${house.url}/sign-in`);
  await signIn(elsewhere, person.email, 'a first and longer phrase');
  await expect(heading(elsewhere, 'Today')).toBeVisible();
  for (const one of [page, elsewhere]) await one.context().close();
});

test('the address of the invitation tells a viewer that their role does not allow it', async ({ house }) => {
  const page = await house.pageOf(await house.person('viewer', 'Vera Luz'));
  await page.goto('/people?invite=1');
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByText('Your role does not allow this.')).toBeVisible();
  await expect(dialog.getByLabel('Role')).toHaveCount(0);
  await expect(dialog.getByRole('button', { name: 'Make the link' })).toHaveCount(0);
  await dialog.locator('footer').getByRole('button', { name: 'Close' }).click();
  await expect(dialog).toBeHidden();
  await page.context().close();
});

test('ending another session signs that browser out at its next contact without losing its page', async ({
  house,
  browser,
}) => {
  const person = await house.person('editor', 'Eva Tavares');
  const other = await otherBrowserOf(browser, house, person);
  await other.goto(`${house.url}/documents`);
  await expect(heading(other, 'Documents')).toBeVisible();

  const page = await house.pageOf(person);
  await page.goto('/settings');
  await page.getByRole('button', { name: 'End session', exact: true }).click();
  const dialog = await confirm(page, 'End session');
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('button', { name: 'End session', exact: true })).toHaveCount(0);
  await expect(saysSignIn(other)).toBeVisible();
  await expect(heading(other, 'Documents')).toBeVisible();

  // A changed password does the same to every other browser.
  await other.goto(`${house.url}/sign-in`);
  await signIn(other, person.email, person.password);
  await expect(heading(other, 'Today')).toBeVisible();
  await page.getByLabel('Current password').fill('not the password');
  await page.getByLabel('New password').fill('um caminho de terra');
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByText('This is not your current password.')).toBeVisible();
  await page.getByLabel('Current password').fill(person.password);
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByText('The password has been changed.')).toBeVisible();
  await expect(saysSignIn(other)).toBeVisible();
  await expect(saysSignIn(page)).toHaveCount(0);
  for (const one of [page, other]) await one.context().close();
});

test('a personal token is shown once, works for a script, and stops when it is revoked', async ({
  house,
  request,
}) => {
  const person = await house.person('editor', 'Rui Fonseca');
  const page = await house.pageOf(person);
  await page.goto('/settings');
  await page.getByRole('button', { name: 'Make a token' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('What it is for').fill('Weekly export');
  await dialog.getByRole('button', { name: 'Make a token' }).click();
  const token = await dialog.getByLabel('Token').inputValue();
  await dialog.getByRole('button', { name: 'I have kept it' }).click();
  await expect(dialog).toBeHidden();
  await page.reload();
  await expect(page.getByText('Weekly export')).toBeVisible();
  expect(await page.content()).not.toContain(token);

  const ask = async (): Promise<unknown> =>
    (
      await request.get(`${house.url}/trpc/account.get`, { headers: { authorization: `Bearer ${token}` } })
    ).json();
  expect(await ask()).toMatchObject({ result: { data: { personId: person.personId, via: 'token' } } });
  await page.getByRole('button', { name: 'Revoke' }).click();
  await confirm(page, 'Revoke');
  await expect(page.getByText('No token yet.')).toBeVisible();
  expect(await ask()).not.toMatchObject({ result: { data: { personId: person.personId } } });
  await page.context().close();
});

test('a changed role changes the other person’s screen without a reload', async ({ house }) => {
  const person = await house.person('editor', 'Bia Ramalho');
  const theirs = await house.pageOf(person);
  await theirs.goto('/');
  await expect(theirs.getByRole('link', { name: 'New document' }).first()).toBeVisible();
  const page = await peopleAs(house, house.owner);
  await choose(page, 'Bia Ramalho', 'Change role');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Role').selectOption('viewer');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(lineOf(page, 'Bia Ramalho')).toContainText('Viewer');
  await expect(theirs.getByRole('link', { name: 'New document' })).toHaveCount(0);
  await expect(theirs.getByRole('link', { name: 'Open a case' })).toHaveCount(0);
  await expect(record(page)).toContainText('Bia Ramalho');
  for (const one of [page, theirs]) await one.context().close();
});

test('everybody sees the name somebody gives themselves', async ({ house }) => {
  const person = await house.person('commenter', 'Ana');
  const page = await peopleAs(house, house.owner);
  const theirs = await house.pageOf(person);
  await theirs.goto('/settings');
  await theirs.getByLabel('Your name').fill('Ana Clara Dias');
  await theirs.getByRole('button', { name: 'Save' }).first().click();
  await expect(theirs.getByText('You are now called Ana Clara Dias.')).toBeVisible();
  await expect(theirs.getByRole('button', { name: 'Ana Clara Dias' })).toBeVisible();
  await expect(lineOf(page, 'Ana Clara Dias')).toContainText('Commenter');
  for (const one of [page, theirs]) await one.context().close();
});

test('a guest of one document sees that document and no other', async ({ house, browser }) => {
  const api = await house.apiOf(house.owner);
  await importMarkdown(api, 'returns-for-guests.md', '# Returns for guests\n\nSeven days.');
  const hidden = await importMarkdown(api, 'internal-thresholds.md', '# Internal thresholds\n\nSecret.');
  const page = await peopleAs(house, house.owner);
  const link = await invite(page, { role: 'commenter', place: 'Returns for guests' });
  const guest = await strangerAt(browser, link);
  await expect(guest.getByText('You are invited to one document, as commenter.')).toBeVisible();
  await joinAs(guest, { name: 'Gil Torres', email: 'gil@example.com', password: 'mais uma frase longa' });
  await guest.goto(`${house.url}/documents`);
  await expect(guest.getByRole('link', { name: 'Returns for guests' })).toBeVisible();
  await expect(guest.getByText('Internal thresholds')).toHaveCount(0);
  await guest.goto(`${house.url}/documents/${hidden}`);
  await expect(guest.getByText('Secret.')).toHaveCount(0);
  await expect(heading(guest, 'Internal thresholds')).toHaveCount(0);
  await expect(lineOf(page, 'Gil Torres')).toContainText('Returns for guests');
  for (const one of [page, guest]) await one.context().close();
});

test('ownership changes hands, the last owner stays, and whoever is deactivated is out', async ({
  browser,
}) => {
  test.setTimeout(120_000);
  const house = await new TestHouse(browser).open();
  const contexts: BrowserContext[] = [];
  const keep = (page: Page): Page => {
    contexts.push(page.context());
    return page;
  };
  try {
    const heir = await house.person('editor', 'Caio Barros');
    const page = keep(await house.pageOf(house.owner));
    await page.goto('/settings');
    await page.getByRole('button', { name: 'Leave the workspace' }).click();
    const dialog = await confirm(page, 'Leave the workspace');
    await expect(dialog.getByText('A workspace needs at least one owner.')).toBeVisible();
    await dialog.getByRole('button', { name: 'Cancel' }).click();

    await page.goto('/people');
    await choose(page, 'Caio Barros', 'Transfer ownership');
    await confirm(page, 'Transfer ownership');
    await expect(lineOf(page, 'Caio Barros')).toContainText('Owner');
    await expect(lineOf(page, 'Olívia Prado')).toContainText('Editor');
    await expect(page.getByRole('button', { name: 'Invite', exact: true })).toHaveCount(0);

    const theirs = keep(await peopleAs(house, heir));
    await expect(record(theirs)).toContainText('Olívia Prado handed ownership to Caio Barros');
    await choose(theirs, 'Olívia Prado', 'Deactivate');
    await theirs.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await expect(lineOf(theirs, 'Olívia Prado')).toContainText('Editor');
    await choose(theirs, 'Olívia Prado', 'Deactivate');
    await confirm(theirs, 'Deactivate');
    await expect(lineOf(theirs, 'Olívia Prado')).toContainText('Deactivated');
    await theirs.reload();
    await expect(record(theirs)).toContainText('Caio Barros deactivated Olívia Prado');
    await expect(record(theirs)).toContainText('Olívia Prado set up the workspace');

    await expect(saysSignIn(page)).toBeVisible();
    await page.goto('/sign-in');
    await signIn(page, house.owner.email, house.owner.password);
    await expect(page.getByText('This account has been deactivated.')).toBeVisible();
  } finally {
    for (const context of contexts) await context.close();
    await house.close();
  }
});
