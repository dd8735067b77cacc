import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import type { PersonActor, Role } from '#domain/access.ts';
import { documentCommands as specs } from '#domain/documents/commands.ts';
import { contentOf } from '#domain/documents/content.ts';
import { folderDepthLimit, titleLengthLimit } from '#domain/documents/document.ts';
import type { DocumentRecord } from '#domain/documents/document.ts';
import { project } from '#domain/documents/project.ts';
import { blankSeed } from '#domain/documents/seed.ts';
import { textOf } from '#domain/documents/shape.ts';
import { errorCodeOf } from '#domain/errors.ts';
import type { DocumentId, FolderId } from '#domain/ids.ts';
import type { CommandAnswer, FeedCursor, StoredRecord } from '#domain/records.ts';
import { documentRoom } from '#domain/sync/wire.ts';
import { minute } from '#domain/time.ts';
import { openNounHouse, testPerson, testWorkspace } from '../../test/noun.ts';
import type { NounHouse, Sent } from '../../test/noun.ts';
import { createImporting } from './importing.ts';
import type { Importing } from './importing.ts';
import { loadDocumentRecords, loadFolderRecords } from './records.ts';
import { createDocuments } from './service.ts';
import type { Documents } from './service.ts';
import { createTextThreads, waitingTasksLimit, waitingUnitsLimit } from './text-threads.ts';
import type { TextThreads } from './text-threads.ts';
import { createTexts } from './texts.ts';
import type { TextLog, Texts } from './texts.ts';

const ana = testPerson('Ana');
const bia = testPerson('Bia');
const viewer = testPerson('Vera', 'viewer');
const guestOf = (id: string, role: Role = 'editor') =>
  testPerson('Gil', [{ scope: { kind: 'document', id }, role, endsAt: null }]);

let house: NounHouse;
let documents: Documents;
let importing: Importing;
let texts: Texts;
let threads: TextThreads;
/** The log's rows in memory, with its rule that a seed is the first row or nothing. */
let rows: Map<string, Uint8Array[]>;

const memoryLog = (): TextLog => ({
  head: (room) => Promise.resolve(rows.get(room)?.length ?? 0),
  state: (room) => {
    const known = rows.get(room) ?? [];
    return Promise.resolve({ head: known.length, updates: known });
  },
  seed: ({ room, bytes }) => {
    if (rows.has(room)) return Promise.resolve(false);
    rows.set(room, [bytes]);
    return Promise.resolve(true);
  },
});

beforeAll(() => {
  threads = createTextThreads();
});
afterAll(() => threads.close());

beforeEach(async () => {
  rows = new Map();
  house = await openNounHouse();
  await house.name(ana, bia);
  // Who holds what on a folder stands in other tables: test/contracts/folders.test.ts has both.
  const access = {
    noteChange: () => Promise.resolve([]),
    end: () => Promise.resolve([]),
    ring: () => Promise.resolve(),
  };
  documents = createDocuments({ ...house, access });
  importing = createImporting({ ...house, threads });
  texts = createTexts({ ...house, log: memoryLog(), threads });
  house.queue.start();
});
afterEach(async () => {
  texts.close();
  await house.queue.stop();
  await house.close();
});

const blank = {
  kind: 'policy',
  title: 'Returns',
  language: 'en',
  visibility: 'workspace',
  folderId: null,
} as const;
const documentIn = (answer: CommandAnswer): DocumentRecord => answer.records[0]?.value as DocumentRecord;
const seqIn = (answer: CommandAnswer): number => answer.records[0]?.seq ?? 0;

async function create(
  sent?: Sent,
  more: Partial<Parameters<typeof createInput>[0]> = {},
): Promise<DocumentRecord> {
  return documentIn(
    await documents.create(house.received(specs['documents.create'], createInput(more), sent)),
  );
}
const createInput = (more: {
  visibility?: 'workspace' | 'private';
  folderId?: FolderId | null;
  title?: string;
  id?: DocumentId;
}) => ({ ...blank, id: house.newId<DocumentId>(), ...more });

const rename = (id: DocumentId, title: string, sent?: Sent) =>
  documents.rename(house.received(specs['documents.rename'], { id, title }, sent));
const share = (id: DocumentId, visibility: 'workspace' | 'private', sent?: Sent) =>
  documents.share(house.received(specs['documents.share'], { id, visibility }, sent));
const createFolder = async (parentId: FolderId | null = null, sent?: Sent): Promise<FolderId> => {
  const id = house.newId<FolderId>();
  await documents.createFolder(
    house.received(specs['folders.create'], { id, parentId, name: 'Sellers' }, sent),
  );
  return id;
};

