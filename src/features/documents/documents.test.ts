import { describe, expect, it } from 'vitest';
import type { DocumentRecord } from '#domain/documents/document.ts';
import { filterDocuments, noFilters } from './documents.svelte.ts';

const document = (id: string, more: Partial<DocumentRecord> = {}): DocumentRecord =>
  ({
    id,
    title: `Document ${id}`,
    kind: 'policy',
    language: 'en',
    changedAt: '2026-01-01T00:00:00.000Z',
    archivedAt: null,
    ...more,
  }) as DocumentRecord;

const ids = (documents: DocumentRecord[]) => documents.map(({ id }) => id);

describe('the list of documents', () => {
  it('shows the last changed first, and equals always in one order', () => {
    const all = [document('a'), document('b', { changedAt: '2026-02-01T00:00:00.000Z' }), document('c')];
    expect(ids(filterDocuments(all, noFilters))).toEqual(['b', 'c', 'a']);
    expect(ids(filterDocuments([...all].reverse(), noFilters))).toEqual(['b', 'c', 'a']);
  });

  it('finds titles without regard to case and accents', () => {
    const all = [document('a', { title: 'Política de reembolso' }), document('b', { title: 'Refunds' })];
    expect(ids(filterDocuments(all, { ...noFilters, typed: 'politica' }))).toEqual(['a']);
  });

  it('keeps the archive apart, and filters by kind and language', () => {
    const all = [
      document('a', { archivedAt: '2026-01-02T00:00:00.000Z' }),
      document('b', { kind: 'note', language: 'pt-BR' }),
      document('c'),
    ];
    expect(ids(filterDocuments(all, { ...noFilters, shows: 'archived' }))).toEqual(['a']);
    expect(ids(filterDocuments(all, { ...noFilters, kind: 'note' }))).toEqual(['b']);
    expect(ids(filterDocuments(all, { ...noFilters, language: 'en' }))).toEqual(['c']);
  });

  it('shows a folder with the folders within it, and what is in none', () => {
    const all = [
      document('a', { folderId: 'outer' as DocumentRecord['folderId'] }),
      document('b', { folderId: 'inner' as DocumentRecord['folderId'] }),
      document('c', { folderId: null }),
    ];
    const find = (id: string) => ({ parentId: id === 'inner' ? 'outer' : null }) as never;
    const shown = (folder: string) => ids(filterDocuments(all, { ...noFilters, folder }, find)).sort();
    expect(shown('outer')).toEqual(['a', 'b']);
    expect(shown('inner')).toEqual(['b']);
    expect(shown('none')).toEqual(['c']);
    expect(shown('all')).toEqual(['a', 'b', 'c']);
  });

  it('filters 500 documents within the 50 ms that a list may take', () => {
    const all = Array.from({ length: 500 }, (_, index) =>
      document(`d${index}`, { title: `Rule number ${index}` }),
    );
    const start = performance.now();
    for (let run = 0; run < 10; run += 1) filterDocuments(all, { ...noFilters, typed: 'number 4' });
    expect((performance.now() - start) / 10).toBeLessThan(50);
  });
});
