/** Tables of cases. */
import { makeAppendOnly } from './append-only.ts';
import type { Migration } from './migration.ts';

export const cases: Migration = {
  id: '0004-cases',
  up: async (tx, _types, dialect) => {
    await tx.schema
      .createTable('case_counters')
      .addColumn('workspace_id', 'text', (column) => column.primaryKey().references('workspaces.id'))
      .addColumn('last_number', 'integer', (column) => column.notNull())
      .execute();

    await tx.schema
      .createTable('cases')
      .addColumn('workspace_id', 'text', (column) => column.notNull().references('workspaces.id'))
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('number', 'integer', (column) => column.notNull())
      .addColumn('track', 'text', (column) => column.notNull())
      .addColumn('title', 'text', (column) => column.notNull())
      .addColumn('narrative', 'text', (column) => column.notNull())
      .addColumn('severity', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('owner_id', 'text')
      .addColumn('about_document_id', 'text')
      .addColumn('about_clause_id', 'text')
      .addColumn('about_clause_title', 'text')
      .addColumn('opened_by', 'text')
      .addColumn('opened_at', 'text', (column) => column.notNull())
      .addColumn('changed_at', 'text', (column) => column.notNull())
      .addColumn('settled_at', 'text')
      .addColumn('last_position', 'integer', (column) => column.notNull())
      .addColumn('last_hash', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('cases_pk', ['workspace_id', 'id'])
      .addUniqueConstraint('cases_number', ['workspace_id', 'number'])
      .execute();
    await tx.schema
      .createIndex('cases_by_settled')
      .on('cases')
      .columns(['workspace_id', 'settled_at'])
      .execute();

    await tx.schema
      .createTable('case_events')
      .addColumn('workspace_id', 'text', (column) => column.notNull())
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('case_id', 'text', (column) => column.notNull())
      .addColumn('position', 'integer', (column) => column.notNull())
      .addColumn('seq', 'bigint', (column) => column.notNull())
      .addColumn('command_id', 'text', (column) => column.notNull())
      .addColumn('type', 'text', (column) => column.notNull())
      .addColumn('facts', 'text', (column) => column.notNull())
      .addColumn('facts_version', 'integer', (column) => column.notNull())
      .addColumn('actor_id', 'text')
      .addColumn('actor_name', 'text', (column) => column.notNull())
      .addColumn('occurred_at', 'text', (column) => column.notNull())
      .addColumn('recorded_at', 'text', (column) => column.notNull())
      .addColumn('prev_hash', 'text', (column) => column.notNull())
      .addColumn('hash', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('case_events_pk', ['workspace_id', 'id'])
      .addUniqueConstraint('case_events_position', ['workspace_id', 'case_id', 'position'])
      .addForeignKeyConstraint('case_events_case', ['workspace_id', 'case_id'], 'cases', [
        'workspace_id',
        'id',
      ])
      .execute();
    await makeAppendOnly(tx, dialect, 'case_events');
  },
};
