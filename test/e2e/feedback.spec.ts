import type { BrowserContext, Page } from '@playwright/test';
import type { Board, FeedbackItem } from '#domain/feedback/feedback.ts';
import { seriousOn } from './axe.ts';
import { installable, installed, expect, newId, phone, test } from './house.ts';
import type { Api, TestHouse } from './house.ts';

test.use(installable);

type Visibility = Board['visibility'];

/** Opened straight at the server; each test has a board of its own. */
async function openBoard(api: Api, title: string, visibility: Visibility = 'internal', language = 'en') {
  const boardId = newId();
  const slug = `b-${boardId.slice(-12)}`;
  await api.command('feedback.openBoard', { boardId, slug, title, introduction: '', language, visibility });
  return { boardId, slug };
}

async function postElsewhere(api: Api, boardId: string, title: string): Promise<string> {
  const itemId = newId();
  await api.command('feedback.post', { itemId, boardId, title, text: '' });
  return itemId;
}

interface FeedPart {
  cursor: object;
  more: boolean;
  records: { kind: string; value: FeedbackItem }[];
}

/** What the server holds, as another person's device reads it. */
async function itemsOnServer(api: Api, boardId: string): Promise<FeedbackItem[]> {
  const items: FeedbackItem[] = [];
  let cursor: object | null = null;
  for (let more = true; more;) {
    const page: FeedPart = await api.query<FeedPart>('changes.since', { cursor });
    for (const { kind, value } of page.records)
      if (kind === 'feedbackItem' && value.boardId === boardId) items.push(value);
    ({ cursor, more } = page);
  }
  return items;
}

const needsYou = (page: Page) => page.getByRole('dialog').getByRole('article');
async function openStatus(page: Page): Promise<void> {
  await page.getByRole('button', { name: /1 change needs you/ }).click({ timeout: 30_000 });
  await expect(needsYou(page)).toHaveCount(1);
}

/** A visitor's browser without script. */
let visitors = 0;
/** Somebody without an account, from an address of their own: a few posts are all that one may send. */
const visitorOf = (house: TestHouse): Promise<BrowserContext> =>
  house.browserOf(
    { ...house.owner, cookies: [] },
    {
      ...phone,
      javaScriptEnabled: false,
      serviceWorkers: 'block',
      extraHTTPHeaders: { 'x-forwarded-for': `203.0.113.${(visitors += 1)}` },
    },
  );

