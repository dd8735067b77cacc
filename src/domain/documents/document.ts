/** A document as a record: everything about it except its text, which lives in the room `document/<id>`. */
import type { DocumentId, FolderId, PersonId, WorkspaceId } from '../ids.ts';
import type { Instant } from '../time.ts';

export const documentKinds = ['policy', 'playbook', 'sop', 'note'] as const;
export type DocumentKind = (typeof documentKinds)[number];

export const documentLanguages = ['en', 'pt-BR'] as const;
export type DocumentLanguage = (typeof documentLanguages)[number];

export const titleLengthLimit = 200;

export interface DocumentRecord {
  id: DocumentId;
  workspaceId: WorkspaceId;
  kind: DocumentKind;
  title: string;
  language: DocumentLanguage;
  folderId: FolderId | null;
  /** `private` is a draft that only its author and those granted this very document can see. */
  visibility: 'workspace' | 'private';
  createdBy: PersonId | null;
  createdAt: Instant;
  /** Last change of the record or, once projected, of the text. */
  changedAt: Instant;
  archivedAt: Instant | null;
  /** What an import could not keep, in words the importer was shown; empty for documents born here. */
  importLosses: readonly ImportLoss[];
  /** From the last projection of the text; null before the first. */
  text: { words: number; excerpt: string } | null;
}

export interface ImportLoss {
  /** What it was: `html`, `liquid`, `image`, `front-matter-field`, `footnote` … */
  what: string;
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
