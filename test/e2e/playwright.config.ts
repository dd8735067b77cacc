import { defineConfig } from '@playwright/test';
import { chromiumArgs, findChromium } from './chromium.ts';

export default defineConfig({
  testDir: '.',
  outputDir: '../../test-results',
  // Each worker starts its own server on its own folder; two cores carry two.
  workers: 2,
  fullyParallel: false,
  // A test that passes the second time is a race that was not found.
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  forbidOnly: Boolean(process.env.CI),
  reporter: [
    ['list'],
    ['json', { outputFile: process.env.STOA_E2E_REPORT ?? '../../test-results/e2e.json' }],
  ],
  use: {
    launchOptions: { executablePath: findChromium(), args: chromiumArgs },
    locale: 'en-US',
    timezoneId: 'America/Sao_Paulo',
    viewport: { width: 1280, height: 800 },
    serviceWorkers: 'block',
    // A trace doubles the work of a test: ask for one with `--trace on` when a race is looked for.
    trace: 'off',
    screenshot: 'only-on-failure',
  },
});
