import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import type { CaseEvent, CaseRecord } from '#domain/cases/case.ts';
import { installable, installed, expect, importMarkdown, newId, phone, test } from './house.ts';
import type { Api } from './house.ts';

test.use(installable);

interface Found {
  case: CaseRecord;
  events: CaseEvent[];
}

const idOf = (page: Page): string => new URL(page.url()).pathname.split('/').at(-1) as string;

/** Opened by somebody else, straight at the server. */
async function openElsewhere(api: Api, title: string): Promise<string> {
  const caseId = newId();
  const words = { title, narrative: '', severity: 'medium', about: null };
  await api.command('cases.open', { caseId, track: 'violation', ...words });
  return caseId;
}

async function openByHand(page: Page, title: string): Promise<string> {
  await page.getByRole('link', { name: 'New case' }).click();
  await page.getByRole('textbox', { name: 'Title' }).fill(title);
  await page.getByRole('textbox', { name: 'What happened' }).fill('Three listings, the same photographs.');
  await page.getByRole('group', { name: 'Severity' }).getByText('High').click();
  await page.getByRole('button', { name: 'Open case' }).click();
  await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible();
  return idOf(page);
}

async function move(page: Page, button: string, reason = ''): Promise<void> {
  await page.getByRole('button', { name: button }).click();
  const dialog = page.getByRole('dialog');
  if (reason) await dialog.getByLabel('Reason').fill(reason);
  await dialog.getByRole('button', { name: button }).click();
  await expect(dialog).toBeHidden();
}

const timeline = (page: Page) => page.getByRole('region', { name: 'Timeline' }).getByRole('listitem');

