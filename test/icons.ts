/**
 * Draws the app's icons from one drawing: `node test/icons.ts` writes static/icons anew. Run by hand when the
 * drawing changes; the pictures are checked in, so that no build needs a browser.
 */
import { writeFile } from 'node:fs/promises';
import { chromium } from '@playwright/test';
import { chromiumArgs, findChromium } from './e2e/chromium.ts';

const stone = '#a2421f';
const paper = '#fffdfa';
const columns =
  'M6.5 11 16 6.5l9.5 4.5v1.5h-19ZM8.5 14.5H11v8H8.5ZM14.75 14.5h2.5v8h-2.5ZM21 14.5h2.5v8H21ZM6.5 24h19v1.75h-19Z';

/** `corner` rounds the stone; `share` is how much of the square the drawing takes (maskable icons are cut). */
const drawing = (corner: number, share: number): string => {
  const inset = (32 - 32 * share) / 2;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="${corner}" fill="${stone}"/><path transform="translate(${inset} ${inset}) scale(${share})" d="${columns}" fill="${paper}"/></svg>`;
};

const pictures = [
  { file: 'icon-192.png', px: 192, svg: drawing(7, 1) },
  { file: 'icon-512.png', px: 512, svg: drawing(7, 1) },
  { file: 'maskable-192.png', px: 192, svg: drawing(0, 0.8) },
  { file: 'maskable-512.png', px: 512, svg: drawing(0, 0.8) },
  { file: 'apple-touch-icon.png', px: 180, svg: drawing(0, 0.92) },
];

const folder = new URL('../static/icons/', import.meta.url);
await writeFile(new URL('stoa.svg', folder), `${drawing(8, 1)}\n`);
const browser = await chromium.launch({ executablePath: findChromium(), args: chromiumArgs });
for (const { file, px, svg } of pictures) {
  const page = await browser.newPage({ viewport: { width: px, height: px } });
  await page.setContent(`<style>body{margin:0}svg{display:block;width:${px}px}</style>${svg}`);
  await writeFile(new URL(file, folder), await page.screenshot({ omitBackground: true }));
  await page.close();
}
await browser.close();
