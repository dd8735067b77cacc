import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PersonActor, Role } from '../access.ts';
import type { CommandId, DocumentId, FolderId, PersonId, WorkspaceId } from '../ids.ts';
import type { GuessContext, RecordTypes } from '../records.ts';
import { documentCommands as specs } from './commands.ts';
import { folderDepthLimit } from './document.ts';
import type { DocumentRecord, FolderRecord } from './document.ts';
import { markdownByteLimit } from './import-limits.ts';
import { fitTitle, folderPath, levelsBelow, movedFolder, newDocument } from './rules.ts';

const workspaceId = '018f0000-0000-7000-8000-000000000001' as WorkspaceId;
const id = '018f0000-0000-7000-8000-0000000000d1' as DocumentId;
const folderId = '018f0000-0000-7000-8000-0000000000f1' as FolderId;
const at = '2026-03-02T12:00:00.000Z';

const person = (role: Role | null, name = 'ana'): PersonActor => ({
  kind: 'person',
  workspaceId,
  personId: name as PersonId,
  name,
  grants: role === null ? [] : [{ scope: { kind: 'workspace' }, role, endsAt: null }],
  via: 'session',
});
const folder: FolderRecord = { id: folderId, workspaceId, parentId: null, name: 'Sellers' };
const input = {
  id,
  kind: 'policy',
  title: ' Returns ',
  language: 'en',
  visibility: 'workspace',
  folderId: null,
} as const;
const document: DocumentRecord = newDocument(input, { workspaceId, by: 'ana' as PersonId, at });

/** What a device knows, and who sits at it. */
const on = (
  records: { document?: DocumentRecord; folder?: FolderRecord },
  actor: PersonActor = person('editor'),
): GuessContext => ({
  commandId: '018f0000-0000-7000-8000-0000000000c1' as CommandId,
  workspaceId,
  actor,
  at,
  read: <Kind extends keyof RecordTypes>(kind: Kind, wanted: string) => {
    const record = (records as Partial<RecordTypes>)[kind] as { id: string } | undefined;
    return record?.id === wanted ? (record as RecordTypes[Kind]) : undefined;
  },
});
const refused = (code: string) => expect.objectContaining({ code }) as object;

