import { expect, test } from './house.ts';

test('a person invited by link is a member, and the link does not work twice', async ({ house, browser }) => {
  const person = await house.person('editor', 'Rita Prestes');
  const api = await house.apiOf(person);
  const account = await api.query<{ name: string; memberships: { role: string }[] }>('account.get');
  expect(account).toMatchObject({ name: 'Rita Prestes', memberships: [{ role: 'editor' }] });

  const stranger = await browser.newContext();
  const again = await stranger.request.post(`${house.url}/trpc/links.redeem`, {
    data: {
      token: new URL(house.server.setUpLink).hash.slice(1),
      name: 'X',
      email: 'x@example.com',
      password: 'outra frase comprida',
    },
    headers: { origin: house.url },
  });
  expect(again.ok()).toBe(false);
  await stranger.close();
});