test.describe('cases on a phone', () => {
  test('what was opened, claimed and moved without a network is on the server exactly once', async ({
    house,
  }) => {
    const person = await house.person('editor', 'Rita Fontes');
    const context = await house.browserOf(person, phone);
    const page = await context.newPage();
    await page.goto('/cases');
    await expect(page.getByRole('heading', { level: 1, name: 'Cases' })).toBeVisible();
    await installed(page);
    await context.setOffline(true);

    const caseId = await openByHand(page, 'Counterfeit watches');
    await expect(page.getByRole('article').getByText('No ref yet')).toBeVisible();
    await page.getByRole('button', { name: 'Claim' }).click();
    await move(page, 'Start triage');
    await move(page, 'Investigate', 'The photographs match.');
    await expect(timeline(page)).toHaveCount(4);
    await expect(timeline(page).getByText('waiting to be sent')).toHaveCount(4);

    // A restart of the app, still without a network, loses none of it.
    await page.reload();
    await expect(page.getByRole('heading', { level: 1, name: 'Counterfeit watches' })).toBeVisible();
    await expect(timeline(page)).toHaveCount(4);

    await context.setOffline(false);
    await expect(timeline(page).getByText('waiting to be sent')).toHaveCount(0, { timeout: 30_000 });
    await expect(page.getByRole('article').getByText(/^C-\d{6}$/)).toBeVisible();
    await expect(page.getByText('No ref yet')).toHaveCount(0);

    const api = await house.apiOf(house.owner);
    const found = await api.query<Found>('cases.get', { caseId });
    expect(found.case).toMatchObject({ state: 'investigating', ownerId: person.personId, severity: 'high' });
    expect(found.events.map(({ type }) => type)).toEqual([
      'opened',
      'claimed',
      'state_changed',
      'state_changed',
    ]);
    expect(found.events.map(({ position }) => position)).toEqual([1, 2, 3, 4]);
    const { cases } = await api.query<{ cases: CaseRecord[] }>('cases.list', { only: 'all', before: null });
    expect(cases.filter(({ title }) => title === 'Counterfeit watches')).toHaveLength(1);
    // Each command has its receipt: under the same id nobody else can do another thing.
    for (const { id } of found.events)
      await expect(api.command('cases.claim', { caseId }, id.replace(/-1$/, ''))).rejects.toThrow(
        'command_reused',
      );
    await context.close();
  });

  test('a double press opens one case and claims it once', async ({ house }) => {
    const context = await house.browserOf(await house.person('editor', 'Lia Duarte'), phone);
    const page = await context.newPage();
    await page.goto('/cases');
    await expect(page.getByRole('heading', { level: 1, name: 'Cases' })).toBeVisible();
    await installed(page);
    await context.setOffline(true);
    await page.getByRole('link', { name: 'New case' }).click();
    await page.getByRole('textbox', { name: 'Title' }).fill('Pressed twice');
    await page.getByRole('button', { name: 'Open case' }).dblclick();
    await expect(page.getByRole('heading', { level: 1, name: 'Pressed twice' })).toBeVisible();
    await page.getByRole('button', { name: 'Claim' }).dblclick();
    await expect(timeline(page)).toHaveCount(2);
    await expect(page.getByRole('button', { name: 'Claim' })).toHaveCount(0);
    await context.setOffline(false);
    await expect(timeline(page).getByText('waiting to be sent')).toHaveCount(0, { timeout: 30_000 });
    const api = await house.apiOf(house.owner);
    const { cases } = await api.query<{ cases: CaseRecord[] }>('cases.list', { only: 'all', before: null });
    expect(cases.filter(({ title }) => title === 'Pressed twice')).toHaveLength(1);
    await context.close();
  });

  test('a change that another person made impossible comes back with its reason and the ways on', async ({
    house,
  }) => {
    const api = await house.apiOf(house.owner);
    const caseId = await openElsewhere(api, 'Stolen pictures');
    const context = await house.browserOf(await house.person('editor', 'Rui Amaral'), phone);
    const page = await context.newPage();
    await page.goto(`/cases/${caseId}`);
    await expect(page.getByRole('heading', { level: 1, name: 'Stolen pictures' })).toBeVisible();
    await expect(page.getByRole('article').getByText('New', { exact: true })).toBeVisible();

    await context.setOffline(true);
    await move(page, 'Start triage');
    await expect(page.getByText('waiting to be sent')).toBeVisible();
    await api.command('cases.changeState', { caseId, from: 'new', to: 'invalid', reason: 'Sent by a bot.' });
    await context.setOffline(false);

    const banner = page
      .getByRole('status')
      .filter({ hasText: 'The change from “New” to “Triage” was not accepted.' });
    await expect(banner).toContainText('Olívia Prado had moved it to “Invalid” meanwhile.', {
      timeout: 30_000,
    });
    await expect(page.getByText('Sent by a bot.')).toBeVisible();
    // The list behind the state line says the same.
    await page.getByRole('banner').getByRole('button', { name: /need/i }).click();
    const list = page.getByRole('dialog');
    await expect(list.getByText('The change from “New” to “Triage” was not accepted.')).toBeVisible();
    await expect(list.getByText('Olívia Prado had moved it to “Invalid” meanwhile.')).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(list).toBeHidden();
    // From "invalid" one may go to triage, but with a reason that the old change does not hold.
    await expect(banner.getByRole('button', { name: /Apply again/ })).toHaveCount(0);
    await banner.getByRole('button', { name: 'Discard' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Discard' }).click();
    await expect(banner).toHaveCount(0);
    await move(page, 'Take up again', 'The reporter sent proof.');
    await expect(timeline(page).getByText('waiting to be sent')).toHaveCount(0);
    const found = await api.query<Found>('cases.get', { caseId });
    expect(found.case.state).toBe('triage');
    await context.close();
  });

  test('a claim made while another was first names who holds the case, and can be tried once it is free', async ({
    house,
  }) => {
    const api = await house.apiOf(house.owner);
    const caseId = await openElsewhere(api, 'Late payout');
    const person = await house.person('editor', 'Eva Pires');
    const context = await house.browserOf(person, phone);
    const page = await context.newPage();
    await page.goto(`/cases/${caseId}`);
    await expect(page.getByRole('button', { name: 'Claim' })).toBeVisible();
    await context.setOffline(true);
    await page.getByRole('button', { name: 'Claim' }).click();
    await api.command('cases.claim', { caseId });
    await context.setOffline(false);

    const banner = page.getByRole('status').filter({ hasText: 'Your claim was not accepted.' });
    await expect(banner).toContainText('Olívia Prado had claimed it first.', { timeout: 30_000 });
    await expect(banner).toContainText('Someone else holds it now.');
    await api.command('cases.release', { caseId, holderId: house.owner.personId, reason: '' });
    await banner.getByRole('button', { name: 'Apply again' }).click();
    await expect(banner).toHaveCount(0);
    await expect(timeline(page).filter({ hasText: 'Eva Pires' })).toContainText('claimed the case');
    await expect
      .poll(async () => (await api.query<Found>('cases.get', { caseId })).case.ownerId)
      .toBe(person.personId);
    await context.close();
  });
});

test('the keyboard alone finds a case, opens it, claims it, moves it and notes', async ({ house }) => {
  const api = await house.apiOf(house.owner);
  const mark = newId().slice(-6);
  const titles = [`Label ${mark} one`, `Label ${mark} two`];
  for (const title of titles) await openElsewhere(api, title);
  const page = await house.pageOf(await house.person('editor', 'Nina Porto'));
  await page.goto('/');
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('c');
  await expect(page.getByRole('heading', { level: 1, name: 'Cases' })).toBeVisible();

  await page.keyboard.press('/');
  await page.keyboard.type(mark);
  await expect(page.getByRole('listitem')).toHaveCount(2);
  await page.keyboard.press('Tab');
  await page.getByLabel('State').focus();
  // From anywhere outside a field, j goes to the list and then down, k up.
  await page.locator('main').focus();
  await page.keyboard.press('j');
  await expect(page.getByRole('link', { name: titles[0] as string })).toBeFocused();
  await page.keyboard.press('j');
  await expect(page.getByRole('link', { name: titles[1] as string })).toBeFocused();
  await page.keyboard.press('k');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: titles[0] as string })).toBeVisible();

  await page.keyboard.press('c');
  await expect(timeline(page).filter({ hasText: 'claimed the case' })).toHaveCount(1);
  await page.getByRole('button', { name: 'Start triage' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog').getByLabel('Reason')).toBeFocused();
  await page.keyboard.type('Looks real.');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByRole('dialog')).toBeHidden();
  await expect(timeline(page).filter({ hasText: 'Looks real.' })).toHaveCount(1);
  await page.locator('main').focus();
  await page.keyboard.press('n');
  await page.keyboard.type('Called the seller.');
  await page.keyboard.press('Control+Enter');
  await expect(timeline(page).filter({ hasText: 'Called the seller.' })).toHaveCount(1);
  await page.context().close();
});

