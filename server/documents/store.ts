/** SQL of documents and folders. Every function takes the handle it works on and knows no rules. */
import type { DocumentRecord, FolderRecord, ImportLoss } from '#domain/documents/document.ts';
import type { LinkTarget, OutlineEntry } from '#domain/documents/project.ts';
import type { Seed } from '#domain/documents/seed.ts';
import type { DocumentId, FolderId, PersonId, WorkspaceId } from '#domain/ids.ts';
import type { Instant } from '#domain/time.ts';
import type { ReadHandle, Tx } from '../storage/database.ts';

/** Ids in one statement; both databases bound the number of parameters. */
const idsPerStatement = 500;

const documentRows = (tx: ReadHandle) =>
  tx
    .selectFrom('documents')
    .leftJoin('document_texts', 'document_texts.document_id', 'documents.id')
    .selectAll('documents')
    .select(['document_texts.words', 'document_texts.excerpt']);

type DocumentRow = Awaited<ReturnType<ReturnType<typeof documentRows>['execute']>>[number];

const documentOf = (row: DocumentRow): DocumentRecord => ({
  id: row.id as DocumentId,
  workspaceId: row.workspace_id as WorkspaceId,
  kind: row.kind,
  title: row.title,
  language: row.language,
  folderId: row.folder_id as FolderId | null,
  visibility: row.visibility,
  createdBy: row.created_by as PersonId | null,
  createdAt: row.created_at,
  changedAt: row.changed_at,
  archivedAt: row.archived_at,
  importLosses: JSON.parse(row.import_losses) as ImportLoss[],
  source: row.source_name === null ? null : { fileName: row.source_name, hash: row.source_hash },
  text: row.words === null || row.excerpt === null ? null : { words: row.words, excerpt: row.excerpt },
});

export async function loadDocument(
  tx: ReadHandle,
  workspaceId: string,
  id: string,
): Promise<DocumentRecord | undefined> {
  const row = await documentRows(tx)
    .where('documents.workspace_id', '=', workspaceId)
    .where('documents.id', '=', id)
    .executeTakeFirst();
  return row && documentOf(row);
}

export async function loadDocuments(
  tx: ReadHandle,
  workspaceId: string,
  ids: readonly string[],
): Promise<DocumentRecord[]> {
  const found: DocumentRecord[] = [];
  for (let from = 0; from < ids.length; from += idsPerStatement) {
    const rows = await documentRows(tx)
      .where('documents.workspace_id', '=', workspaceId)
      .where('documents.id', 'in', ids.slice(from, from + idsPerStatement))
      .execute();
    found.push(...rows.map(documentOf));
  }
  return found;
}

/** Documents that a file may already have become: by its text, its name or its title, as they are written. */
export const documentsLike = async (
  tx: ReadHandle,
  workspaceId: string,
  { hash, fileName, title }: { hash: string; fileName: string; title: string | null },
): Promise<DocumentRecord[]> =>
  (
    await documentRows(tx)
      .where('documents.workspace_id', '=', workspaceId)
      .where((where) =>
        where.or([
          where('documents.source_hash', '=', hash),
          where('documents.source_name', '=', fileName),
          ...(title === null ? [] : [where('documents.title', '=', title)]),
        ]),
      )
      .execute()
  ).map(documentOf);

/** Whether the id is taken, in any workspace. */
export const documentExists = async (tx: ReadHandle, id: string): Promise<boolean> =>
  (await tx.selectFrom('documents').select('id').where('id', '=', id).executeTakeFirst()) !== undefined;

/** The workspace of a document; for jobs and the sync server, which know the room only. */
export const workspaceOf = async (tx: ReadHandle, id: string): Promise<string | undefined> =>
  (await tx.selectFrom('documents').select('workspace_id').where('id', '=', id).executeTakeFirst())
    ?.workspace_id;

const columnsOf = (document: DocumentRecord) => ({
  kind: document.kind,
  title: document.title,
  language: document.language,
  folder_id: document.folderId,
  visibility: document.visibility,
  changed_at: document.changedAt,
  archived_at: document.archivedAt,
});

export async function insertDocument(tx: Tx, document: DocumentRecord): Promise<void> {
  await tx
    .insertInto('documents')
    .values({
      id: document.id,
      workspace_id: document.workspaceId,
      created_by: document.createdBy,
      created_at: document.createdAt,
      import_losses: JSON.stringify(document.importLosses),
      source_name: document.source?.fileName ?? null,
      source_hash: document.source?.hash ?? null,
      ...columnsOf(document),
    })
    .execute();
}

export async function updateDocument(tx: Tx, document: DocumentRecord): Promise<void> {
  await tx.updateTable('documents').set(columnsOf(document)).where('id', '=', document.id).execute();
}

