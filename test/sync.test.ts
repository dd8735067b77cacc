/** Sockets on the whole server: real sessions, tokens, rights and documents. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { documentCommands } from '#domain/documents/commands.ts';
import type { DocumentId } from '#domain/ids.ts';
import { workspaceCommands } from '#domain/workspaces/commands.ts';
import { runAdmin } from '#server/admin/run.ts';
import { rawClient, stockClient, until } from './fuzz/sync-harness.ts';
import type { Raw } from './fuzz/sync-harness.ts';
import { startWorld } from './harness.ts';
import type { Person, Room, World } from './harness.ts';

let world: World;
let editor: Person;
const open: { close(): void }[] = [];

beforeAll(async () => {
  world = await startWorld();
  editor = await world.invite('editor', 'Edu');
});
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});
afterAll(() => world.stop());

async function createDocument(visibility: 'workspace' | 'private' = 'workspace'): Promise<DocumentId> {
  const id = world.newId() as DocumentId;
  await world.owner.command(documentCommands['documents.create'], {
    id,
    kind: 'policy',
    title: 'Refunds',
    language: 'en',
    visibility,
    folderId: null,
  });
  return id;
}
const enter = async (person: Person, id: DocumentId): Promise<Room> => {
  const room = await person.openRoom(id);
  open.push(room);
  return room;
};
const notes = (room: Room) => room.doc.getText('notes');
const raw = async (path: string, person: Person): Promise<Raw> => {
  const client = await rawClient(world.server.port, path, person.headers);
  open.push({ close: () => client.socket.terminate() });
  return client;
};
const codeOf = async (client: Raw): Promise<number | null> => {
  await until(() => client.closed() !== null, 'the server closes the socket');
  return client.closed();
};

describe('A document on the whole server', () => {
  it('is written together with a session and with a personal access token, and outlives a restart', async () => {
    const id = await createDocument();
    const { token } = await world.server.services.tokens.create(editor, { name: 'script', expiresAt: null });
    const owner = await enter(world.owner, id);
    const script = stockClient(world.server.port, id, { token });
    open.push({ close: script.leave });
    notes(owner).insert(0, 'from the owner');
    await until(() => script.doc.getText('notes').length === 14, 'the script sees it');
    script.doc.getText('notes').insert(14, ', from a script');
    await until(() => notes(owner).length === 29, 'the owner sees it');
    await world.restart();
    const later = await enter(editor, id);
    expect(notes(later).toJSON()).toBe('from the owner, from a script');
    await until(() => owner.provider.synced, 'the owner is back');
  });

  it('is closed to strangers, to those without the right, and where there is none', async () => {
    const hidden = await createDocument('private');
    await expect(enter(editor, hidden)).rejects.toThrow('4403');
    await expect(enter(editor, world.newId() as DocumentId)).rejects.toThrow('4404');
    await expect(enter(editor, 'nonsense' as DocumentId)).rejects.toThrow('4400');
    const stranger = await rawClient(world.server.port, `/sync/document/${hidden}?token=stoa_nothing`);
    expect(await codeOf(stranger)).toBe(4401);
  });

  it('lets a viewer read only, an editor write until demoted, and nobody stay who was deactivated', async () => {
    const id = await createDocument();
    const person = await world.invite('editor', 'Paula');
    const { personId } = person;
    const [owner, paula] = [await enter(world.owner, id), await enter(person, id)];
    notes(paula).insert(0, 'written');
    await until(() => notes(owner).toJSON() === 'written', 'she may write');
    await world.owner.command(workspaceCommands['people.changeRole'], {
      personId,
      role: 'viewer',
      endsAt: null,
    });
    // The command is answered when her socket has the new right; what she writes from then on stays hers alone.
    const denied: string[] = [];
    paula.provider.messageHandlers[2] = () => denied.push('denied');
    notes(paula).insert(0, 'never ');
    await until(() => denied.length > 0, 'she is told that she may no longer write');
    expect(notes(owner).toJSON()).toBe('written');
    expect(paula.provider.wsconnected).toBe(true);
    await world.owner.command(workspaceCommands['people.deactivate'], { personId });
    await until(() => !paula.provider.shouldConnect, 'her socket is closed for good');
  });
});

describe('A document that is taken back', () => {
  it('put away can be read and not written, by whoever was in it already too, and comes back whole', async () => {
    const id = await createDocument();
    const writer = await enter(editor, id);
    notes(writer).insert(0, 'before');
    const owner = await enter(world.owner, id);
    await until(() => notes(owner).length === 6, 'the owner sees it');
    await world.owner.command(documentCommands['documents.archive'], { id });
    const denied: string[] = [];
    writer.provider.messageHandlers[2] = () => denied.push('denied');
    notes(writer).insert(6, '!');
    await until(() => denied.length > 0, 'the writer is refused');
    const reader = await enter(editor, id);
    expect(notes(reader).toJSON()).toBe('before');
    const length = notes(reader).length;
    notes(reader).insert(0, 'late ');
    await world.owner.command(documentCommands['documents.restore'], { id });
    expect(notes(owner).length).toBe(length);
    reader.provider.disconnect();
    reader.provider.connect();
    await until(() => notes(owner).toJSON().startsWith('late before'), 'what waited is taken');
  });

  it('closes to everybody who was in it, at once', async () => {
    const id = await createDocument();
    const [owner, edu] = [await enter(world.owner, id), await enter(editor, id)];
    await world.owner.command(documentCommands['documents.share'], {
      id,
      visibility: 'private' as const,
    });
    await until(() => !edu.provider.shouldConnect, 'his socket is closed for good');
    expect(owner.provider.wsconnected).toBe(true);
  });
});

describe('The command line beside the server', () => {
  it('changes the rights of who is connected, within a second', async () => {
    const id = await createDocument();
    const person = await world.invite('editor', 'Clara');
    const clara = await raw(`/sync/document/${id}`, person);
    const before = await raw(`/sync/document/${id}`, world.owner);
    await until(() => clara.frames.length > 0 && before.frames.length > 0, 'both are in');
    const told = until(() => rightOf(person.personId) === false, 'she may only read', 5_000);
    await admin('person', 'add', person.email, '--role', 'viewer');
    const doneMs = performance.now();
    await told;
    expect(performance.now() - doneMs).toBeLessThan(1_000);
    expect(clara.closed()).toBeNull();
  });

  it('ends a token, and lets nobody stay whom it deactivates, within a second', async () => {
    const id = await createDocument();
    const person = await world.invite('editor', 'Dora');
    const made = await world.server.services.tokens.create(person, { name: 'script', expiresAt: null });
    const script = await rawClient(world.server.port, `/sync/document/${id}?token=${made.token}`);
    const dora = await raw(`/sync/document/${id}`, person);
    await until(() => script.frames.length > 0 && dora.frames.length > 0, 'both are in');
    const listed = await admin('token', 'list');
    expect(listed.join('\n')).toContain(`${made.id}\t${person.email}\tscript\t`);
    expect(listed.join('\n')).not.toContain(made.token);
    for (const [args, client, code] of [
      [['token', 'remove', made.id], script, 4401],
      [['person', 'deactivate', person.email], dora, 4401],
    ] as const) {
      await admin(...args);
      const doneMs = performance.now();
      expect(await codeOf(client)).toBe(code);
      expect(performance.now() - doneMs).toBeLessThan(1_000);
    }
    await admin('person', 'reactivate', person.email);
    await world.signIn(person);
    const again = await raw(`/sync/document/${id}`, person);
    await until(() => again.frames.length > 0, 'she is in again');
  });

  const admin = async (...argv: string[]): Promise<string[]> => {
    const out: string[] = [];
    const print = { out: (line: string) => out.push(line), note: (line: string) => out.push(line) };
    expect([await runAdmin(argv, { DATA_DIR: world.dataDir }, print), out]).toEqual([0, out]);
    return out;
  };

  const rightOf = (personId: string): boolean | undefined => {
    for (const room of world.server.sync.rooms.live())
      for (const member of room.members) if (member.personId === personId) return member.canWrite;
    return undefined;
  };
});

describe('The change feed on the whole server', () => {
  it('announces a command to everyone in the workspace', async () => {
    const client = await raw(`/sync/changes/${world.workspaceId}`, editor);
    await until(() => client.texts.length > 0, 'the first frame');
    const seqOf = (text: string | undefined) => (JSON.parse(text ?? '{}') as { seq: number }).seq;
    const before = seqOf(client.texts[0]);
    await createDocument();
    await until(() => seqOf(client.texts.at(-1)) > before, 'the command is announced');
  });
});
