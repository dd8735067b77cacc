/**
 * Takes the README's pictures: starts the demonstration, signs its two people in, looks at a few pages and
 * writes `test/pictures/*.png`. `npm run pictures`, after a change of the look.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import type { Browser, BrowserContextOptions, Page } from '@playwright/test';
import { chromiumArgs, findChromium } from './e2e/chromium.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = fileURLToPath(new URL('pictures/', import.meta.url));
const desk: BrowserContextOptions = { viewport: { width: 1440, height: 900 }, deviceScaleFactor: 1 };
const phone: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 1.5,
  isMobile: true,
  hasTouch: true,
};

/** The demonstration's address and the sign-in links it printed. */
async function startDemo() {
  const child = spawn(process.execPath, ['server/demo.ts'], {
    cwd: root,
    env: { ...process.env, PORT: '0', HOST: '127.0.0.1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  for await (const chunk of child.stdout) {
    printed += String(chunk);
    if (printed.includes('Ctrl-C')) break;
  }
  const links = printed.match(/http\S+\/link#\S+/g) ?? [];
  const stop = async () => {
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  return { links, stop };
}

async function signIn(browser: Browser, link: string, options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext({
    ...options,
    baseURL: new URL(link).origin,
    locale: 'pt-BR',
    timezoneId: 'America/Sao_Paulo',
  });
  const page = await context.newPage();
  await page.goto(link);
  await page.getByRole('button', { name: /^(entrar|sign in)/i }).click();
  await page.waitForURL((url) => url.pathname === '/');
  return page;
}

async function take(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `${folder}${name}.png` });
  console.log(`test/pictures/${name}.png`);
}

async function openDocument(page: Page, title: string): Promise<void> {
  await page.goto('/documents');
  await page.getByRole('link', { name: title }).first().click();
  await page.locator('.document-text').waitFor();
}

mkdirSync(folder, { recursive: true });
const demo = await startDemo();
const browser = await chromium.launch({ executablePath: findChromium(), args: chromiumArgs });
try {
  const [first, second] = demo.links;
  if (!first || !second) throw new Error('The demonstration printed fewer than two sign-in links.');
  const one = await signIn(browser, first, { ...desk, colorScheme: 'light' });
  const two = await signIn(browser, second, { ...phone, colorScheme: 'dark' });

  await openDocument(one, 'Política de itens proibidos e restritos');
  await openDocument(two, 'Política de itens proibidos e restritos');
  await two.locator('.document-text h2').first().click();
  await two.keyboard.press('End');
  await two.keyboard.type(' em qualquer categoria');
  await one.getByText('Itens proibidos em qualquer categoria').waitFor();
  await take(one, 'document-desk');

  await one.goto('/');
  await one.getByRole('heading', { level: 1 }).waitFor();
  await take(one, 'today-desk');
  await one.goto('/cases');
  await one.locator('[data-row-action]').first().click();
  await one.getByRole('article').waitFor();
  await take(one, 'case-desk');

  await two.goto('/cases');
  await two.locator('[data-row-action]').first().waitFor();
  await two.context().setOffline(true);
  await two.locator('[data-row-action]').first().click();
  await two.getByRole('article').waitFor();
  await take(two, 'case-phone');
  await two.context().setOffline(false);
} finally {
  await browser.close();
  await demo.stop();
}