test('the list narrows at once by whose, state, track and severity, and says so when nothing is left', async ({
  house,
}) => {
  const api = await house.apiOf(house.owner);
  const mark = newId().slice(-6);
  const words = { narrative: '', about: null };
  const incident = newId();
  await api.command('cases.open', {
    caseId: newId(),
    track: 'violation',
    severity: 'low',
    title: `${mark} a`,
    ...words,
  });
  await api.command('cases.open', {
    caseId: incident,
    track: 'incident',
    severity: 'critical',
    title: `${mark} b`,
    ...words,
  });
  await api.command('cases.claim', { caseId: incident });
  const page = await house.pageOf(house.owner);
  await page.goto('/cases');
  await page.getByRole('searchbox').fill(mark);
  const rows = page.getByRole('list', { name: /^Cases/ }).getByRole('listitem');
  await expect(rows).toHaveCount(2);
  await expect(rows.first()).toContainText('Critical');
  await page.getByText('Unclaimed', { exact: true }).first().click();
  await expect(rows).toHaveCount(1);
  await expect(rows.first()).toContainText(`${mark} a`);
  await page.getByText('Mine', { exact: true }).click();
  await expect(rows.first()).toContainText(`${mark} b`);
  await page.getByLabel('Track').selectOption({ label: 'Violation' });
  await expect(page.getByText('No case matches')).toBeVisible();
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await expect(page.getByRole('searchbox')).toHaveValue('');
  await page.context().close();
});