const importInput = (text: string, more: object = {}) => ({
  id: house.newId<DocumentId>(),
  fileName: 'rules.md',
  text,
  kind: null,
  language: null,
  visibility: 'workspace' as const,
  folderId: null,
  frontMatter: 'read' as const,
  encoding: 'utf-8' as const,
  ...more,
});
const importFile = (text: string, sent?: Sent, more?: object) =>
  importing.importFile(house.received(specs['documents.import'], importInput(text, more), sent));

const loaders = { document: loadDocumentRecords, folder: loadFolderRecords };
const feed = async (actor: PersonActor, cursor: FeedCursor | null = null): Promise<StoredRecord[]> =>
  (await house.feed(actor, loaders, cursor)).records;
const cursorOf = async (actor: PersonActor): Promise<FeedCursor> => (await house.feed(actor, loaders)).cursor;

const refused = (code: string, details: object = {}) =>
  expect.objectContaining({ code, details: expect.objectContaining(details) as object }) as object;

describe('who may do what to a document', () => {
  it('is asked before anything is done, and a refusal leaves no trace', async () => {
    const { id } = await create();
    await expect(create({ by: viewer })).rejects.toEqual(refused('not_allowed'));
    await expect(rename(id, 'x', { by: viewer })).rejects.toEqual(refused('not_allowed'));
    await expect(share(id, 'private', { by: viewer })).rejects.toEqual(refused('not_allowed'));
    await expect(importFile('# x', { by: viewer })).rejects.toEqual(refused('not_allowed'));
    await expect(createFolder(null, { by: viewer })).rejects.toEqual(refused('not_allowed'));
    expect((await feed(ana)).map((record) => record.id)).toEqual([id]);
  });

  it('hides private drafts from everybody but their author and those granted this very document', async () => {
    const { id } = await create({}, { visibility: 'private' });
    await expect(rename(id, 'x', { by: bia })).rejects.toEqual(refused('not_found'));
    expect(await feed(bia)).toEqual([]);
    expect((await feed(guestOf(id)))[0]).toMatchObject({ id, value: { title: 'Returns' } });
    await expect(rename(id, 'Drafted', { by: guestOf(id) })).resolves.toBeDefined();
    await expect(rename(id, 'Mine', { by: ana })).resolves.toBeDefined();
  });

  it('lets an author take a document back, and nobody else', async () => {
    const { id } = await create();
    const cursor = await cursorOf(bia);
    await expect(share(id, 'private', { by: bia })).rejects.toEqual(refused('not_allowed'));
    expect(documentIn(await share(id, 'private')).visibility).toBe('private');
    expect((await feed(bia, cursor))[0]).toMatchObject({ id, value: null });
    await share(id, 'workspace');
    expect((await feed(bia))[0]).toMatchObject({ id, value: { visibility: 'workspace' } });
  });

  it('covers what stands in a folder by a grant for a folder above it', async () => {
    const above = await createFolder();
    const folderId = await createFolder(above);
    const { id } = await create({}, { folderId });
    const gil = testPerson('Gil', [{ scope: { kind: 'folder', id: above }, role: 'editor', endsAt: null }]);
    await expect(rename(id, 'Found', { by: gil })).resolves.toBeDefined();
    expect((await feed(gil)).filter(({ value }) => value !== null)).toHaveLength(3);
    await expect(
      documents.move(house.received(specs['documents.move'], { id, folderId: null }, { by: gil })),
    ).rejects.toEqual(refused('not_allowed'));
  });
});

