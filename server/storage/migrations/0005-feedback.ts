/** Tables of feedback. */
import type { Migration } from './migration.ts';

export const feedback: Migration = {
  id: '0005-feedback',
  up: async (tx) => {
    await tx.schema
      .createTable('boards')
      .addColumn('workspace_id', 'text', (column) => column.notNull().references('workspaces.id'))
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('slug', 'text', (column) => column.notNull().unique())
      .addColumn('title', 'text', (column) => column.notNull())
      .addColumn('introduction', 'text', (column) => column.notNull())
      .addColumn('language', 'text', (column) => column.notNull())
      .addColumn('visibility', 'text', (column) => column.notNull())
      .addColumn('closed_at', 'text')
      .addColumn('title_command', 'text')
      .addPrimaryKeyConstraint('boards_pk', ['workspace_id', 'id'])
      .execute();

    await tx.schema
      .createTable('feedback_items')
      .addColumn('workspace_id', 'text', (column) => column.notNull())
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('board_id', 'text', (column) => column.notNull())
      .addColumn('title', 'text', (column) => column.notNull())
      .addColumn('body', 'text', (column) => column.notNull())
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('moderation', 'text', (column) => column.notNull())
      .addColumn('answer', 'text')
      .addColumn('answer_by', 'text')
      .addColumn('answer_by_name', 'text')
      .addColumn('answer_at', 'text')
      .addColumn('answer_command', 'text')
      .addColumn('posted_by', 'text')
      .addColumn('posted_by_name', 'text', (column) => column.notNull())
      .addColumn('posted_at', 'text', (column) => column.notNull())
      .addColumn('changed_at', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('feedback_items_pk', ['workspace_id', 'id'])
      .addForeignKeyConstraint('feedback_items_board', ['workspace_id', 'board_id'], 'boards', [
        'workspace_id',
        'id',
      ])
      .execute();
    await tx.schema
      .createIndex('feedback_items_by_board')
      .on('feedback_items')
      .columns(['workspace_id', 'board_id', 'moderation', 'posted_at'])
      .execute();

    await tx.schema
      .createTable('feedback_votes')
      .addColumn('workspace_id', 'text', (column) => column.notNull())
      .addColumn('item_id', 'text', (column) => column.notNull())
      .addColumn('voter', 'text', (column) => column.notNull())
      .addColumn('person_id', 'text')
      .addColumn('voted_at', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('feedback_votes_pk', ['workspace_id', 'item_id', 'voter'])
      .addForeignKeyConstraint('feedback_votes_item', ['workspace_id', 'item_id'], 'feedback_items', [
        'workspace_id',
        'id',
      ])
      .execute();
  },
};
