/** The list of documents as one person looks at it: filters, order, and the rows that come out. */
import type { DocumentKind, DocumentLanguage, DocumentRecord } from '#domain/documents/document.ts';
import type { Engine } from '#lib/replica/engine.svelte.ts';
import { folded } from '#lib/ui/find.ts';

export interface DocumentFilters {
  typed: string;
  kind: DocumentKind | 'all';
  language: DocumentLanguage | 'all';
  shows: 'current' | 'archived';
}

export const noFilters: DocumentFilters = { typed: '', kind: 'all', language: 'all', shows: 'current' };

/** The last changed first; the id decides between equals, so that rows never swap by themselves. */
const byChange = (a: DocumentRecord, b: DocumentRecord): number =>
  a.changedAt < b.changedAt ? 1 : a.changedAt > b.changedAt ? -1 : a.id < b.id ? 1 : -1;

const hasAll = (text: string, words: readonly string[]): boolean =>
  words.every((word) => text.includes(word));

/** Pure, so that it can be tested: what of `documents` answers the filters, in the order shown. */
export function filterDocuments(
  documents: readonly DocumentRecord[],
  filters: DocumentFilters,
): DocumentRecord[] {
  const words = folded(filters.typed).split(/\s+/u).filter(Boolean);
  return documents
    .filter(
      (document) =>
        (document.archivedAt !== null) === (filters.shows === 'archived') &&
        (filters.kind === 'all' || document.kind === filters.kind) &&
        (filters.language === 'all' || document.language === filters.language) &&
        hasAll(folded(document.title), words),
    )
    .sort(byChange);
}

export class DocumentsView {
  filters = $state<DocumentFilters>({ ...noFilters });
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  readonly all = $derived.by(() => this.#engine.records.all('document'));
  readonly rows = $derived.by(() => filterDocuments(this.all, this.filters));
  readonly isFiltered = $derived(
    this.filters.typed.trim() !== '' || this.filters.kind !== 'all' || this.filters.language !== 'all',
  );

  clear(): void {
    this.filters = { ...noFilters, shows: this.filters.shows };
  }

  ownerOf(document: DocumentRecord): string | null {
    return document.createdBy === null
      ? null
      : (this.#engine.records.get('person', document.createdBy)?.name ?? null);
  }

  /** Something of it, record or text, is on this device only. */
  isWaiting(document: DocumentRecord): boolean {
    return (
      this.#engine.records.isWaiting('document', document.id) ||
      (this.#engine.rooms.stateOf(document.id)?.waitingSince ?? null) !== null
    );
  }
}
