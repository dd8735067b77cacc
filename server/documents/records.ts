/** Documents and folders as the change feed hands them out: only what the person may see. */
import { can } from '#domain/access.ts';
import type { DocumentRecord, FolderRecord } from '#domain/documents/document.ts';
import * as rules from '#domain/documents/rules.ts';
import type { RecordLoader } from '../storage/changes.ts';
import * as store from './store.ts';
import { findIn } from './folders.ts';

export const loadDocumentRecords: RecordLoader<'document'> = async (tx, actor, ids) => {
  const find = findIn(await store.loadFolders(tx, actor.workspaceId));
  const documents = await store.loadDocuments(tx, actor.workspaceId, ids);
  const seen = documents.filter((document) =>
    can(actor, 'document.read', rules.documentResource(document, find)),
  );
  return new Map<string, DocumentRecord>(seen.map((document) => [document.id, document]));
};

export const loadFolderRecords: RecordLoader<'folder'> = async (tx, actor, ids) => {
  const folders = await store.loadFolders(tx, actor.workspaceId);
  const seen = new Map<string, FolderRecord>();
  for (const id of ids) {
    const folder = folders.get(id);
    if (!folder) continue;
    const resource = rules.placeResource(actor.workspaceId, folder.id, findIn(folders));
    if (can(actor, 'folder.read', resource)) seen.set(id, folder);
  }
  return seen;
};