describe('documents as records', () => {
  it('have one effect for one command, however often it is sent', async () => {
    const command = house.received(specs['documents.create'], createInput({}));
    const first = await documents.create(command);
    expect(await documents.create(command)).toEqual(first);
    expect(await feed(ana)).toHaveLength(1);
    await expect(
      documents.create({ ...command, input: { ...command.input, title: 'Other' } }),
    ).rejects.toEqual(refused('command_reused'));
  });

  it('refuse an id that is taken', async () => {
    const { id } = await create();
    await expect(create({}, { id })).rejects.toEqual(refused('bad_input', { field: 'id' }));
  });

  it('clean titles and refuse those that are empty or too long', async () => {
    const { id } = await create({}, { title: '  New\n rules\u0007 \u202e' });
    expect((await feed(ana))[0]?.value).toMatchObject({ title: 'New rules' });
    await expect(rename(id, ' \n ')).rejects.toEqual(refused('title_required'));
    await expect(rename(id, 'x'.repeat(titleLengthLimit + 1))).rejects.toEqual(
      refused('title_too_long', { limit: titleLengthLimit }),
    );
  });

  it('tell who changed the same field without being seen', async () => {
    const answer = await documents.create(house.received(specs['documents.create'], createInput({})));
    const { id } = documentIn(answer);
    const seen = seqIn(answer);
    await rename(id, 'By Bia', { by: bia, baseSeq: seen });
    const late = await rename(id, 'By Ana', { baseSeq: seen });
    expect(late.notes).toEqual([
      {
        code: 'changed_by_both',
        kind: 'document',
        id,
        field: 'title',
        before: 'By Bia',
        now: 'By Ana',
        by: 'Bia',
      },
    ]);
    expect(documentIn(late).title).toBe('By Ana');
    // Their own earlier change, one they had seen, and the same value are no surprise.
    expect((await rename(id, 'Again', { baseSeq: seen + 1 })).notes).toEqual([]);
    expect((await rename(id, 'Again', { by: bia, baseSeq: seen })).notes).toEqual([]);
  });

  it('are archived and restored once, and refuse changes in between', async () => {
    const { id } = await create();
    const archive = () => documents.archive(house.received(specs['documents.archive'], { id }));
    const first = documentIn(await archive()).archivedAt;
    house.pass(minute);
    expect(documentIn(await archive()).archivedAt).toBe(first);
    await expect(rename(id, 'x')).rejects.toEqual(refused('archived'));
    await documents.restore(house.received(specs['documents.restore'], { id }));
    expect(documentIn(await rename(id, 'x'))).toMatchObject({ title: 'x', archivedAt: null });
  });

  it('change kind and language', async () => {
    const { id } = await create();
    await documents.setKind(house.received(specs['documents.setKind'], { id, kind: 'sop' }));
    const answer = await documents.setLanguage(
      house.received(specs['documents.setLanguage'], { id, language: 'pt-BR' }),
    );
    expect(documentIn(answer)).toMatchObject({ kind: 'sop', language: 'pt-BR' });
  });

  it('move into folders that are there, which stand in each other only so deep', async () => {
    const { id } = await create();
    const move = (folderId: FolderId | null) =>
      documents.move(house.received(specs['documents.move'], { id, folderId }));
    await expect(move(house.newId())).rejects.toEqual(refused('not_found', { field: 'folderId' }));
    let folderId: FolderId | null = null;
    for (let depth = 0; depth < folderDepthLimit; depth += 1) folderId = await createFolder(folderId);
    expect(documentIn(await move(folderId)).folderId).toBe(folderId);
    await expect(createFolder(folderId)).rejects.toEqual(refused('bad_input', { limit: folderDepthLimit }));
  });
});

const readLog = (id: string): Y.Doc => {
  const doc = new Y.Doc();
  for (const bytes of rows.get(documentRoom(id)) ?? []) Y.applyUpdate(doc, bytes);
  return doc;
};