test('a reader reads a case in Portuguese and is offered nothing that would be refused', async ({
  house,
}) => {
  const api = await house.apiOf(house.owner);
  await openElsewhere(api, 'Anúncio enganoso');
  const context = await house.browserOf(await house.person('viewer', 'Vera Brito'), { locale: 'pt-BR' });
  await context.addCookies([{ name: 'stoa_language', value: 'pt-BR', url: house.url }]);
  const page = await context.newPage();
  await page.goto('/cases');
  await expect(page.getByRole('heading', { level: 1, name: 'Casos' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Novo caso' })).toHaveCount(0);
  await page.getByRole('link', { name: /Anúncio enganoso/ }).click();
  await expect(page.getByRole('article').getByText('Situação')).toBeVisible();
  await expect(page.getByText(/abriu o caso/)).toBeVisible();
  await expect(page.getByText(/Você pode ler este caso/)).toBeVisible();
  await expect(page.getByRole('button', { name: /Assumir|Iniciar triagem|Adicionar anotação/ })).toHaveCount(
    0,
  );
  await context.close();
});

test.describe('what a case is about', () => {
  const rules = '# Returns\n\nSeven days.\n\n## Deadlines\n\nSeven days.\n\n## Refunds\n\nIn full.';
  const about = (page: Page) => page.getByRole('combobox', { name: /Policy or document/ });
  const clause = (page: Page) => page.getByRole('combobox', { name: /Clause/ });

  test('is found by typing, with the keyboard alone', async ({ house }) => {
    const api = await house.apiOf(house.owner);
    await importMarkdown(api, 'devolucoes.md', `---\ntitle: Política de devoluções\n---\n${rules}`);
    await importMarkdown(api, 'shipping.md', `---\ntitle: Shipping labels\n---\n${rules}`);
    const page = await house.pageOf(house.owner);
    await page.goto('/cases/new');
    await page.getByRole('textbox', { name: 'Title' }).fill('About a clause');
    await about(page).focus();
    await expect(page.getByRole('listbox', { name: 'Policy or document' })).toBeHidden();
    await page.keyboard.press('ArrowDown');
    await expect(page.getByRole('option', { name: 'Shipping labels' })).toBeVisible();
    const { violations } = await new AxeBuilder({ page }).include('form').analyze();
    expect(violations.map(({ id }) => id)).toEqual([]);

    await page.keyboard.type('nothing is called like this');
    await expect(page.getByRole('option')).toHaveCount(0);
    await expect(page.getByRole('status').getByText('Nothing found.')).toBeAttached();
    // Given up: nothing is chosen, and the form is still there.
    await page.keyboard.press('Escape');
    await expect(about(page)).toHaveValue('');

    await page.keyboard.type('politica dev');
    await expect(page.getByRole('option')).toHaveText(['Política de devoluções']);
    await page.keyboard.press('Enter');
    await expect(about(page)).toHaveValue('Política de devoluções');
    await expect(clause(page)).toBeEnabled();
    await clause(page).focus();
    await page.keyboard.type('refu');
    await page.keyboard.press('Enter');
    await expect(clause(page)).toHaveValue('Refunds');
    // With the list closed, Enter sends the form.
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', { level: 1, name: 'About a clause' })).toBeVisible();
    await expect(page.getByRole('link', { name: 'Política de devoluções, clause “Refunds”' })).toBeVisible();
    await page.context().close();
  });

  test('is chosen by touch without a network, with the clauses of a text held here', async ({ house }) => {
    const api = await house.apiOf(house.owner);
    const held = await importMarkdown(api, 'held.md', `---\ntitle: Held rules\n---\n${rules}`);
    await importMarkdown(api, 'elsewhere.md', `---\ntitle: Rules elsewhere\n---\n${rules}`);
    const context = await house.browserOf(await house.person('editor', 'Tomás Vidal'), phone);
    const page = await context.newPage();
    await page.goto(`/documents/${held}`);
    await expect(page.getByText('In full.')).toBeVisible();
    await page.goto('/cases/new');
    await installed(page);
    await context.setOffline(true);
    await page.getByRole('textbox', { name: 'Title' }).fill('By touch');
    await about(page).tap();
    await page.getByRole('option', { name: 'Rules elsewhere' }).tap();
    await expect(page.getByText('Its clauses are not on this device')).toBeVisible();
    await page.getByRole('button', { name: 'Policy or document: choose nothing' }).tap();
    await about(page).fill('held');
    await page.getByRole('option', { name: 'Held rules' }).tap();
    await clause(page).tap();
    await page.getByRole('option', { name: 'Deadlines' }).tap();
    await expect(clause(page)).toHaveValue('Deadlines');
    await page.getByRole('button', { name: 'Open case' }).tap();
    await expect(page.getByRole('heading', { level: 1, name: 'By touch' })).toBeVisible();
    await expect(page.getByRole('link', { name: 'Held rules, clause “Deadlines”' })).toBeVisible();
    await context.close();
  });
});
