/** The commands of this noun: inputs, and the guess a device shows while the server has not answered. */
import { z } from 'zod';
import { can } from '../access.ts';
import type { Action, Resource } from '../access.ts';
import { DomainError } from '../errors.ts';
import { documentId, folderId } from '../ids.ts';
import type { DocumentId, FolderId } from '../ids.ts';
import { defineCommand } from '../records.ts';
import type { GuessContext, RecordPatch } from '../records.ts';
import { documentKinds, documentLanguages, documentVisibilities } from './document.ts';
import type { DocumentRecord, FolderRecord } from './document.ts';
import { checkImportSize, fileNameLengthLimit, titleOfFile } from './import-limits.ts';
import * as rules from './rules.ts';

/** Longer text is refused at the door; the rules give the exact limit with a code of its own. */
const titleText = z.string().max(2_000);
const kind = z.enum(documentKinds);
const language = z.enum(documentLanguages);
const visibility = z.enum(documentVisibilities);
const place = folderId.nullable();

const ofDocument = ({ id }: { id: DocumentId }) => `document/${id}`;
const ofFolder = ({ id }: { id: FolderId }) => `folder/${id}`;
const needsFolder = (id: FolderId | null): string[] => (id === null ? [] : [`folder/${id}`]);
const documentPatch = (value: DocumentRecord): RecordPatch[] => [{ kind: 'document', id: value.id, value }];
const folderPatch = (value: FolderRecord): RecordPatch[] => [{ kind: 'folder', id: value.id, value }];

const findFolder = (context: GuessContext) => (id: FolderId) => context.read('folder', id);

function mustBeAllowed(context: GuessContext, action: Action, resource: Resource): void {
  if (!can(context.actor, action, resource)) throw new DomainError('not_allowed');
}

/** The document as this device knows it, after asking whether the person may do this to it. */
function allowedDocument(context: GuessContext, id: DocumentId, action: Action): DocumentRecord {
  const document = context.read('document', id);
  if (!document) throw new DomainError('not_found');
  mustBeAllowed(context, action, rules.documentResource(document, findFolder(context)));
  return document;
}

/** A folder that is not on this device is the server's to judge. */
const mustTakeDocuments = (context: GuessContext, into: FolderId | null) =>
  mustBeAllowed(
    context,
    'document.create',
    rules.placeResource(context.workspaceId, into, findFolder(context)),
  );

const made = (context: GuessContext) => ({
  workspaceId: context.workspaceId,
  by: context.actor.personId,
  at: context.at,
});

const create = defineCommand({
  name: 'documents.create',
  input: z.object({ id: documentId, kind, title: titleText, language, visibility, folderId: place }),
  aggregate: ofDocument,
  needs: ({ folderId }) => needsFolder(folderId),
  guess: (input, context) => {
    mustTakeDocuments(context, input.folderId);
    return documentPatch(rules.newDocument(input, made(context)));
  },
});

/**
 * The text of one Markdown file. What the file says about itself (title, language, kind) is read by the
 * server; until then the device shows the file's name. `null` for kind and language means: as the file says.
 */
const importFile = defineCommand({
  name: 'documents.import',
  input: z.object({
    id: documentId,
    fileName: z.string().min(1).max(fileNameLengthLimit),
    text: z.string(),
    kind: kind.nullable(),
    language: language.nullable(),
    visibility,
    folderId: place,
    /** `asText` keeps front matter that cannot be read as a code block at the head of the document. */
    frontMatter: z.enum(['read', 'asText']),
    /** What was already lost when the bytes were read as text: an encoding that had to be guessed. */
    encoding: z.enum(['utf-8', 'windows-1252']),
  }),
  aggregate: ofDocument,
  needs: ({ folderId }) => needsFolder(folderId),
  guess: (input, context) => {
    mustTakeDocuments(context, input.folderId);
    checkImportSize(input.text);
    const guessed = { ...input, kind: input.kind ?? 'policy', language: input.language ?? 'en' } as const;
    const born = rules.newDocument({ ...guessed, title: titleOfFile(input.fileName) }, made(context));
    return documentPatch({ ...born, source: { fileName: input.fileName, hash: null } });
  },
});

const rename = defineCommand({
  name: 'documents.rename',
  input: z.object({ id: documentId, title: titleText }),
  aggregate: ofDocument,
  guess: ({ id, title }, context) =>
    documentPatch(rules.renamed(allowedDocument(context, id, 'document.edit'), title, context.at)),
});

