/** Documents on the whole server: files over tRPC, text over sockets, and what the records tell of it. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { documentCommands as specs } from '#domain/documents/commands.ts';
import { contentOf } from '#domain/documents/content.ts';
import type { DocumentRecord } from '#domain/documents/document.ts';
import { project } from '#domain/documents/project.ts';
import { blankSeed } from '#domain/documents/seed.ts';
import { textOf } from '#domain/documents/shape.ts';
import type { DocumentId } from '#domain/ids.ts';
import { until } from './fuzz/sync-harness.ts';
import { startWorld } from './harness.ts';
import type { Person, Room, World } from './harness.ts';

let world: World;
let editor: Person;
const open: Room[] = [];

beforeAll(async () => {
  world = await startWorld();
  editor = await world.invite('editor', 'Edu');
});
afterEach(() => {
  for (const room of open.splice(0)) room.close();
});
afterAll(() => world.stop());

const newDocument = () => ({
  id: world.newId() as DocumentId,
  visibility: 'workspace' as const,
  folderId: null,
});
const importFile = async (fileName: string, text: string, person = world.owner): Promise<DocumentRecord> => {
  const answer = await person.command(specs['documents.import'], {
    ...newDocument(),
    fileName,
    text,
    kind: null,
    language: null,
    frontMatter: 'read',
    encoding: 'utf-8',
  });
  return answer.records[0]?.value as DocumentRecord;
};
const enter = async (person: Person, id: string): Promise<Room> => {
  const room = await person.openRoom(id);
  open.push(room);
  return room;
};
const recordOf = async (id: string): Promise<DocumentRecord> => {
  const { records } = await world.owner.api.changes.since.query({
    workspaceId: world.workspaceId,
    cursor: null,
  });
  return records.find((record) => record.id === id)?.value as DocumentRecord;
};
const readIn = ({ doc }: Room) => project(contentOf(doc));
const addLine = (doc: Y.Doc, text: string): void => {
  const line = new Y.XmlElement('paragraph');
  line.insert(0, [new Y.XmlText(text)]);
  textOf(doc).push([line]);
};

describe('a Markdown file', () => {
  it('is what an unmodified client reads, once, also after a restart', async () => {
    const { id, importLosses } = await importFile('refunds.md', '# Refunds\n\nWithin *seven* days.\n\n<hr>');
    expect(importLosses).toEqual([{ what: 'html', line: 5, sample: '<hr>' }]);
    const first = await enter(world.owner, id);
    const text = 'Refunds\nWithin seven days.\n<hr>';
    expect(readIn(first).text).toBe(text);
    await world.restart();
    expect(readIn(await enter(editor, id)).text).toBe(text);
  });

  it('can be cited by its headings at once', async () => {
    const { id } = await importFile('a.md', '# One\n\n## Two');
    const asked = { workspaceId: world.workspaceId, documentId: id };
    const { outline } = await editor.api.documents.outline.query(asked);
    expect(outline.map(({ text }) => text)).toEqual(['One', 'Two']);
    expect(readIn(await enter(editor, id)).outline).toEqual(outline);
  });

  it('comes with many others at once, each with its own answer', async () => {
    const files = Array.from({ length: 60 }, (_, index) =>
      importFile(`file-${index}.md`, index % 10 === 9 ? '---\n[\n---' : `# File ${index}`),
    );
    const settled = await Promise.allSettled(files);
    expect(settled.map(({ status }, index) => [index, status])).toEqual(
      settled.map((_, index) => [index, index % 10 === 9 ? 'rejected' : 'fulfilled']),
    );
  });
});

describe('the text of a document', () => {
  it('is told in the record soon after somebody wrote', async () => {
    const { id, text } = await importFile('a.md', 'one two');
    expect(text).toEqual({ words: 2, excerpt: 'one two' });
    const room = await enter(editor, id);
    addLine(room.doc, 'three');
    let found: DocumentRecord | undefined;
    await until(async () => {
      found = await recordOf(id);
      return found.text?.words === 3;
    }, 'the words are counted');
    expect(found?.text).toEqual({ words: 3, excerpt: 'one two three' });
  });

  it('is there once when a device wrote before the server had begun it', async () => {
    const input = { ...newDocument(), kind: 'note', title: 'On the train', language: 'en' } as const;
    await world.owner.command(specs['documents.create'], input);
    // The device began the text offline, with the same seed, and went on writing.
    const device = new Y.Doc();
    Y.applyUpdate(device, blankSeed(input.id).update);
    addLine(device, 'written offline');
    const room = await enter(world.owner, input.id);
    Y.applyUpdate(room.doc, Y.encodeStateAsUpdate(device));
    const other = await enter(editor, input.id);
    await until(() => readIn(other).text === 'written offline', 'the line arrives');
    expect(contentOf(other.doc).content).toHaveLength(2);
  });
});
