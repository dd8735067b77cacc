/** What this person may do, asked with the same rules as the server asks. */
import { can } from '#domain/access.ts';
import type { Action } from '#domain/access.ts';
import type { DocumentRecord } from '#domain/documents/document.ts';
import { documentResource, folderPath, placeResource } from '#domain/documents/rules.ts';
import type { FolderId } from '#domain/ids.ts';
import type { SharedResource } from '#domain/workspaces/sharing.ts';
import type { Engine } from '#lib/replica/engine.svelte.ts';

export const mayDo = (engine: Engine, action: Action, document: DocumentRecord): boolean =>
  can(
    engine.actor,
    action,
    documentResource(document, (id) => engine.records.get('folder', id)),
  );

const place = (engine: Engine, folderId: FolderId | null) =>
  placeResource(engine.workspaceId, folderId, (id) => engine.records.get('folder', id));

/** In a folder, or at the top: a guest of one folder may write there and nowhere else. */
export const mayCreate = (engine: Engine, folderId: FolderId | null = null): boolean =>
  can(engine.actor, 'document.create', place(engine, folderId));

/** A folder as its sharing is asked about. */
export const placeOf = (engine: Engine, id: FolderId): SharedResource => ({
  kind: 'folder',
  workspaceId: engine.workspaceId,
  folderIds: folderPath(id, (one) => engine.records.get('folder', one)),
});

export const mayManageFolders = (engine: Engine, folderId: FolderId | null): boolean =>
  can(engine.actor, 'folder.manage', place(engine, folderId));
