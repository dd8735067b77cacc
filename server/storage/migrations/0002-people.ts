/** Tables of people. */
import type { Migration } from './migration.ts';

export const people: Migration = {
  id: '0002-people',
  up: async () => {},
};
