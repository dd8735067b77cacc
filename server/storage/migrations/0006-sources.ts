/** What a document was imported from: the file's name and the hash of its text. Null for what was before. */
import type { Migration } from './migration.ts';

export const sources: Migration = {
  id: '0006-sources',
  up: async (tx) => {
    // One column a statement: SQLite adds no more at a time.
    await tx.schema.alterTable('documents').addColumn('source_name', 'text').execute();
    await tx.schema.alterTable('documents').addColumn('source_hash', 'text').execute();
  },
};
