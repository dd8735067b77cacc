/** What the sync server is told by the rest of the house: who is asking, what a document is, where the feed stands. */
import type { IncomingMessage } from 'node:http';
import { errorCodeOf } from '#domain/errors.ts';
import type { DocumentId, WorkspaceId } from '#domain/ids.ts';
import { resourceOf } from './documents/scopes.ts';
import { workspaceOf } from './documents/store.ts';
import { bearerOf } from './http/address.ts';
import { faultOf } from './log.ts';
import type { ServerLog } from './log.ts';
import type { OpenHouse } from './open.ts';
import { watchAccess } from './storage/access-watch.ts';
import type { DocumentResource, SyncAccess } from './sync/admission.ts';
import { createSync } from './sync/sync.ts';
import type { Sync } from './sync/sync.ts';

/** The sync server on an open house. Rights are asked anew as soon as somebody's change. */
export function openSync(house: OpenHouse, log: ServerLog): Sync {
  const sync = createSync({
    log: house.updates,
    access: createSyncAccess(house),
    figures: house.figures,
    seedOf: house.services.texts.seedOf,
    changes: house.changes,
    feedHead: (workspaceId) => feedHead(house, workspaceId),
    restoredAtMs: house.restoredAtMs,
    nowMs: house.nowMs,
    report: (event, { room, rows, bytes, person, reason, times, error }) =>
      log.error(
        {
          room,
          rows,
          bytes,
          person,
          reason,
          times,
          ...(error === undefined ? {} : { fault: faultOf(error) }),
        },
        event,
      ),
  });
  house.keeper.onSetAside((room) => sync.rooms.reload(room));
  const watch = watchAccess({
    db: house.db,
    isNeeded: () => sync.hasSockets(),
    onChange: (personId) => void sync.recheck(personId),
  });
  house.services.people.onAccessChanged((personId) => sync.recheck(personId));
  house.services.documents.onAccessChanged((documentId) => sync.recheckDocument(documentId));
  return {
    ...sync,
    stop: async () => {
      watch.stop();
      await sync.stop();
    },
  };
}

function createSyncAccess({ db, services: { accounts } }: OpenHouse): SyncAccess {
  return {
    async sessionOf(request: IncomingMessage, token: string | null) {
      const credentials = { cookie: request.headers.cookie, token: token ?? bearerOf(request) };
      // A socket cannot set a cookie, so it must not prolong the session either.
      const account = async () => (await accounts.identify(credentials, { renew: false })).account;
      const found = await account();
      if (found === null) return null;
      return {
        personId: found.personId,
        actorIn: async (workspaceId: WorkspaceId) =>
          accounts.actorIn(await account(), workspaceId).catch((error: unknown) => {
            if (errorCodeOf(error) === 'not_allowed') return null;
            throw error;
          }),
      };
    },

    async documentResource(documentId: DocumentId) {
      const workspaceId = await workspaceOf(db.read, documentId);
      if (workspaceId === undefined) return null;
      const resource = await resourceOf(db.read, workspaceId as WorkspaceId, {
        kind: 'document',
        id: documentId,
      });
      return resource as DocumentResource | null;
    },

    async isArchived(documentId: DocumentId) {
      const row = await db.read
        .selectFrom('documents')
        .select('archived_at')
        .where('id', '=', documentId)
        .executeTakeFirst();
      return row !== undefined && row.archived_at !== null;
    },
  };
}

async function feedHead({ db }: OpenHouse, workspaceId: string) {
  const row = await db.read
    .selectFrom('workspaces')
    .select(['feed_epoch', 'feed_seq'])
    .where('id', '=', workspaceId)
    .executeTakeFirst();
  return row === undefined ? null : { epoch: row.feed_epoch, seq: row.feed_seq };
}
