/** Where things are on the page of a document, and how to read its text as its writer meant it. */
import type { Locator, Page } from '@playwright/test';

export const textOf = (page: Page): Locator => page.locator('.document-text');
export const placeOf = (page: Page): Locator => page.getByTestId('text-state');

/** The text by blocks, without the name flags of other people's carets, which stand inside the words. */
export const blocksOf = (page: Page): Promise<string[]> =>
  textOf(page).evaluate((editor) => {
    const copy = editor.cloneNode(true) as HTMLElement;
    for (const flag of copy.querySelectorAll('.caret')) flag.remove();
    return [...copy.children].map((block) => (block.textContent ?? '').replaceAll('\u2060', ''));
  });

/** The whole text as one string, a line per block. */
export const wordsOf = async (page: Page): Promise<string> => (await blocksOf(page)).join('\n');
