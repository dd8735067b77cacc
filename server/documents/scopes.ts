/** What a grant may be for: a document or a folder, as `can` asks about it. Null when there is none. */
import type { Resource } from '#domain/access.ts';
import * as rules from '#domain/documents/rules.ts';
import type { WorkspaceId } from '#domain/ids.ts';
import type { GuestScope } from '#domain/workspaces/commands.ts';
import type { ReadHandle } from '../storage/database.ts';
import { findIn } from './folders.ts';
import * as store from './store.ts';

export async function resourceOf(
  read: ReadHandle,
  workspaceId: WorkspaceId,
  scope: GuestScope,
): Promise<Resource | null> {
  const folders = await store.loadFolders(read, workspaceId);
  const find = findIn(folders);
  if (scope.kind === 'folder')
    return folders.has(scope.id) ? rules.placeResource(workspaceId, scope.id, find) : null;
  const [document] = await store.loadDocuments(read, workspaceId, [scope.id]);
  return document ? rules.documentResource(document, find) : null;
}
