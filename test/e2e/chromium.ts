/**
 * Finds a Chromium to test with: the one named by CHROMIUM_PATH, the system's, Playwright's own; else installs
 * one, with apt where that is possible, otherwise with Playwright, and says so.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from '@playwright/test';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const fixedPlaces = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

function installed(): string | undefined {
  const onPath = (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)));
  return [...onPath, ...fixedPlaces, chromium.executablePath()].find(
    (path) => path !== '' && existsSync(path),
  );
}

function run(command: string, args: string[]): boolean {
  console.log(`Installing a Chromium for the browser tests: ${command} ${args.join(' ')}`);
  return spawnSync(command, args, { stdio: 'inherit' }).status === 0;
}

/** The path of a Chromium that exists. Throws with what to do when none can be had. */
export function findChromium(): string {
  const named = process.env.CHROMIUM_PATH;
  if (named) {
    if (existsSync(named)) return named;
    throw new Error(`CHROMIUM_PATH names ${named}, where there is nothing. Correct it or unset it.`);
  }
  const found = installed();
  if (found) return found;
  const isRootWithApt = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
  if (isRootWithApt) {
    run('apt-get', ['update', '-qq']);
    run('apt-get', ['install', '-y', '-qq', 'chromium']);
  }
  if (!installed()) run('npx', ['playwright', 'install', '--with-deps', 'chromium']);
  const now = installed();
  if (now) return now;
  throw new Error(
    'No Chromium was found and none could be installed. Install one (Debian: apt-get install chromium) ' +
      'or name it in CHROMIUM_PATH, then run the tests again.',
  );
}

/** What a Chromium needs in a container, as root, and to make no calls of its own. */
export const chromiumArgs = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
