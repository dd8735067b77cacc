/** What a thumb needs: a press that counts the first time, and things large enough to be met. */
import type { Locator, Page } from '@playwright/test';
import { expect, importMarkdown, newId, phone, test } from './house.ts';
import type { Api, TestHouse } from './house.ts';

/**
 * One press on a button at the lowest place it can have, where the bars come back when the field loses the
 * focus. A press that goes to a bar instead is lost for the button.
 */
async function tapLow(page: Page, button: Locator): Promise<void> {
  await expect(button).toBeEnabled();
  await button.evaluate((one) => one.scrollIntoView({ block: 'end' }));
  const box = await button.boundingBox();
  if (!box) throw new Error('the button is not to be seen');
  await page.touchscreen.tap(box.x + box.width / 2, box.y + box.height / 2);
}

async function openCase(api: Api, title: string, documentId: string | null = null): Promise<string> {
  const caseId = newId();
  const about = documentId && { documentId, clause: null };
  const words = { title, narrative: '', severity: 'medium', about };
  await api.command('cases.open', { caseId, track: 'violation', ...words });
  return caseId;
}

async function openBoard(api: Api, title: string): Promise<{ boardId: string; slug: string }> {
  const boardId = newId();
  const slug = `phone-${boardId.slice(-6)}`;
  const words = { title, introduction: 'Tell us.', language: 'en', visibility: 'public' };
  await api.command('feedback.openBoard', { boardId, slug, ...words });
  return { boardId, slug };
}

async function post(api: Api, boardId: string, title: string): Promise<string> {
  const itemId = newId();
  await api.command('feedback.post', { itemId, boardId, title, text: 'Please.' });
  return itemId;
}

test.describe('one press is enough', () => {
  const opened = async (house: TestHouse, path: string) => {
    const page = await house.pageOf(house.owner, phone);
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1 }).first()).toBeVisible();
    return page;
  };

  test('to open a case', async ({ house }) => {
    const page = await opened(house, '/cases/new');
    await page.getByRole('textbox', { name: 'Title' }).fill('Opened by one press');
    await tapLow(page, page.getByRole('button', { name: 'Open case' }));
    await expect(page.getByRole('heading', { level: 1, name: 'Opened by one press' })).toBeVisible();
    await page.context().close();
  });

  test('to write a note on a case', async ({ house }) => {
    const caseId = await openCase(await house.apiOf(house.owner), 'Noted by one press');
    const page = await opened(house, `/cases/${caseId}`);
    await page.getByRole('textbox', { name: 'Note' }).fill('Called the seller');
    await tapLow(page, page.getByRole('button', { name: 'Add a note' }));
    await expect(page.getByRole('listitem').getByText('Called the seller')).toBeVisible();
    await page.context().close();
  });

  test('to answer feedback, and to post it', async ({ house }) => {
    const api = await house.apiOf(house.owner);
    const { boardId } = await openBoard(api, 'Answered by one press');
    const itemId = await post(api, boardId, 'Labels expire');
    const page = await opened(house, `/feedback/${boardId}?item=${itemId}`);
    await page.getByRole('button', { name: 'Answer', exact: true }).tap();
    await page.getByRole('textbox', { name: /answer/i }).fill('We are on it');
    await tapLow(page, page.getByRole('button', { name: /Publish|Save|Answer/ }).last());
    await expect(page.getByText('We are on it')).toBeVisible();
    await expect(page.getByRole('textbox', { name: /answer/i })).toHaveCount(0);
    await page.goto(`/feedback/${boardId}`);
    await page.getByRole('button', { name: 'Post', exact: true }).first().tap();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('In one sentence').fill('Posted by one press');
    await tapLow(page, dialog.getByRole('button', { name: 'Post' }));
    await expect(page.getByRole('heading', { name: 'Posted by one press' })).toBeVisible();
    await page.context().close();
  });

  test('in settings and to invite', async ({ house }) => {
    const page = await opened(house, '/settings');
    const name = page.getByLabel('Your name');
    await name.fill('Olívia P. Prado');
    await tapLow(page, page.getByRole('button', { name: 'Save', exact: true }).first());
    await expect(page.getByText(/Olívia P\. Prado/).last()).toBeVisible();
    await name.fill('Olívia Prado');
    await tapLow(page, page.getByRole('button', { name: 'Save', exact: true }).first());
    await expect(name).toHaveValue('Olívia Prado');
    await page.goto('/people?invite=1');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox').first().fill('nova@example.com');
    await tapLow(page, dialog.getByRole('button', { name: /link/i }).last());
    await expect(dialog.getByRole('textbox', { name: /link/i })).toHaveValue(/\/link#/);
    await page.context().close();
  });
});

