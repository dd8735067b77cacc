/** Tables of documents. */
import type { DocumentKind, DocumentLanguage, DocumentVisibility } from '#domain/documents/document.ts';
import type { Instant } from '#domain/time.ts';

export interface DocumentTables {
  documents: {
    id: string;
    workspace_id: string;
    kind: DocumentKind;
    title: string;
    language: DocumentLanguage;
    folder_id: string | null;
    visibility: DocumentVisibility;
    created_by: string | null;
    created_at: Instant;
    changed_at: Instant;
    archived_at: Instant | null;
    /** JSON: ImportLoss[]. */
    import_losses: string;
    /** The imported file's name and the hash of its text; null for what was not imported, or before 0006. */
    source_name: string | null;
    source_hash: string | null;
  };
  folders: {
    id: string;
    workspace_id: string;
    parent_id: string | null;
    name: string;
    created_at: Instant;
  };
  /** The first content of imported documents, as the Yjs update that is written to the log once. */
  document_seeds: {
    document_id: string;
    workspace_id: string;
    /** The Yjs client id it is written under. */
    client_id: number;
    bytes: Uint8Array;
  };
  /** The text as last read from the log: for lists, search and links to clauses. */
  document_texts: {
    document_id: string;
    workspace_id: string;
    text: string;
    words: number;
    excerpt: string;
    /** JSON: OutlineEntry[]. */
    outline: string;
    /** JSON: LinkTarget[]. */
    links: string;
    /** Sequence number in the log up to which the text was read. */
    head: number;
    projected_at: Instant;
  };
}
