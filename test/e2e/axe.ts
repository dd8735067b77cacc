/** What axe finds on a page as it stands, open dialogs included. */
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';

/** Findings that keep somebody out, each with the places it stands at; empty is good. */
export async function seriousOn(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`);
}
