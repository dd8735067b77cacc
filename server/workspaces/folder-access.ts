/** What follows for people when a folder moves or goes; documents are handed this by open.ts. */
import type { RecordPatch } from '#domain/records.ts';
import type { Instant } from '#domain/time.ts';
import type { Changes } from '../storage/changes.ts';
import type { Tx } from '../storage/database.ts';
import type { AccessBell } from './bell.ts';
import { revokeInvitationsTo } from './link-store.ts';
import { deleteGrant, listFolderGrants } from './store.ts';

export function createFolderAccess({ changes, bell }: { changes: Changes; bell: AccessBell }) {
  return {
    async noteChange(tx: Tx, workspaceId: string, folderIds: readonly string[]): Promise<string[]> {
      const grants = await listFolderGrants(tx, workspaceId, folderIds);
      const personIds = [...new Set(grants.map(({ personId }) => personId))];
      for (const personId of personIds) await changes.recordAccessChange(tx, workspaceId, personId);
      return personIds;
    },

    async end(
      tx: Tx,
      { workspaceId, folderId, at }: { workspaceId: string; folderId: string; at: Instant },
    ): Promise<RecordPatch[]> {
      const grants = await listFolderGrants(tx, workspaceId, [folderId]);
      for (const { id } of grants) await deleteGrant(tx, id);
      await revokeInvitationsTo(tx, workspaceId, { kind: 'folder', id: folderId, at });
      return grants.map(({ id }) => ({ kind: 'grant', id, value: null }));
    },

    ring: (...personIds: readonly string[]): Promise<void> => bell.ring(...personIds),
  };
}
