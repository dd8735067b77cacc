/** A document as a record: everything about it except its text, which lives in the room `document/<id>`. */
import type { DocumentId, FolderId, PersonId, WorkspaceId } from '../ids.ts';
import type { Instant } from '../time.ts';

export const documentKinds = ['policy', 'playbook', 'sop', 'note'] as const;
export type DocumentKind = (typeof documentKinds)[number];

export const documentLanguages = ['en', 'pt-BR'] as const;
export type DocumentLanguage = (typeof documentLanguages)[number];

/** `private` is a draft that only its author and those granted this very document can see. */
export const documentVisibilities = ['workspace', 'private'] as const;
export type DocumentVisibility = (typeof documentVisibilities)[number];

/** In UTF-16 units, as an input field counts. */
export const titleLengthLimit = 200;
export const folderNameLengthLimit = 80;
/** Folders inside folders; access walks up this far for every document. */
export const folderDepthLimit = 8;

export interface DocumentRecord {
  id: DocumentId;
  workspaceId: WorkspaceId;
  kind: DocumentKind;
  title: string;
  language: DocumentLanguage;
  folderId: FolderId | null;
  visibility: DocumentVisibility;
  createdBy: PersonId | null;
  createdAt: Instant;
  /** Last change of the record or, once projected, of the text. */
  changedAt: Instant;
  archivedAt: Instant | null;
  /** What an import could not keep, as the importer was shown; empty for documents born here. */
  importLosses: readonly ImportLoss[];
  /** The file it was imported from; null for documents born here. */
  source: DocumentSource | null;
  /** From the last projection of the text; null before the first. */
  text: { words: number; excerpt: string } | null;
}

export interface DocumentSource {
  fileName: string;
  /** `hashOfText`; null while only this device knows the document. */
  hash: string | null;
}

/**
 * What Markdown can hold and a document cannot. Words for the screen: message `documents_loss_<what>`.
 * `more` closes a list that was cut: its sample is the number of further losses.
 */
export const importLossKinds = [
  'html',
  'html-comment',
  'liquid',
  'image',
  'front-matter',
  'front-matter-field',
  'footnote',
  'unsafe-link',
  'dead-link',
  'definition',
  'task',
  'code-info',
  'too-deep',
  'control-character',
  'guessed-encoding',
  'more',
] as const;
export type ImportLossKind = (typeof importLossKinds)[number];

export interface ImportLoss {
  what: ImportLossKind;
  /** 1-based line in the file, or 0 when it has none. */
  line: number;
  /** The beginning of what was there, at most 120 characters. */
  sample: string;
}

export interface FolderRecord {
  id: FolderId;
  workspaceId: WorkspaceId;
  parentId: FolderId | null;
  name: string;
}