describe('the text of a document', () => {
  it('begins with the same bytes on the server and on a device', async () => {
    const { id } = await create();
    await house.queue.idle();
    expect(rows.get(documentRoom(id))).toEqual([blankSeed(id).update]);
    expect(await texts.seedOf(id)).toEqual({ workspaceId: testWorkspace, bytes: blankSeed(id).update });
    expect(await texts.seedOf(house.newId())).toBeNull();
  });

  it('comes from a Markdown file, with what was lost in the record', async () => {
    const source = '---\ntitle: Devoluções\nlang: pt\nx: 1\n---\n# Prazo\n\nVocê tem *sete* dias.<!-- ? -->';
    const answer = await importFile(source);
    const document = documentIn(answer);
    expect(document).toMatchObject({
      title: 'Devoluções',
      language: 'pt-BR',
      kind: 'policy',
      createdBy: 'ana',
      text: { words: 5, excerpt: 'Você tem sete dias.' },
      importLosses: [
        { what: 'front-matter-field', line: 4, sample: 'x: 1' },
        { what: 'html-comment', line: 8, sample: '<!-- ? -->' },
      ],
    });
    await house.queue.idle();
    expect(project(contentOf(readLog(document.id))).text).toBe('Prazo\nVocê tem sete dias.');
    const { outline } = await documents.outline(ana, document.id);
    expect(outline).toEqual([
      { clauseId: expect.stringMatching(/^c\w+$/) as string, level: 1, text: 'Prazo' },
    ]);
    expect(outline).toEqual(project(contentOf(readLog(document.id))).outline);
  });

  it('is imported once when the command comes twice', async () => {
    const command = house.received(specs['documents.import'], importInput('# One'));
    const first = await importing.importFile(command);
    expect(await importing.importFile(command)).toEqual(first);
    await house.queue.idle();
    expect(rows.size).toBe(1);
  });

  it('is not made from files that cannot be read; the refusal says why, each time', async () => {
    const command = house.received(specs['documents.import'], importInput('---\na: [\n---\n# x'));
    await expect(importing.importFile(command)).rejects.toEqual(refused('bad_front_matter', { line: 2 }));
    await expect(importing.importFile(command)).rejects.toEqual(refused('bad_front_matter', { line: 2 }));
    await expect(importFile('a\u0000')).rejects.toEqual(refused('not_markdown'));
    await expect(importFile('x'.repeat(3_000_000))).rejects.toEqual(
      refused('too_large', { bytes: 3_000_000 }),
    );
    expect(await feed(ana)).toEqual([]);
  });

  it('takes the kind and language that the importer chose', async () => {
    const answer = await importFile('The rules of the house', {}, { kind: 'sop', language: 'pt-BR' });
    expect(documentIn(answer)).toMatchObject({ kind: 'sop', language: 'pt-BR', title: 'Rules' });
  });

  it('is read again after it changed, and the record tells', async () => {
    const { id, changedAt } = documentIn(await importFile('# One\n\ntwo'));
    await house.queue.idle();
    const cursor = await cursorOf(ana);
    const doc = readLog(id);
    doc.on('update', (bytes: Uint8Array) => rows.get(documentRoom(id))?.push(bytes));
    const line = new Y.XmlElement('paragraph');
    line.insert(0, [new Y.XmlText('three four')]);
    textOf(doc).push([line]);
    house.pass(minute);
    await texts.catchUp();
    await house.queue.idle();
    const [record] = await feed(ana, cursor);
    expect(record?.value).toMatchObject({ text: { words: 4, excerpt: 'two three four' } });
    expect((record?.value as DocumentRecord).changedAt).not.toBe(changedAt);
    // Nothing new: nothing is told.
    await texts.catchUp();
    await house.queue.idle();
    expect((await feed(ana, cursor))[0]?.seq).toBe(record?.seq);
  });
});

describe('threads that read texts', () => {
  it('end what takes too long, and read on', async () => {
    const impatient = createTextThreads(1);
    const file = { fileName: 'a.md', encoding: 'utf-8', frontMatter: 'read' } as const;
    await expect(impatient.importText('a', { ...file, text: '- a\n'.repeat(20_000) })).rejects.toEqual(
      refused('too_complex'),
    );
    await impatient.close();
    await expect(impatient.importText('a', { ...file, text: 'a' })).rejects.toEqual(refused('stopping'));
    await expect(threads.importText('a', { ...file, text: 'a' })).resolves.toMatchObject({ title: 'A' });
  });

  it('let only so many files wait, and only so much text', async () => {
    const file = { fileName: 'a.md', encoding: 'utf-8', frontMatter: 'read' } as const;
    const refusals = async (text: string, count: number) => {
      // Nobody waits for what these would say: the thread is ended before it has read them.
      const flooded = createTextThreads();
      const asked = Array.from({ length: count }, () => flooded.importText('a', { ...file, text }));
      const codes = asked.map((one) => one.then(String, errorCodeOf));
      await flooded.close();
      return (await Promise.all(codes)).filter((code) => code === 'busy').length;
    };
    // One is read while the others wait.
    expect(await refusals('a', waitingTasksLimit + 4)).toBe(3);
    expect(await refusals('a'.repeat(waitingUnitsLimit / 16), 20)).toBe(3);
  });
});

describe('the operator’s import', () => {
  it('answers with the room, and refuses bytes that are no text', async () => {
    const one = (bytes: Uint8Array) =>
      importing.importBytes({
        workspaceId: testWorkspace,
        documentId: house.newId(),
        commandId: house.newId(),
        now: house.now(),
        fileName: join('policies', 'refund.md'),
        bytes,
      });
    const made = await one(new TextEncoder().encode('# Refunds'));
    expect(made).toMatchObject({ title: 'Refunds', room: `document/${made.documentId}`, losses: [] });
    await expect(one(new Uint8Array([0x41, 0xff]))).rejects.toEqual(refused('not_utf8', { position: 1 }));
    await expect(one(new Uint8Array([0x25, 0x50, 0x44, 0x46, 0x2d]))).rejects.toEqual(
      refused('not_markdown'),
    );
  });
});
