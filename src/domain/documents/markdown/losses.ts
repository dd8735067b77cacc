/** What a file held and a document cannot, in the order of the file, each with its line. */
import type { ImportLoss, ImportLossKind } from '../document.ts';

/** Losses that one record carries; the rest are counted in a last entry. */
export const importLossesLimit = 200;
export const lossSampleLimit = 120;

export interface Losses {
  add(what: ImportLossKind, line: number, sample: string): void;
  list(): ImportLoss[];
}

const sampleOf = (text: string): string => {
  const line = text.replace(/\s+/gu, ' ').trim();
  return line.length <= lossSampleLimit ? line : `${line.slice(0, lossSampleLimit - 1).toWellFormed()}…`;
};

/** Losses in a list, those that it only counts among them. */
export const countLosses = (losses: readonly ImportLoss[]): number =>
  losses.reduce((sum, { what, sample }) => sum + (what === 'more' ? Number(sample) : 1), 0);

export function collectLosses(): Losses {
  const found: ImportLoss[] = [];
  let more = 0;
  return {
    add(what, line, sample) {
      if (found.length < importLossesLimit) found.push({ what, line, sample: sampleOf(sample) });
      else more += 1;
    },
    list() {
      const sorted = found.toSorted((a, b) => a.line - b.line);
      return more === 0 ? sorted : [...sorted, { what: 'more', line: 0, sample: String(more) }];
    },
  };
}