const setKind = defineCommand({
  name: 'documents.setKind',
  input: z.object({ id: documentId, kind }),
  aggregate: ofDocument,
  guess: (input, context) =>
    documentPatch(
      rules.withKind(allowedDocument(context, input.id, 'document.edit'), input.kind, context.at),
    ),
});

const setLanguage = defineCommand({
  name: 'documents.setLanguage',
  input: z.object({ id: documentId, language }),
  aggregate: ofDocument,
  guess: (input, context) =>
    documentPatch(
      rules.withLanguage(allowedDocument(context, input.id, 'document.edit'), input.language, context.at),
    ),
});

const move = defineCommand({
  name: 'documents.move',
  input: z.object({ id: documentId, folderId: place }),
  aggregate: ofDocument,
  needs: ({ folderId }) => needsFolder(folderId),
  guess: (input, context) => {
    const document = allowedDocument(context, input.id, 'document.edit');
    mustTakeDocuments(context, input.folderId);
    return documentPatch(rules.moved(document, input.folderId, context.at));
  },
});

const share = defineCommand({
  name: 'documents.share',
  input: z.object({ id: documentId, visibility }),
  aggregate: ofDocument,
  guess: (input, context) =>
    documentPatch(
      rules.shared(allowedDocument(context, input.id, 'document.share'), input.visibility, made(context)),
    ),
});

const archive = defineCommand({
  name: 'documents.archive',
  input: z.object({ id: documentId }),
  aggregate: ofDocument,
  guess: ({ id }, context) =>
    documentPatch(rules.archived(allowedDocument(context, id, 'document.archive'), context.at)),
});

const restore = defineCommand({
  name: 'documents.restore',
  input: z.object({ id: documentId }),
  aggregate: ofDocument,
  guess: ({ id }, context) =>
    documentPatch(rules.restored(allowedDocument(context, id, 'document.archive'), context.at)),
});

const createFolder = defineCommand({
  name: 'folders.create',
  input: z.object({ id: folderId, parentId: place, name: titleText }),
  aggregate: ofFolder,
  needs: ({ parentId }) => needsFolder(parentId),
  guess: (input, context) => {
    const find = findFolder(context);
    mustBeAllowed(context, 'folder.manage', rules.placeResource(context.workspaceId, input.parentId, find));
    return folderPatch(rules.newFolder(input, context.workspaceId, find));
  },
});

const renameFolder = defineCommand({
  name: 'folders.rename',
  input: z.object({ id: folderId, name: titleText }),
  aggregate: ofFolder,
  guess: ({ id, name }, context) => {
    const folder = context.read('folder', id);
    if (!folder) throw new DomainError('not_found');
    const resource = rules.placeResource(context.workspaceId, id, findFolder(context));
    mustBeAllowed(context, 'folder.manage', resource);
    return folderPatch({ ...folder, name: rules.cleanFolderName(name) });
  },
});

const moveFolder = defineCommand({
  name: 'folders.move',
  input: z.object({ id: folderId, parentId: place }),
  aggregate: ofFolder,
  needs: ({ parentId }) => needsFolder(parentId),
  guess: ({ id, parentId }, context) => {
    const find = findFolder(context);
    const folder = context.read('folder', id);
    if (!folder) throw new DomainError('not_found');
    for (const where of [id, folder.parentId, parentId])
      mustBeAllowed(context, 'folder.manage', rules.placeResource(context.workspaceId, where, find));
    // What stands below it is the server's to count: a device may see less.
    return folderPatch(rules.movedFolder(folder, parentId, { find, levelsBelow: 0 }));
  },
});

/** Asked of the server at once: whether a folder is empty cannot be known where others' drafts are not seen. */
const removeFolder = defineCommand({
  name: 'folders.remove',
  input: z.object({ id: folderId }),
  aggregate: ofFolder,
  guess: null,
});

export const documentCommands = {
  'documents.create': create,
  'documents.import': importFile,
  'documents.rename': rename,
  'documents.setKind': setKind,
  'documents.setLanguage': setLanguage,
  'documents.move': move,
  'documents.share': share,
  'documents.archive': archive,
  'documents.restore': restore,
  'folders.create': createFolder,
  'folders.rename': renameFolder,
  'folders.move': moveFolder,
  'folders.remove': removeFolder,
} as const;