/** All folders of a workspace by id: there are few, and access walks them for each document. */
export async function loadFolders(
  tx: ReadHandle,
  workspaceId: string,
): Promise<ReadonlyMap<string, FolderRecord>> {
  const rows = await tx.selectFrom('folders').selectAll().where('workspace_id', '=', workspaceId).execute();
  return new Map(
    rows.map((row) => [
      row.id,
      {
        id: row.id as FolderId,
        workspaceId: row.workspace_id as WorkspaceId,
        parentId: row.parent_id as FolderId | null,
        name: row.name,
      },
    ]),
  );
}

export const folderExists = async (tx: ReadHandle, id: string): Promise<boolean> =>
  (await tx.selectFrom('folders').select('id').where('id', '=', id).executeTakeFirst()) !== undefined;

export async function insertFolder(tx: Tx, folder: FolderRecord, at: Instant): Promise<void> {
  await tx
    .insertInto('folders')
    .values({
      id: folder.id,
      workspace_id: folder.workspaceId,
      parent_id: folder.parentId,
      name: folder.name,
      created_at: at,
    })
    .execute();
}

export async function updateFolder(tx: Tx, { id, name, parentId }: FolderRecord): Promise<void> {
  await tx.updateTable('folders').set({ name, parent_id: parentId }).where('id', '=', id).execute();
}

export async function deleteFolder(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('folders').where('id', '=', id).execute();
}

/** The documents that stand directly in a folder, archived ones among them. */
export const documentsInFolder = async (
  tx: ReadHandle,
  workspaceId: string,
  folderId: string,
): Promise<DocumentRecord[]> =>
  (
    await documentRows(tx)
      .where('documents.workspace_id', '=', workspaceId)
      .where('documents.folder_id', '=', folderId)
      .orderBy('documents.id')
      .execute()
  ).map(documentOf);

export async function insertSeed(tx: Tx, document: DocumentRecord, seed: Seed): Promise<void> {
  await tx
    .insertInto('document_seeds')
    .values({
      document_id: document.id,
      workspace_id: document.workspaceId,
      client_id: seed.clientId,
      bytes: seed.update,
    })
    .execute();
}

/** The stored first content; undefined for documents that begin blank. */
export async function loadSeed(tx: ReadHandle, documentId: string): Promise<Seed | undefined> {
  const row = await tx
    .selectFrom('document_seeds')
    .select(['client_id', 'bytes'])
    .where('document_id', '=', documentId)
    .executeTakeFirst();
  return row && { clientId: row.client_id, update: row.bytes };
}

export interface StoredText {
  text: string;
  words: number;
  excerpt: string;
  outline: readonly OutlineEntry[];
  links: readonly LinkTarget[];
}

/** Replaces what was read before, unless that was read from further on in the log. */
export async function saveText(
  tx: Tx,
  of: { documentId: string; workspaceId: string; head: number; at: Instant },
  stored: StoredText,
): Promise<boolean> {
  const values = {
    text: stored.text,
    words: stored.words,
    excerpt: stored.excerpt,
    outline: JSON.stringify(stored.outline),
    links: JSON.stringify(stored.links),
    head: of.head,
    projected_at: of.at,
  };
  const earlier = await tx
    .selectFrom('document_texts')
    .select('head')
    .where('document_id', '=', of.documentId)
    .executeTakeFirst();
  if (earlier && earlier.head > of.head) return false;
  if (earlier)
    await tx.updateTable('document_texts').set(values).where('document_id', '=', of.documentId).execute();
  else
    await tx
      .insertInto('document_texts')
      .values({ document_id: of.documentId, workspace_id: of.workspaceId, ...values })
      .execute();
  return true;
}

export async function loadOutline(
  tx: ReadHandle,
  documentId: string,
): Promise<{ outline: OutlineEntry[]; head: number } | undefined> {
  const row = await tx
    .selectFrom('document_texts')
    .select(['outline', 'head'])
    .where('document_id', '=', documentId)
    .executeTakeFirst();
  return row && { outline: JSON.parse(row.outline) as OutlineEntry[], head: row.head };
}

/** Documents with the place in the log their text was last read at; to find those that were left behind. */
export const projectedHeads = (tx: ReadHandle) =>
  tx
    .selectFrom('documents')
    .leftJoin('document_texts', 'document_texts.document_id', 'documents.id')
    .select(['documents.id', 'documents.workspace_id', 'document_texts.head'])
    .execute();

/**
 * Who last set a field before this command without the sender having seen it: the newest accepted command of
 * that name on the aggregate after `sinceSeq`, from another person.
 */
export const laterChange = (
  tx: ReadHandle,
  of: { workspaceId: string; aggregate: string; name: string; sinceSeq: number; notBy: string },
) =>
  tx
    .selectFrom('receipts')
    .leftJoin('users', 'users.id', 'receipts.actor_id')
    .select(['users.name as person', 'receipts.seq'])
    .where('workspace_id', '=', of.workspaceId)
    .where('aggregate', '=', of.aggregate)
    .where('receipts.name', '=', of.name)
    .where('outcome', '=', 'accepted')
    .where('seq', '>', of.sinceSeq)
    .where('actor_id', '!=', of.notBy)
    .orderBy('seq', 'desc')
    .executeTakeFirst();
