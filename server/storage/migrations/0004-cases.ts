/** Tables of cases. */
import type { Migration } from './migration.ts';

export const cases: Migration = {
  id: '0004-cases',
  up: async () => {},
};
