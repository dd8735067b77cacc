/** The list of documents as one person looks at it: filters, order, and the rows that come out. */
import type {
  DocumentKind,
  DocumentLanguage,
  DocumentRecord,
  FolderRecord,
} from '#domain/documents/document.ts';
import { folderPath } from '#domain/documents/rules.ts';
import type { FindFolder } from '#domain/documents/rules.ts';
import type { FolderId } from '#domain/ids.ts';
import { getLocale } from '#i18n/compiled/runtime.js';
import type { Engine } from '#lib/replica/engine.svelte.ts';
import { folded } from '#lib/ui/find.ts';
import { folderTree } from './folders.ts';

export interface DocumentFilters {
  typed: string;
  kind: DocumentKind | 'all';
  language: DocumentLanguage | 'all';
  /** A folder's id takes in the folders within it. */
  folder: string;
  shows: 'current' | 'archived';
}

export const noFilters: DocumentFilters = {
  typed: '',
  kind: 'all',
  language: 'all',
  folder: 'all',
  shows: 'current',
};

/** The last changed first; the id decides between equals, so that rows never swap by themselves. */
const byChange = (a: DocumentRecord, b: DocumentRecord): number =>
  a.changedAt < b.changedAt ? 1 : a.changedAt > b.changedAt ? -1 : a.id < b.id ? 1 : -1;

const hasAll = (text: string, words: readonly string[]): boolean =>
  words.every((word) => text.includes(word));

/** Pure, so that it can be tested: what of `documents` answers the filters, in the order shown. */
export function filterDocuments(
  documents: readonly DocumentRecord[],
  filters: DocumentFilters,
  find: FindFolder = () => undefined,
): DocumentRecord[] {
  const isInFolder = ({ folderId }: DocumentRecord): boolean =>
    filters.folder === 'all' ||
    (filters.folder === 'none'
      ? folderId === null
      : folderPath(folderId, find).includes(filters.folder as FolderId));
  const words = folded(filters.typed).split(/\s+/u).filter(Boolean);
  return documents
    .filter(
      (document) =>
        (document.archivedAt !== null) === (filters.shows === 'archived') &&
        (filters.kind === 'all' || document.kind === filters.kind) &&
        (filters.language === 'all' || document.language === filters.language) &&
        isInFolder(document) &&
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
  readonly folders = $derived.by(() => folderTree(this.#engine.records.all('folder'), getLocale()));
  /** The folder shown, when it is one. */
  readonly folder = $derived.by(
    (): FolderRecord | null =>
      this.folders.find(({ folder }) => folder.id === this.filters.folder)?.folder ?? null,
  );
  readonly rows = $derived.by(() => {
    const isGone = this.folder === null && this.filters.folder !== 'none';
    // A folder that is no longer there must not hide everything without a word.
    const filters = isGone ? { ...this.filters, folder: 'all' } : this.filters;
    return filterDocuments(this.all, filters, (id) => this.#engine.records.get('folder', id));
  });
  readonly isFiltered = $derived(
    this.filters.typed.trim() !== '' ||
      this.filters.kind !== 'all' ||
      this.filters.language !== 'all' ||
      this.filters.folder !== 'all',
  );

  /** Choices that are not as they are at first, the field's words aside. */
  readonly choicesOn = $derived(
    (['kind', 'language', 'folder', 'shows'] as const).filter(
      (choice) => this.filters[choice] !== noFilters[choice],
    ).length,
  );

  /** Nothing narrows the list but its folder. */
  readonly isOnlyFolder = $derived(
    this.filters.folder !== 'all' &&
      this.filters.shows === 'current' &&
      this.filters.typed.trim() === '' &&
      this.filters.kind === 'all' &&
      this.filters.language === 'all',
  );

  clear(): void {
    this.filters = { ...noFilters, shows: this.filters.shows };
  }

  ownerOf(document: DocumentRecord): string | null {
    return document.createdBy === null
      ? null
      : (this.#engine.records.get('person', document.createdBy)?.name ?? null);
  }

  /** Named on a row unless the whole list is of that folder. */
  folderNameOf(document: DocumentRecord): string | null {
    return document.folderId === null || document.folderId === this.filters.folder
      ? null
      : (this.#engine.records.get('folder', document.folderId)?.name ?? null);
  }

  readonly namesFolders = $derived.by(() =>
    this.rows.some((document) => this.folderNameOf(document) !== null),
  );

  /** Something of it, record or text, is on this device only. */
  isWaiting(document: DocumentRecord): boolean {
    return (
      this.#engine.records.isWaiting('document', document.id) ||
      (this.#engine.rooms.stateOf(document.id)?.waitingSince ?? null) !== null
    );
  }
}
