/** What the tables of documents keep, on both databases: types that differ, and rules that SQL holds. */
import { expect, it } from 'vitest';
import { newDocument } from '#domain/documents/rules.ts';
import type { DocumentRecord } from '#domain/documents/document.ts';
import { blankSeed } from '#domain/documents/seed.ts';
import type { DocumentId, FolderId, PersonId, WorkspaceId } from '#domain/ids.ts';
import * as store from '#server/documents/store.ts';
import type { Database } from '#server/storage/database.ts';
import { describeOnEachDatabase } from './each-database.ts';

const workspaceId = '018f0000-0000-7000-8000-000000000001' as WorkspaceId;
const id = '018f0000-0000-7000-8000-0000000000d1' as DocumentId;
const folderId = '018f0000-0000-7000-8000-0000000000f1' as FolderId;
const at = '2026-03-02T12:00:00.000Z';

const document: DocumentRecord = {
  ...newDocument(
    { id, kind: 'sop', title: 'Devoluções 😀', language: 'pt-BR', visibility: 'private', folderId },
    { workspaceId, by: 'ana' as PersonId, at },
  ),
  importLosses: [{ what: 'html', line: 3, sample: '<hr> “x”' }],
};
const projection = {
  text: 'um dois',
  words: 2,
  excerpt: 'um dois',
  outline: [{ clauseId: 'c1', level: 2, text: 'Um' }],
  links: [{ href: '/x', text: 'dois', clauseId: null }],
};

async function fill(db: Database): Promise<void> {
  await db.write(async (tx) => {
    await tx
      .insertInto('workspaces')
      .values({ id: workspaceId, name: 'Praça', created_at: at, feed_seq: 0, feed_epoch: 'e' })
      .execute();
    await store.insertFolder(tx, { id: folderId, workspaceId, parentId: null, name: 'Vendas' }, at);
    await store.insertDocument(tx, document);
  });
}

describeOnEachDatabase('The tables of documents', (open) => {
  it('give a record back as it was stored, with what was read from its text', async () => {
    const db = await open();
    await fill(db);
    expect(await store.loadDocument(db.read, workspaceId, id)).toEqual(document);
    expect(await store.loadDocument(db.read, 'another', id)).toBeUndefined();
    await db.write((tx) => store.saveText(tx, { documentId: id, workspaceId, head: 7, at }, projection));
    expect(await store.loadDocuments(db.read, workspaceId, [id, 'none'])).toEqual([
      { ...document, text: { words: 2, excerpt: 'um dois' } },
    ]);
    expect(await store.loadOutline(db.read, id)).toEqual({ outline: projection.outline, head: 7 });
    expect([...(await store.loadFolders(db.read, workspaceId)).values()]).toEqual([
      { id: folderId, workspaceId, parentId: null, name: 'Vendas' },
    ]);
  });

  it('find what a file may already have become, by its text, its name or its title', async () => {
    const db = await open();
    await fill(db);
    const hash = 'a'.repeat(64);
    const imported = {
      ...document,
      id: '018f0000-0000-7000-8000-0000000000d2' as DocumentId,
      title: 'Reembolsos',
      source: { fileName: 'Política ção.md', hash },
    };
    await db.write((tx) => store.insertDocument(tx, imported));
    const like = async (file: { hash: string; fileName: string; title: string | null }) =>
      (await store.documentsLike(db.read, workspaceId, file)).map((found) => found.id);
    const other = { hash: 'b'.repeat(64), fileName: 'x.md', title: null };
    expect(await store.documentsLike(db.read, workspaceId, { ...other, hash })).toEqual([imported]);
    expect(await like({ ...other, fileName: 'Política ção.md' })).toEqual([imported.id]);
    expect(await like({ ...other, title: document.title })).toEqual([id]);
    expect(await like(other)).toEqual([]);
    expect(await store.documentsLike(db.read, 'another', { ...other, hash })).toEqual([]);
  });

  it('give the first content back byte for byte, with a client id beyond 31 bits', async () => {
    const db = await open();
    await fill(db);
    const seed = { clientId: 0xffff_fffe, update: blankSeed(id).update };
    await db.write((tx) => store.insertSeed(tx, document, seed));
    const loaded = await store.loadSeed(db.read, id);
    expect(loaded?.clientId).toBe(seed.clientId);
    expect(Uint8Array.from(loaded?.update ?? [])).toEqual(Uint8Array.from(seed.update));
    expect(await store.loadSeed(db.read, 'none')).toBeUndefined();
  });

  it('never replace a text by one read from less of the log', async () => {
    const db = await open();
    await fill(db);
    const save = (head: number, words: number) =>
      db.write((tx) =>
        store.saveText(tx, { documentId: id, workspaceId, head, at }, { ...projection, words }),
      );
    expect(await save(5, 5)).toBe(true);
    expect(await save(4, 4)).toBe(false);
    expect(await save(9, 9)).toBe(true);
    expect((await store.loadDocument(db.read, workspaceId, id))?.text?.words).toBe(9);
    expect(await store.projectedHeads(db.read)).toEqual([{ id, workspace_id: workspaceId, head: 9 }]);
  });

  it('name who set a field after it was last seen', async () => {
    const db = await open();
    await fill(db);
    await db.write(async (tx) => {
      for (const [actor, seq, outcome] of [
        ['ana', 3, 'accepted'],
        ['bia', 5, 'accepted'],
        ['bia', null, 'refused'],
      ] as const)
        await tx
          .insertInto('receipts')
          .values({
            command_id: `${actor}-${seq ?? 'none'}`,
            workspace_id: workspaceId,
            actor_id: actor,
            name: 'documents.rename',
            aggregate: `document/${id}`,
            input_hash: '',
            input: '{}',
            outcome,
            answer: '{}',
            occurred_at: at,
            recorded_at: at,
            seq,
          })
          .execute();
    });
    const later = (sinceSeq: number, notBy: string) =>
      store.laterChange(db.read, {
        workspaceId,
        aggregate: `document/${id}`,
        name: 'documents.rename',
        sinceSeq,
        notBy,
      });
    expect((await later(2, 'ana'))?.seq).toBe(5);
    expect((await later(2, 'bia'))?.seq).toBe(3);
    expect(await later(5, 'ana')).toBeUndefined();
  });
});