test.describe('feedback on a phone', () => {
  test('what was posted and voted on without a network is on the server exactly once', async ({ house }) => {
    const api = await house.apiOf(house.owner);
    const { boardId } = await openBoard(api, 'Heard in the warehouse');
    const heardId = await postElsewhere(api, boardId, 'Labels print too small');
    const person = await house.person('viewer', 'Rita Moura');
    const context = await house.browserOf(person, phone);
    const page = await context.newPage();
    await page.goto(`/feedback/${boardId}`);
    await expect(page.getByRole('link', { name: /Labels print too small/ })).toBeVisible();
    await installed(page);
    const sent: { url: string; body: string }[] = [];
    page.on('request', (request) => {
      const url = request.url();
      if (url.includes('/trpc/feedback.')) sent.push({ url, body: request.postData() ?? '' });
    });
    await context.setOffline(true);

    await page.getByRole('button', { name: /^Vote for “Labels print too small”/ }).click();
    await page.getByRole('button', { name: 'Post', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('In one sentence').fill('The ramp is too steep');
    await dialog.getByLabel('What happened').fill('Two pallets fell.\nNobody was hurt.');
    await dialog.getByRole('button', { name: 'Post' }).click();
    await expect(page.getByRole('heading', { name: 'The ramp is too steep' })).toBeVisible();
    await page.getByRole('button', { name: /^Vote for “The ramp/ }).click();
    const itemId = new URL(page.url()).searchParams.get('item') as string;

    // A restart of the app, still without a network, loses none of it.
    await page.reload();
    await expect(page.getByRole('heading', { name: 'The ramp is too steep' })).toBeVisible();
    await expect(page.getByRole('article').getByText('On this device', { exact: true })).toBeVisible();
    await page.getByRole('link', { name: 'Close' }).click();
    const votes = page.getByRole('button', { name: /^Vote for/, pressed: true });
    await expect(votes).toHaveCount(2);

    await context.setOffline(false);
    await expect(page.getByText('On this device', { exact: true })).toHaveCount(0, { timeout: 30_000 });
    await expect(votes).toHaveCount(2);
    const check = async () => {
      const items = await itemsOnServer(api, boardId);
      expect(items.map(({ id }) => id).sort()).toEqual([heardId, itemId].sort());
      for (const item of items) expect(item).toMatchObject({ votes: 1, voters: [person.personId] });
      expect(items.find(({ id }) => id === itemId)?.text).toBe('Two pallets fell.\nNobody was hurt.');
    };
    await check();
    // As if the answers had been lost and the device had sent everything once more.
    expect(sent.map(({ url }) => url).join(' ')).toMatch(
      /feedback\.post[^]*feedback\.vote|feedback\.vote[^]*feedback\.post/,
    );
    for (const { url, body } of sent) {
      const headers = { origin: house.url, 'content-type': 'application/json' };
      expect((await context.request.post(url, { data: body, headers })).status()).toBe(200);
    }
    await check();
    await context.close();
  });

  test('a double press posts once', async ({ house }) => {
    const api = await house.apiOf(house.owner);
    const { boardId } = await openBoard(api, 'Pressed in a hurry');
    const context = await house.browserOf(await house.person('viewer', 'Lia Nunes'), phone);
    const page = await context.newPage();
    await page.goto(`/feedback/${boardId}`);
    await expect(page.getByRole('heading', { name: 'Pressed in a hurry' })).toBeVisible();
    await installed(page);
    await context.setOffline(true);
    await page.getByRole('button', { name: 'Post', exact: true }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('In one sentence').fill('The lift is slow');
    await dialog.getByRole('button', { name: 'Post' }).dblclick();
    await expect(page.getByRole('heading', { name: 'The lift is slow' })).toBeVisible();
    await context.setOffline(false);
    await expect(page.getByText('On this device', { exact: true })).toHaveCount(0, { timeout: 30_000 });
    expect((await itemsOnServer(api, boardId)).map(({ title }) => title)).toEqual(['The lift is slow']);
    await context.close();
  });

  test('a status that another person changed meanwhile comes back with who did what, and can be set again', async ({
    house,
  }) => {
    const api = await house.apiOf(house.owner);
    const { boardId } = await openBoard(api, 'Returns');
    const itemId = await postElsewhere(api, boardId, 'Labels expire');
    const context = await house.browserOf(await house.person('editor', 'Rui Costa'), phone);
    const page = await context.newPage();
    await page.goto(`/feedback/${boardId}?item=${itemId}`);
    await expect(page.getByRole('heading', { name: 'Labels expire' })).toBeVisible();
    await context.setOffline(true);
    await page.getByLabel('Status').selectOption({ label: 'Done' });
    await expect(page.getByRole('article').getByText('On this device', { exact: true })).toBeVisible();
    await api.command('feedback.setStatus', { itemId, from: 'open', to: 'declined' });
    await context.setOffline(false);

    await openStatus(page);
    await expect(needsYou(page)).toContainText('The status “Done” was not accepted.');
    await expect(needsYou(page)).toContainText('Olívia Prado had set it to “Declined” meanwhile.');
    await needsYou(page).getByRole('button', { name: 'Apply again' }).click();
    await expect(needsYou(page)).toHaveCount(0);
    await expect.poll(async () => (await itemsOnServer(api, boardId))[0]?.status).toBe('done');
    await context.close();
  });

  test('what was written for a board that was closed meanwhile is kept, with its words, until the person decides', async ({
    house,
  }) => {
    const api = await house.apiOf(house.owner);
    const { boardId } = await openBoard(api, 'Pilot');
    await postElsewhere(api, boardId, 'First');
    const context = await house.browserOf(await house.person('commenter', 'Eva Lima'), phone);
    const page = await context.newPage();
    await page.goto(`/feedback/${boardId}`);
    await page.getByRole('link', { name: /First/ }).waitFor();
    await context.setOffline(true);
    await page.getByRole('button', { name: 'Post', exact: true }).click();
    await page.getByRole('dialog').getByLabel('In one sentence').fill('Second');
    await page.getByRole('dialog').getByLabel('What happened').fill('Written on a train.');
    await page.getByRole('dialog').getByRole('button', { name: 'Post' }).click();
    await api.command('feedback.closeBoard', { boardId });
    await context.setOffline(false);

    await openStatus(page);
    await expect(needsYou(page)).toContainText('Your post “Second” was not accepted.');
    await expect(needsYou(page)).toContainText('Olívia Prado had closed the board.');
    await expect(needsYou(page)).toContainText('Written on a train.');
    await expect(needsYou(page).getByRole('button', { name: 'Apply again' })).toHaveCount(0);
    await api.command('feedback.reopenBoard', { boardId });
    await needsYou(page).getByRole('button', { name: 'Apply again' }).click({ timeout: 30_000 });
    await expect.poll(async () => (await itemsOnServer(api, boardId)).length).toBe(2);
    await context.close();
  });

  test('a board whose address another took meanwhile is opened under another address', async ({ house }) => {
    const api = await house.apiOf(house.owner);
    const slug = `s-${newId().slice(-12)}`;
    const context = await house.browserOf(await house.person('editor', 'Nina Reis'), phone);
    const page = await context.newPage();
    await page.goto('/feedback');
    await page.getByRole('heading', { level: 1, name: 'Feedback' }).waitFor();
    await installed(page);
    await context.setOffline(true);
    await page.getByRole('button', { name: 'Open a board' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('Sellers north');
    await dialog.getByLabel('Address').fill(slug);
    await dialog.getByRole('button', { name: 'Open board' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Sellers north' })).toBeVisible();
    const other = { boardId: newId(), slug, title: 'Sellers south', introduction: '' };
    await api.command('feedback.openBoard', { ...other, language: 'en', visibility: 'internal' });
    await context.setOffline(false);

    await openStatus(page);
    await expect(needsYou(page)).toContainText('The board “Sellers north” was not opened.');
    await expect(needsYou(page)).toContainText(`Another board already has the address /boards/${slug}.`);
    await expect(needsYou(page).getByLabel('Another address')).toHaveValue(`${slug}-2`);
    await needsYou(page).getByRole('button', { name: 'Apply again' }).click();
    await expect(needsYou(page)).toHaveCount(0);
    await page.keyboard.press('Escape');
    await expect(page.getByRole('heading', { level: 1, name: 'Sellers north' })).toBeVisible();
    await context.close();
  });
});

test.describe('a public board without script', () => {
  test('takes a visitor’s post, shows it once it is let through, and counts a vote that can be taken back', async ({
    house,
  }) => {
    const api = await house.apiOf(house.owner);
    const { boardId, slug } = await openBoard(api, 'Sellers', 'public');
    const context = await visitorOf(house);
    const page = await context.newPage();
    await page.goto(`/boards/${slug}`);
    await expect(page.getByText('Nothing here yet.')).toBeVisible();
    await page.getByText('Post an idea or a problem').click();
    const title = '<img src=x onerror="alert(1)"> Freight & fees 😀';
    await page.getByLabel('In one sentence').fill(title);
    await page.getByLabel('What happened').fill('First line\n<b>second</b> line');
    await page.getByLabel(/Your name/).fill('Rosa');
    // Pressed twice before the answer came: the form carries its own id, so that both are one post.
    const form = new URLSearchParams(
      await page
        .locator('form[action="?/post"]')
        .evaluate((element) =>
          [...new FormData(element as HTMLFormElement)].map(([k, v]) => [k, v as string]),
        ),
    ).toString();
    await page.getByRole('button', { name: 'Send' }).click();
    await expect(page.getByText('Thank you. Your post was received')).toBeVisible();
    const again = await context.request.post(`/boards/${slug}?/post`, {
      data: form,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        origin: house.url,
        accept: 'text/html',
      },
      maxRedirects: 0,
    });
    expect(again.status()).toBe(303);
    await expect(page.getByRole('article')).toHaveCount(0);
    const [item, ...others] = await itemsOnServer(api, boardId);
    expect(others).toEqual([]);
    expect(item).toMatchObject({ title, moderation: 'pending', postedByName: 'Rosa', postedBy: null });
    expect(item?.text).toBe('First line\n<b>second</b> line');

    const editor = await house.pageOf(await house.person('editor', 'Beto Melo'));
    await editor.goto(`/feedback/${boardId}`);
    await editor.getByRole('button', { name: 'Review' }).click();
    await editor.getByRole('link', { name: /Freight & fees/ }).click();
    await editor.getByRole('article').getByRole('button', { name: 'Let through' }).click();
    await expect(editor.getByRole('button', { name: 'Let through' })).toHaveCount(0);
    await expect.poll(async () => (await itemsOnServer(api, boardId))[0]?.moderation).toBe('approved');
    await editor.context().close();

    await page.goto(`/boards/${slug}`);
    const article = page.getByRole('article');
    await expect(article.getByRole('heading', { name: title })).toBeVisible();
    await expect(article).toContainText('<b>second</b> line');
    await expect(page.locator('article img, article b')).toHaveCount(0);
    const vote = page.getByRole('button', { name: /^(Vote|Take back your vote) for/ });
    await vote.click();
    await expect(vote).toHaveAttribute('aria-pressed', 'true');
    await expect(vote).toHaveText('1');
    const other = await visitorOf(house);
    const otherPage = await other.newPage();
    await otherPage.goto(`/boards/${slug}`);
    await otherPage.getByRole('button', { name: /^Vote for/ }).click();
    await expect(otherPage.getByRole('button', { name: /^Take back/ })).toHaveText('2');
    await other.close();
    await page.reload();
    await vote.click();
    await expect(vote).toHaveAttribute('aria-pressed', 'false');
    await expect(vote).toHaveText('1');

    // The key in the visitor's cookie is never handed to anybody.
    const key = (await context.cookies()).find(({ name }) => name === 'stoa_visitor')?.value ?? '';
    expect(key.length).toBeGreaterThan(20);
    expect(JSON.stringify(await itemsOnServer(api, boardId))).not.toContain(key);
    await context.close();
  });

  test('is not there for visitors once it is internal, even for one who was writing', async ({ house }) => {
    const api = await house.apiOf(house.owner);
    const { boardId, slug } = await openBoard(api, 'Soon inside', 'public');
    const context = await visitorOf(house);
    const page = await context.newPage();
    await page.goto(`/boards/${slug}`);
    await page.getByText('Post an idea or a problem').click();
    await page.getByLabel('In one sentence').fill('Too late');
    const fields = { boardId, title: 'Inside', introduction: '', language: 'en', visibility: 'internal' };
    await api.command('feedback.changeBoard', fields);
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.request().method() === 'POST'),
      page.getByRole('button', { name: 'Send' }).click(),
    ]);
    expect(answer.status()).toBe(404);
    expect(await itemsOnServer(api, boardId)).toEqual([]);
    expect((await context.request.get(`/boards/${slug}`)).status()).toBe(404);
    expect((await context.request.get('/boards/never-was')).status()).toBe(404);
    // It is not there for members either, at the public address; their own place for it is the app.
    const member = await house.browserOf(await house.person('viewer', 'Vera Dias'));
    expect((await member.request.get(`/boards/${slug}`)).status()).toBe(404);
    await member.close();
    await context.close();
  });

  // Last of those that post: it uses up what one address may send in ten minutes.
  test('says what is wrong, keeps what was typed, and lets no program in', async ({ house }) => {
    const api = await house.apiOf(house.owner);
    const { boardId, slug } = await openBoard(api, 'Compradores', 'public', 'pt-BR');
    const context = await visitorOf(house);
    const page = await context.newPage();
    await page.goto(`/boards/${slug}`);
    const send = async (words: Record<string, string>) => {
      await page.goto(`/boards/${slug}`);
      const form = {
        command: await page.locator('input[name=command]').inputValue(),
        item: await page.locator('input[name=item]').inputValue(),
        ...words,
      };
      const headers = { origin: house.url, accept: 'text/html' };
      return context.request.post(`/boards/${slug}?/post`, { form, headers, maxRedirects: 0 });
    };
    // A trap that no person sees: the program is thanked, and nothing is kept.
    expect((await send({ title: 'Buy now', text: '', name: '', website: 'https://spam' })).status()).toBe(
      303,
    );
    const long = await send({ title: 'Prazo', text: 'a'.repeat(5_001), name: 'Rosa' });
    expect(long.status()).toBe(400);
    expect(await long.text()).toContain('a'.repeat(5_001));
    expect(await long.text()).toContain('passa do tamanho permitido');
    const heading = await send({ title: 'a'.repeat(141), text: '', name: '' });
    expect(await heading.text()).toContain('no máximo 140 caracteres');
    expect((await send({ title: 'Nome', text: '', name: 'a'.repeat(61) })).status()).toBe(400);
    expect((await send({ title: '', text: 'Só o texto', name: '' })).status()).toBe(400);
    expect((await context.request.get(`/boards/${'a'.repeat(80)}`)).status()).toBe(404);
    expect(await itemsOnServer(api, boardId)).toEqual([]);

    // Line breaks as forms send them, and exactly as many characters as are allowed.
    const lines = await send({ title: 'Duas linhas', text: `um\r\ndois${'a'.repeat(4_993)}`, name: '' });
    expect(lines.status()).toBe(303);
    expect((await itemsOnServer(api, boardId))[0]?.text).toHaveLength(5_000);

    let status = 303;
    for (let sent = 0; sent < 12 && status === 303; sent += 1)
      status = (await send({ title: `Prazo ${sent}`, text: '', name: '' })).status();
    expect(status).toBe(429);
    await page.goto(`/boards/${slug}`);
    await page.getByText('Publicar uma ideia ou um problema').click();
    await page.getByLabel('Em uma frase').fill('O prazo é curto');
    await page.getByLabel('O que aconteceu').fill('Três dias não bastam.');
    await page.getByRole('button', { name: 'Enviar' }).click();
    await expect(page.getByRole('alert')).toContainText('Espere um minuto');
    await expect(page.getByLabel('Em uma frase')).toHaveValue('O prazo é curto');
    await expect(page.getByLabel('O que aconteceu')).toHaveValue('Três dias não bastam.');
    await context.close();
  });
});

test('what waits for review is read and judged in its list, by keys, many at once and offline, and undone', async ({
  house,
}) => {
  const api = await house.apiOf(house.owner);
  const { boardId, slug } = await openBoard(api, 'Queue', 'public');
  const visitor = await (await visitorOf(house)).newPage();
  for (const title of ['Oldest', 'Second', 'Third', 'Newest']) {
    await visitor.goto(`/boards/${slug}`);
    await visitor.getByText('Post an idea or a problem').click();
    await visitor.getByLabel('In one sentence').fill(title);
    await visitor.getByLabel('What happened').fill(`${title}, in full. ${'More of it. '.repeat(60)}The end.`);
    await visitor.getByRole('button', { name: 'Send' }).click();
    await expect(visitor.getByText('Thank you. Your post was received')).toBeVisible();
  }
  const context = await house.browserOf(await house.person('editor', 'Nilo Reis'));
  const page = await context.newPage();
  await page.goto(`/feedback/${boardId}`);
  await expect(page.getByText('4 posts wait for review')).toBeVisible();
  await installed(page);
  await context.setOffline(true);
  await page.getByRole('button', { name: 'Review' }).click();
  const posts = page.getByRole('list', { name: /wait for review|waits for review/ }).getByRole('listitem');
  await expect(posts).toContainText(['Oldest', 'Second', 'Third', 'Newest']);
  await expect(page.getByRole('group', { name: 'Order' })).toHaveCount(0);
  expect(await seriousOn(page)).toEqual([]);
  const text = posts.first().getByText('Oldest, in full.');
  const cut = (await text.boundingBox())?.height ?? 0;
  await posts.first().getByRole('button', { name: 'Show all of it' }).click();
  await expect.poll(async () => (await text.boundingBox())?.height ?? 0).toBeGreaterThan(cut);

  await page.locator('main').focus();
  await page.keyboard.press('j');
  await page.keyboard.press('a');
  await expect(posts).toContainText(['Second', 'Third', 'Newest']);
  await expect(page.getByRole('link', { name: 'Second' })).toBeFocused();
  await page.keyboard.press('x');
  await page.keyboard.press('Shift+J');
  await page.keyboard.press('d');
  await expect(posts).toContainText(['Newest']);
  await page.getByText('2 posts refused.').locator('..').getByRole('button', { name: 'Undo' }).click();
  await expect(posts).toContainText(['Second', 'Third', 'Newest']);

  await context.setOffline(false);
  await page.getByRole('button', { name: 'Refuse all 3' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Refuse' }).click();
  await expect(page.getByText('Nothing waits for review')).toBeVisible();
  await expect
    .poll(
      async () =>
        (await itemsOnServer(api, boardId)).map(({ title, moderation }) => `${title} ${moderation}`).sort(),
      { timeout: 30_000 },
    )
    .toEqual(['Newest refused', 'Oldest approved', 'Second refused', 'Third refused']);
  await context.close();
});

test('what was begun and not sent is there after a reload, until it is sent or discarded', async ({
  house,
}) => {
  const api = await house.apiOf(house.owner);
  const { boardId } = await openBoard(api, 'Begun');
  const itemId = await postElsewhere(api, boardId, 'Answer me');
  const page = await house.pageOf(house.owner);
  const dialog = page.getByRole('dialog');

  await page.goto(`/feedback/${boardId}?item=${itemId}`);
  await page.getByRole('button', { name: 'Answer', exact: true }).click();
  await page.getByRole('textbox', { name: 'Answer' }).fill('We looked into it and');
  await page.reload();
  await expect(page.getByRole('textbox', { name: 'Answer' })).toHaveValue('We looked into it and');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.reload();
  await expect(page.getByRole('button', { name: 'Answer', exact: true })).toBeVisible();

  await page.getByRole('button', { name: 'Post', exact: true }).click();
  await dialog.getByLabel('What happened').fill('The scale is wrong');
  await page.reload();
  await page.getByRole('button', { name: 'Post', exact: true }).click();
  await expect(dialog.getByLabel('What happened')).toHaveValue('The scale is wrong');
  await dialog.getByLabel('In one sentence').fill('Scale');
  await dialog.getByRole('button', { name: 'Post' }).click();
  await expect(page.getByRole('heading', { name: 'Scale' })).toBeVisible();
  await page.getByRole('button', { name: 'Post', exact: true }).click();
  await expect(dialog.getByLabel('What happened')).toHaveValue('');
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: 'More for this board' }).click();
  await page.getByRole('menuitem', { name: 'Change the board' }).click();
  await dialog.getByLabel('Introduction').fill('Say it here');
  await page.reload();
  // Meanwhile somebody gives it another name: that stays, and so does what was typed.
  const names = { title: 'Begun elsewhere', introduction: '', language: 'en', visibility: 'internal' };
  await api.command('feedback.changeBoard', { boardId, ...names });
  await expect(page.getByRole('heading', { name: 'Begun elsewhere' })).toBeVisible({ timeout: 30_000 });
  await page.getByRole('button', { name: 'More for this board' }).click();
  await page.getByRole('menuitem', { name: 'Change the board' }).click();
  await expect(dialog.getByLabel('Introduction')).toHaveValue('Say it here');
  await expect(dialog.getByLabel('Name')).toHaveValue('Begun elsewhere');

  await page.goto('/documents?new=1');
  await dialog.getByLabel('Title').fill('Rules for scales');
  await page.reload();
  await page.goto('/documents?new=1');
  await expect(dialog.getByLabel('Title')).toHaveValue('Rules for scales');
  await page.context().close();
});

test('the keyboard alone opens a board, posts, votes, answers and goes back to the list', async ({
  house,
}) => {
  const api = await house.apiOf(house.owner);
  const title = `Keys ${newId().slice(-6)}`;
  const { boardId } = await openBoard(api, title);
  for (const item of ['Alpha', 'Beta']) await postElsewhere(api, boardId, item);
  const page = await house.pageOf(await house.person('editor', 'Nina Lobo'));
  await page.goto('/feedback');
  await page.getByRole('link', { name: new RegExp(title) }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible();

  await page.locator('main').focus();
  await page.keyboard.press('j');
  await expect(page.getByRole('link', { name: /Beta/ })).toBeFocused();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Alpha' })).toBeVisible();
  await page.keyboard.press('v');
  await expect(page.getByRole('article').getByRole('button', { name: /^Vote for “Alpha”/ })).toHaveAttribute(
    'aria-pressed',
    'true',
  );
  await page.keyboard.press('r');
  await expect(page.getByRole('textbox', { name: 'Answer' })).toBeFocused();
  await page.keyboard.type('We are on it.');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByRole('region', { name: 'Answer' })).toContainText('We are on it.');
  await page.locator('main').focus();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('heading', { name: 'Alpha' })).toHaveCount(0);

  await page.keyboard.press('c');
  await expect(page.getByRole('dialog').getByLabel('In one sentence')).toBeFocused();
  await page.keyboard.type('Gamma');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Gamma' })).toBeVisible();
  await page.locator('main').focus();
  await page.keyboard.press('/');
  await page.keyboard.type('beta');
  await expect(page.getByRole('listitem').filter({ hasText: 'Beta' })).toBeVisible();
  await expect(page.getByRole('listitem').filter({ hasText: 'Alpha' })).toHaveCount(0);
  await page.context().close();
});