/** Everything that can be pressed and whose target is under 44 by 44; links within a line of text excepted. */
const smallTargets = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const pressable =
      'a[href], button, input, select, textarea, summary, label:has(input), [role=button], [role=tab], [role=option], [role=menuitem], [tabindex="0"]';
    const isShown = (element: Element) =>
      element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
    const inText = (element: Element) => {
      if (element.tagName !== 'A' || getComputedStyle(element).display !== 'inline') return false;
      const around = element.parentElement;
      return (around?.textContent ?? '').trim().length > (element.textContent ?? '').trim().length;
    };
    const found: string[] = [];
    for (const element of document.querySelectorAll(pressable)) {
      if (!isShown(element) || element.matches(':disabled') || element.closest('[contenteditable=true]'))
        continue;
      // A hidden control is pressed by its label.
      const target = element.closest('label') ?? element;
      const box = target.getBoundingClientRect();
      const isBelowNothing = box.width <= 1 || box.height <= 1;
      if (isBelowNothing || box.bottom < 0 || inText(element)) continue;
      if (box.width < 43.5 || box.height < 43.5)
        found.push(
          `${element.tagName.toLowerCase()} “${(element.getAttribute('aria-label') ?? element.textContent ?? '').trim().slice(0, 40)}” ${Math.round(box.width)}×${Math.round(box.height)}`,
        );
    }
    return [...new Set(found)];
  });

test('everything that can be pressed on a phone has 44 by 44', async ({ house }) => {
  test.setTimeout(120_000);
  const api = await house.apiOf(house.owner);
  // With everything that stands there only at times: what an import lost, a case's document, "All 7".
  const text = '# Returns\n\nSellers accept returns for seven days.\n\n<video src="a.mp4"></video>';
  const documentId = await importMarkdown(api, 'returns.md', text);
  const caseId = await openCase(api, 'Large enough for a thumb', documentId);
  for (let other = 0; other < 6; other += 1) await openCase(api, `Waits for somebody ${other}`);
  const { boardId, slug } = await openBoard(api, 'Thumbs');
  const itemId = await post(api, boardId, 'Labels expire too soon');
  const page = await house.pageOf(house.owner, phone);
  const small: Record<string, string[]> = {};
  for (const path of [
    '/',
    '/documents',
    `/documents/${documentId}`,
    '/cases',
    '/cases/new',
    `/cases/${caseId}`,
    '/feedback',
    `/feedback/${boardId}`,
    `/feedback/${boardId}?item=${itemId}`,
    '/people',
    '/settings',
    `/boards/${slug}`,
  ]) {
    await page.goto(path);
    await expect(page.getByRole('heading').first()).toBeVisible();
    if (path === '/') await expect(page.getByRole('link', { name: /^All \d/ }).first()).toBeVisible();
    if (path.startsWith('/documents/')) {
      await expect(page.getByText('Sellers accept')).toBeVisible();
      await expect(page.locator('summary')).toBeVisible();
    }
    if (path === `/cases/${caseId}`)
      await expect(page.getByRole('main').getByRole('link', { name: 'Returns' })).toBeVisible();
    if (path === '/people')
      await expect(page.getByRole('main').getByText(house.owner.name).first()).toBeVisible();
    const found = await smallTargets(page);
    if (found.length > 0) small[path.replaceAll(/[0-9a-f-]{36}/g, '…')] = found;
  }
  expect(small).toEqual({});
  await page.context().close();
});
