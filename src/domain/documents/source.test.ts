import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { DocumentRecord } from './document.ts';
import { hashOfText, twinOf } from './source.ts';

const document = (id: string, more: Partial<DocumentRecord> = {}): DocumentRecord =>
  ({
    id,
    title: `Title ${id}`,
    archivedAt: null,
    createdAt: '2026-01-01',
    source: null,
    ...more,
  }) as DocumentRecord;
const file = { fileName: 'returns.md', title: 'Returns', hash: hashOfText('# Returns') };

describe('the hash of a text', () => {
  it('is SHA-256 of its UTF-8 bytes', () => {
    const text = 'Devoluções 😀\n'.repeat(1_000);
    expect(hashOfText(text)).toBe(createHash('sha256').update(text).digest('hex'));
  });

  it('is one for every way to end a line and with a byte order mark', () => {
    const plain = hashOfText('# Returns\n\nSeven days.\n');
    expect(hashOfText('\ufeff# Returns\r\n\r\nSeven days.\r\n')).toBe(plain);
    expect(hashOfText('# Returns\n\nSeven days. \n')).not.toBe(plain);
  });
});

describe('a file that is here already', () => {
  it('is known by its text, whatever the document is called by now', () => {
    const renamed = document('a', { source: { fileName: 'old.md', hash: file.hash } });
    const named = document('b', { title: 'Returns' });
    expect(twinOf(file, [named, renamed])).toEqual({ document: renamed, isSame: true });
  });

  it('may be one of the same title or file name, and is said to differ only where that is known', () => {
    const other = { fileName: 'other.md', hash: hashOfText('else') };
    expect(twinOf(file, [document('a', { title: 'returns ', source: other })])?.isSame).toBe(false);
    expect(twinOf(file, [document('a', { title: 'RETURNS' })])?.isSame).toBeNull();
    expect(twinOf(file, [document('a', { source: { ...other, fileName: 'Returns.md' } })])?.isSame).toBe(
      false,
    );
    expect(
      twinOf(file, [document('a', { source: { fileName: 'returns.md', hash: null } })])?.isSame,
    ).toBeNull();
    expect(twinOf(file, [document('a', { source: other })])).toBeNull();
  });

  it('is first the one in use, then the newest', () => {
    const source = { fileName: 'x.md', hash: file.hash };
    const archived = document('a', { source, archivedAt: '2026-02-01', createdAt: '2026-03-01' });
    const old = document('b', { source });
    const fresh = document('c', { source, createdAt: '2026-02-01' });
    expect(twinOf(file, [archived, old, fresh])?.document.id).toBe('c');
    expect(twinOf(file, [archived])?.document.id).toBe('a');
  });

  it('is not missed when this device keeps a document of an older version, without the field', () => {
    const { source: _, ...before } = document('a', { title: 'Returns' });
    expect(twinOf(file, [before as DocumentRecord])?.isSame).toBeNull();
  });
});
