/** Tables of feedback. */
import type { Migration } from './migration.ts';

export const feedback: Migration = {
  id: '0005-feedback',
  up: async () => {},
};
