/** Tables of documents. */
import type { Migration } from './migration.ts';

export const documents: Migration = {
  id: '0003-documents',
  up: async (tx, types) => {
    await tx.schema
      .createTable('folders')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('workspace_id', 'text', (column) => column.notNull().references('workspaces.id'))
      .addColumn('parent_id', 'text', (column) => column.references('folders.id'))
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('created_at', 'text', (column) => column.notNull())
      .execute();
    await tx.schema.createIndex('folders_by_workspace').on('folders').columns(['workspace_id']).execute();

    await tx.schema
      .createTable('documents')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('workspace_id', 'text', (column) => column.notNull().references('workspaces.id'))
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('title', 'text', (column) => column.notNull())
      .addColumn('language', 'text', (column) => column.notNull())
      .addColumn('folder_id', 'text', (column) => column.references('folders.id'))
      .addColumn('visibility', 'text', (column) => column.notNull())
      .addColumn('created_by', 'text')
      .addColumn('created_at', 'text', (column) => column.notNull())
      .addColumn('changed_at', 'text', (column) => column.notNull())
      .addColumn('archived_at', 'text')
      .addColumn('import_losses', 'text', (column) => column.notNull())
      .execute();
    await tx.schema.createIndex('documents_by_workspace').on('documents').columns(['workspace_id']).execute();

    await tx.schema
      .createTable('document_seeds')
      .addColumn('document_id', 'text', (column) => column.primaryKey().references('documents.id'))
      .addColumn('workspace_id', 'text', (column) => column.notNull().references('workspaces.id'))
      .addColumn('client_id', 'bigint', (column) => column.notNull())
      .addColumn('bytes', types.bytes, (column) => column.notNull())
      .execute();

    await tx.schema
      .createTable('document_texts')
      .addColumn('document_id', 'text', (column) => column.primaryKey().references('documents.id'))
      .addColumn('workspace_id', 'text', (column) => column.notNull().references('workspaces.id'))
      .addColumn('text', 'text', (column) => column.notNull())
      .addColumn('words', 'integer', (column) => column.notNull())
      .addColumn('excerpt', 'text', (column) => column.notNull())
      .addColumn('outline', 'text', (column) => column.notNull())
      .addColumn('links', 'text', (column) => column.notNull())
      .addColumn('head', 'bigint', (column) => column.notNull())
      .addColumn('projected_at', 'text', (column) => column.notNull())
      .execute();
    await tx.schema
      .createIndex('document_texts_by_workspace')
      .on('document_texts')
      .columns(['workspace_id'])
      .execute();
  },
};