describe('what a device guesses', () => {
  it('moves a folder, but never into itself', () => {
    const move = (parentId: FolderId | null, actor = person('editor')) =>
      specs['folders.move'].guess?.({ id: folderId, parentId }, on({ folder }, actor));
    expect(move(null)).toEqual([{ kind: 'folder', id: folderId, value: folder }]);
    expect(() => move(folderId)).toThrow(refused('folder_in_itself'));
    expect(() => move(null, person('viewer'))).toThrow(refused('not_allowed'));
    expect(() =>
      specs['folders.move'].guess?.({ id: folderId, parentId: null }, on({}, person('editor'))),
    ).toThrow(refused('not_found'));
  });

  it('is the document as the server will make it', () => {
    expect(specs['documents.create'].guess?.(input, on({}))).toEqual([
      { kind: 'document', id, value: { ...document, title: 'Returns', createdBy: 'ana' } },
    ]);
    expect(() => specs['documents.create'].guess?.(input, on({}, person('commenter')))).toThrow(
      refused('not_allowed'),
    );
    expect(() => specs['documents.create'].guess?.({ ...input, title: ' ' }, on({}))).toThrow(
      refused('title_required'),
    );
  });

  it('changes one thing at a time', () => {
    const known = on({ document, folder });
    const first = (patches: { value: unknown }[] | undefined) => patches?.[0]?.value;
    expect(first(specs['documents.rename'].guess?.({ id, title: 'New' }, known))).toEqual({
      ...document,
      title: 'New',
    });
    expect(first(specs['documents.move'].guess?.({ id, folderId }, known))).toEqual({
      ...document,
      folderId,
    });
    expect(first(specs['documents.setKind'].guess?.({ id, kind: 'sop' }, known))).toEqual({
      ...document,
      kind: 'sop',
    });
    expect(first(specs['documents.setLanguage'].guess?.({ id, language: 'pt-BR' }, known))).toEqual({
      ...document,
      language: 'pt-BR',
    });
    expect(first(specs['documents.archive'].guess?.({ id }, known))).toEqual({ ...document, archivedAt: at });
    expect(first(specs['folders.rename'].guess?.({ id: folderId, name: 'Buyers' }, known))).toEqual({
      ...folder,
      name: 'Buyers',
    });
  });

  it('refuses what the server would refuse', () => {
    const archived = { ...document, archivedAt: at };
    expect(() => specs['documents.rename'].guess?.({ id, title: 'x' }, on({ document: archived }))).toThrow(
      refused('archived'),
    );
    expect(() => specs['documents.rename'].guess?.({ id, title: 'x' }, on({}))).toThrow(refused('not_found'));
    expect(() =>
      specs['documents.rename'].guess?.({ id, title: 'x' }, on({ document }, person('viewer'))),
    ).toThrow(refused('not_allowed'));
    expect(() =>
      specs['documents.share'].guess?.(
        { id, visibility: 'private' },
        on({ document }, person('owner', 'bia')),
      ),
    ).toThrow(refused('not_allowed'));
  });

  it('names an imported file until the server has read it, and refuses one that is too large at once', () => {
    const file = {
      id,
      fileName: 'refund-policy.md',
      text: '# Refunds',
      kind: null,
      language: null,
      visibility: 'workspace',
      folderId: null,
      frontMatter: 'read',
      encoding: 'utf-8',
    } as const;
    expect(specs['documents.import'].guess?.(file, on({}))[0]?.value).toMatchObject({
      title: 'Refund policy',
    });
    expect(() =>
      specs['documents.import'].guess?.({ ...file, text: 'é'.repeat(markdownByteLimit) }, on({})),
    ).toThrow(refused('too_large'));
  });
});

describe('folders', () => {
  it('are walked upwards once, also in a ring, and only so far', () => {
    const ring = new Map([
      ['a', { parentId: 'b' as FolderId }],
      ['b', { parentId: 'a' as FolderId }],
    ]);
    expect(folderPath('a' as FolderId, (one) => ring.get(one))).toEqual(['a', 'b']);
    const endless = folderPath('0' as FolderId, (one) => ({ parentId: String(Number(one) + 1) as FolderId }));
    expect(endless).toHaveLength(folderDepthLimit);
  });
});

describe('titles that come from files', () => {
  it('are cut at a word and never inside a character', () => {
    expect(fitTitle('a'.repeat(300))).toHaveLength(200);
    expect(fitTitle(`${'word '.repeat(60)}`)).toMatch(/ word…$/);
    expect(fitTitle(`${'a'.repeat(198)}😀😀`).isWellFormed()).toBe(true);
  });
});

describe('folders in folders', () => {
  it('stay a tree of bounded depth, whatever moves where', () => {
    const ids = Array.from({ length: 12 }, (_, index) => `f${index}` as FolderId);
    const step = fc.record({ id: fc.constantFrom(...ids), into: fc.option(fc.constantFrom(...ids)) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const folders = new Map(
          ids.map((each): [FolderId, FolderRecord] => [each, { ...folder, id: each, parentId: null }]),
        );
        const find = (each: FolderId) => folders.get(each);
        for (const { id: moving, into } of steps)
          try {
            const around = { find, levelsBelow: levelsBelow(moving, folders.values()) };
            folders.set(moving, movedFolder(folders.get(moving) as FolderRecord, into, around));
          } catch (error) {
            expect(['folder_in_itself', 'bad_input']).toContain((error as { code?: string }).code);
          }
        for (const each of ids) {
          let length = 0;
          for (let up: FolderId | null = each; up !== null; up = find(up)?.parentId ?? null)
            expect((length += 1)).toBeLessThanOrEqual(folderDepthLimit);
        }
      }),
    );
  });
});
