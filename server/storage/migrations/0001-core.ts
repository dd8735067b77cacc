/** Tables that every noun stands on: workspaces, receipts, the change feed, jobs. */
import type { Migration } from './migration.ts';

export const core: Migration = {
  id: '0001-core',
  up: async (tx) => {
    await tx.schema
      .createTable('workspaces')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('created_at', 'text', (column) => column.notNull())
      .addColumn('feed_seq', 'bigint', (column) => column.notNull().defaultTo(0))
      .addColumn('feed_epoch', 'text', (column) => column.notNull())
      .execute();

    await tx.schema
      .createTable('receipts')
      .addColumn('command_id', 'text', (column) => column.primaryKey())
      .addColumn('workspace_id', 'text', (column) => column.notNull().references('workspaces.id'))
      .addColumn('actor_id', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('aggregate', 'text', (column) => column.notNull())
      .addColumn('input_hash', 'text', (column) => column.notNull())
      .addColumn('input', 'text', (column) => column.notNull())
      .addColumn('outcome', 'text', (column) => column.notNull())
      .addColumn('answer', 'text', (column) => column.notNull())
      .addColumn('occurred_at', 'text', (column) => column.notNull())
      .addColumn('recorded_at', 'text', (column) => column.notNull())
      .addColumn('seq', 'bigint')
      .execute();
    // Who did what: the workspace's record, newest first, and the history of one thing.
    await tx.schema
      .createIndex('receipts_by_time')
      .on('receipts')
      .columns(['workspace_id', 'recorded_at'])
      .execute();
    await tx.schema
      .createIndex('receipts_by_aggregate')
      .on('receipts')
      .columns(['workspace_id', 'aggregate', 'recorded_at'])
      .execute();

    await tx.schema
      .createTable('changes')
      .addColumn('workspace_id', 'text', (column) => column.notNull().references('workspaces.id'))
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('record_id', 'text', (column) => column.notNull())
      .addColumn('seq', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('changes_pk', ['workspace_id', 'kind', 'record_id'])
      .execute();
    await tx.schema
      .createIndex('changes_by_seq')
      .on('changes')
      .columns(['workspace_id', 'seq'])
      .unique()
      .execute();

    await tx.schema
      .createTable('jobs')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('workspace_id', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('key', 'text', (column) => column.notNull())
      .addColumn('payload', 'text', (column) => column.notNull())
      .addColumn('run_after', 'text', (column) => column.notNull())
      .addColumn('attempts', 'integer', (column) => column.notNull().defaultTo(0))
      .addColumn('last_error', 'text')
      .addColumn('created_at', 'text', (column) => column.notNull())
      .addUniqueConstraint('jobs_once', ['workspace_id', 'kind', 'key'])
      .execute();
    await tx.schema.createIndex('jobs_by_time').on('jobs').columns(['run_after']).execute();
  },
};
