/** Tables of documents. */
import type { Migration } from './migration.ts';

export const documents: Migration = {
  id: '0003-documents',
  up: async () => {},
};
