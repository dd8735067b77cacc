/** What may be done to a document or folder. The same answers on the device and on the server. */
import type { Resource } from '../access.ts';
import { DomainError } from '../errors.ts';
import type { DocumentId, FolderId, PersonId, WorkspaceId } from '../ids.ts';
import { oneLine } from '../one-line.ts';
import type { Instant } from '../time.ts';
import { folderDepthLimit, folderNameLengthLimit, titleLengthLimit } from './document.ts';
import type {
  DocumentKind,
  DocumentLanguage,
  DocumentRecord,
  DocumentVisibility,
  FolderRecord,
} from './document.ts';

/** A title or name as it is stored. Throws `title_required` or `title_too_long` with the limit. */
export function cleanTitle(text: string, limit: number = titleLengthLimit): string {
  const title = oneLine(text);
  if (title === '') throw new DomainError('title_required');
  if (title.length > limit) throw new DomainError('title_too_long', { limit });
  return title;
}

/** For titles that come from a file or a heading: cut at a word where it can, never refused for length. */
export function fitTitle(text: string, limit: number = titleLengthLimit): string {
  const title = oneLine(text);
  if (title.length <= limit) return title;
  const cut = title.slice(0, limit - 1);
  const space = cut.lastIndexOf(' ');
  return `${(space > limit / 2 ? cut.slice(0, space) : cut).toWellFormed().trimEnd()}…`;
}

export const cleanFolderName = (text: string): string => cleanTitle(text, folderNameLengthLimit);

export interface NewDocument {
  id: DocumentId;
  kind: DocumentKind;
  title: string;
  language: DocumentLanguage;
  visibility: DocumentVisibility;
  folderId: FolderId | null;
}

export const newDocument = (
  input: NewDocument,
  made: { workspaceId: WorkspaceId; by: PersonId | null; at: Instant },
): DocumentRecord => ({
  id: input.id,
  workspaceId: made.workspaceId,
  kind: input.kind,
  title: cleanTitle(input.title),
  language: input.language,
  folderId: input.folderId,
  visibility: input.visibility,
  createdBy: made.by,
  createdAt: made.at,
  changedAt: made.at,
  archivedAt: null,
  importLosses: [],
  source: null,
  text: null,
});

const inUse = (document: DocumentRecord): DocumentRecord => {
  if (document.archivedAt !== null) throw new DomainError('archived');
  return document;
};

/** Each throws `archived` where the document must be restored first. */
export const renamed = (document: DocumentRecord, title: string, at: Instant): DocumentRecord => ({
  ...inUse(document),
  title: cleanTitle(title),
  changedAt: at,
});

export const withKind = (document: DocumentRecord, kind: DocumentKind, at: Instant): DocumentRecord => ({
  ...inUse(document),
  kind,
  changedAt: at,
});

export const withLanguage = (
  document: DocumentRecord,
  language: DocumentLanguage,
  at: Instant,
): DocumentRecord => ({ ...inUse(document), language, changedAt: at });

export const moved = (document: DocumentRecord, folderId: FolderId | null, at: Instant): DocumentRecord => ({
  ...inUse(document),
  folderId,
  changedAt: at,
});

/** Taking a document away from the others is for its author alone; `not_allowed` for anyone else. */
export function shared(
  document: DocumentRecord,
  visibility: DocumentVisibility,
  made: { by: PersonId | null; at: Instant },
): DocumentRecord {
  inUse(document);
  const takesAway = visibility === 'private' && document.visibility !== 'private';
  if (takesAway && (made.by === null || document.createdBy !== made.by))
    throw new DomainError('not_allowed', { field: 'visibility' });
  return { ...document, visibility, changedAt: made.at };
}

/** Archiving twice keeps the first time. */
export const archived = (document: DocumentRecord, at: Instant): DocumentRecord =>
  document.archivedAt === null ? { ...document, archivedAt: at, changedAt: at } : document;

export const restored = (document: DocumentRecord, at: Instant): DocumentRecord =>
  document.archivedAt === null ? document : { ...document, archivedAt: null, changedAt: at };

export type FindFolder = (id: FolderId) => Pick<FolderRecord, 'parentId'> | undefined;

/** A folder and its ancestors, nearest first; stops at a folder it cannot find and at a ring. */
export function folderPath(folderId: FolderId | null, find: FindFolder): FolderId[] {
  const path: FolderId[] = [];
  for (let id = folderId; id !== null && path.length < folderDepthLimit && !path.includes(id);) {
    path.push(id);
    id = find(id)?.parentId ?? null;
  }
  return path;
}

/** A new folder may stand `folderDepthLimit` deep at most: throws `bad_input` with the limit. */
export function newFolder(
  input: { id: FolderId; parentId: FolderId | null; name: string },
  workspaceId: WorkspaceId,
  find: FindFolder,
): FolderRecord {
  if (folderPath(input.parentId, find).length >= folderDepthLimit)
    throw new DomainError('bad_input', { field: 'parentId', limit: folderDepthLimit });
  return { id: input.id, workspaceId, parentId: input.parentId, name: cleanFolderName(input.name) };
}

/** How many levels of folders stand below one; 0 when it holds none. */
export function levelsBelow(id: FolderId, folders: Iterable<FolderRecord>): number {
  const byId = new Map([...folders].map((folder) => [folder.id, folder]));
  const depths = [...byId.keys()].map((each) => folderPath(each, (one) => byId.get(one)).indexOf(id));
  return Math.max(0, ...depths);
}

/**
 * Throws `folder_in_itself` where the folder would stand in itself or in a folder below it, and `bad_input`
 * with the limit where it or what stands below it would come to stand too deep.
 */
export function movedFolder(
  folder: FolderRecord,
  parentId: FolderId | null,
  around: { find: FindFolder; levelsBelow: number },
): FolderRecord {
  const path = folderPath(parentId, around.find);
  if (path.includes(folder.id)) throw new DomainError('folder_in_itself');
  if (path.length + 1 + around.levelsBelow > folderDepthLimit)
    throw new DomainError('bad_input', { field: 'parentId', limit: folderDepthLimit });
  return { ...folder, parentId };
}

/** What stands directly in a folder. Archived documents do not hold it: they go up to where it stood. */
export interface FolderContents {
  documents: number;
  folders: number;
}

/** Throws `folder_not_empty` with what still stands in it. */
export function requireEmpty({ documents, folders }: FolderContents): void {
  if (documents + folders > 0) throw new DomainError('folder_not_empty', { documents, folders });
}

/** What `can` is asked about. */
export const documentResource = (
  document: Pick<DocumentRecord, 'id' | 'workspaceId' | 'folderId' | 'visibility' | 'createdBy'>,
  find: FindFolder,
): Extract<Resource, { kind: 'document' }> => ({
  kind: 'document',
  workspaceId: document.workspaceId,
  id: document.id,
  folderIds: folderPath(document.folderId, find),
  visibility: document.visibility,
  createdBy: document.createdBy,
});

/** The place a new document or folder would stand in: a folder, or the workspace itself. */
export const placeResource = (
  workspaceId: WorkspaceId,
  folderId: FolderId | null,
  find: FindFolder,
): Resource =>
  folderId === null
    ? { kind: 'workspace', workspaceId }
    : { kind: 'folder', workspaceId, folderIds: folderPath(folderId, find) };
