/** What axe finds on a page as it stands, open dialogs included. */
import AxeBuilder from '@axe-core/playwright';
import { expect } from '@playwright/test';
import type { Page } from '@playwright/test';

/**
 * Findings that keep somebody out, each with the places it stands at; empty is good. With `isColoursOnly` it
 * asks what another theme can change, with `within` only of what stands there.
 */
export async function seriousOn(
  page: Page,
  { isColoursOnly = false, within }: { isColoursOnly?: boolean; within?: string } = {},
): Promise<string[]> {
  // Without frames the page can be judged where it is, in half the time: the usual mode opens another for it.
  expect(await page.locator('iframe, frame').count()).toBe(0);
  const axe = new AxeBuilder({ page }).setLegacyMode();
  if (within !== undefined) axe.include(within);
  if (isColoursOnly) axe.withRules(['color-contrast']);
  const { violations } = await axe.analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`);
}
