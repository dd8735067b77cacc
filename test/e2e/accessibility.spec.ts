/** No serious finding of axe on any page, in both themes, on a desk and on a phone. */
import { seriousOn } from './axe.ts';
import { expect, importMarkdown, newId, phone, test } from './house.ts';
import type { TestHouse } from './house.ts';

const table = '| a | b |\n|---|---|\n| 1 | 2 |\n';

interface Place {
  name: string;
  path: string;
}

/** Something on every page: a document, a case with a timeline, a board with a waiting post. */
async function furnish(house: TestHouse): Promise<Place[]> {
  const api = await house.apiOf(house.owner);
  const [caseId, boardId, itemId] = [newId(), newId(), newId()];
  const slug = `a11y-${boardId.slice(-6)}`;
  const documentId = await importMarkdown(
    api,
    'returns.md',
    ['# Returns', 'Sellers accept returns within **seven days**.', '- Unused\n- In its box', table].join(
      '\n\n',
    ),
  );
  await api.command('cases.open', {
    caseId,
    track: 'violation',
    title: 'Seen by axe',
    narrative: 'Three listings, same photographs.',
    severity: 'high',
    about: null,
  });
  await api.command('feedback.openBoard', {
    boardId,
    slug,
    title: 'Sellers',
    introduction: 'Tell us.',
    language: 'en',
    visibility: 'public',
  });
  await api.command('feedback.post', { itemId, boardId, title: 'Labels expire too soon', text: 'Please.' });
  return [
    { name: 'today', path: '/' },
    { name: 'documents', path: '/documents' },
    { name: 'document', path: `/documents/${documentId}` },
    { name: 'cases', path: '/cases' },
    { name: 'case', path: `/cases/${caseId}` },
    { name: 'feedback', path: '/feedback' },
    { name: 'board', path: `/feedback/${boardId}` },
    { name: 'people', path: '/people' },
    { name: 'settings', path: '/settings' },
    { name: 'public board', path: `/boards/${slug}` },
  ];
}

for (const colorScheme of ['light', 'dark'] as const)
  for (const device of ['desk', 'phone'] as const)
    test(`axe finds nothing serious on any page (${colorScheme}, ${device})`, async ({ house }) => {
      test.setTimeout(180_000);
      const isColoursOnly = colorScheme === 'dark';
      const places = await furnish(house);
      const page = await house.pageOf(house.owner, { colorScheme, ...(device === 'phone' ? phone : {}) });
      for (const { name, path } of places) {
        await page.goto(path);
        await expect(page.getByRole('heading', { level: 1 }).first()).toBeVisible();
        if (name === 'document') await expect(page.getByText('Sellers accept returns')).toBeVisible();
        expect(await seriousOn(page, { isColoursOnly }), `${name} at ${path}`).toEqual([]);
      }
      await page.context().close();
    });

test('axe finds nothing serious in what opens over the pages', async ({ house }) => {
  test.setTimeout(120_000);
  const places = await furnish(house);
  const at = (name: string) => places.find((place) => place.name === name)?.path ?? '';
  // What fades in would be judged half seen.
  const page = await house.pageOf(house.owner, { reducedMotion: 'reduce' });
  const go = async (path: string) => {
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1 }).first()).toBeVisible();
  };
  const judge = async (name: string, within = 'dialog[open]') => {
    await expect(page.locator(within)).toBeVisible();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const isColoursOnly = colorScheme === 'dark';
      expect(await seriousOn(page, { within, isColoursOnly }), `${name}, ${colorScheme}`).toEqual([]);
    }
    await page.keyboard.press('Escape');
    await expect(page.locator(within)).toHaveCount(0);
  };

  await go('/documents');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('a');
  await judge('palette');
  await page.keyboard.press('?');
  await judge('keyboard help');
  await page.keyboard.press('g');
  await page.keyboard.press('w');
  await judge('status');
  await page.keyboard.press('c');
  await judge('new document');
  await page.keyboard.press('x');
  await judge('ticked rows', '[role=group][aria-label="1 selected"]');
  await go('/feedback');
  await page.keyboard.press('c');
  await judge('new board');
  await go(at('board'));
  await page.keyboard.press('c');
  await judge('post');
  await go('/people?invite=1');
  await judge('invite');
  await go(at('document'));
  await page.getByText('Sellers accept returns').click();
  await page.keyboard.press('Home');
  await page.keyboard.press('Control+Shift+ArrowRight');
  await page.keyboard.press('Control+k');
  await judge('link');
  await page.keyboard.press('End');
  await page.keyboard.type(' /');
  await judge('blocks', '[role=listbox]');
  // Not over a page, but with all its fields open only here.
  await go('/cases/new');
  await page.emulateMedia({ colorScheme: 'light' });
  expect(await seriousOn(page, { within: 'main' }), 'open a case').toEqual([]);
});

test('axe finds nothing serious on the pages before signing in', async ({ house, browser }) => {
  for (const colorScheme of ['light', 'dark'] as const) {
    const context = await browser.newContext({ baseURL: house.url, colorScheme });
    const page = await context.newPage();
    for (const path of ['/sign-in', '/link#not-a-link', '/nothing-here']) {
      await page.goto(path);
      await expect(page.getByRole('heading').first()).toBeVisible();
      expect(await seriousOn(page), path).toEqual([]);
    }
    await context.close();
  }
});
