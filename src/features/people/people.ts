/** How people are listed: those who are here first, by role, then by name; the deactivated at the end. */
import { can, roles } from '#domain/access.ts';
import type { PersonActor } from '#domain/access.ts';
import type { DocumentRecord, FolderRecord } from '#domain/documents/document.ts';
import { documentResource, placeResource } from '#domain/documents/rules.ts';
import type { Instant } from '#domain/time.ts';
import type { PersonRecord } from '#domain/workspaces/workspace.ts';
import { m } from '#i18n/compiled/messages.js';
import type { Locale } from '#i18n/compiled/runtime.js';
import { formatDay } from '#i18n/format.ts';

const rank = ({ role }: PersonRecord): number => (role === null ? -1 : roles.indexOf(role));

export const listed = (all: readonly PersonRecord[], locale: string): PersonRecord[] =>
  [...all].sort(
    (a, b) =>
      Number(b.active) - Number(a.active) || rank(b) - rank(a) || a.name.localeCompare(b.name, locale),
  );

/** The folders and documents that this person may invite guests to, by the rules that the server asks. */
export function sharedPlaces(
  actor: PersonActor,
  folders: readonly FolderRecord[],
  documents: readonly DocumentRecord[],
): { folders: FolderRecord[]; documents: DocumentRecord[] } {
  const byId = new Map(folders.map((folder) => [folder.id, folder]));
  const find = (id: FolderRecord['id']) => byId.get(id);
  return {
    folders: folders.filter(({ id, workspaceId }) =>
      can(actor, 'folder.manage', placeResource(workspaceId, id, find)),
    ),
    documents: documents.filter(
      (document) =>
        document.archivedAt === null && can(actor, 'document.share', documentResource(document, find)),
    ),
  };
}

/** Until when access is given, or since when it is over. */
export function endWords(endsAt: Instant, now: Instant, locale: Locale): string {
  const day = formatDay(endsAt, locale);
  return endsAt > now ? m.people_until({ day }, { locale }) : m.people_ended({ day }, { locale });
}
