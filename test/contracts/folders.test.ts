/** Folders that move and go, with what people were granted on them, on both databases. */
import { beforeEach, expect, it } from 'vitest';
import { documentCommands as specs } from '#domain/documents/commands.ts';
import { folderDepthLimit } from '#domain/documents/document.ts';
import { errorCodeOf } from '#domain/errors.ts';
import type { DocumentId, FolderId, PersonId } from '#domain/ids.ts';
import type { CommandId } from '#domain/ids.ts';
import type { CommandSpec, FeedCursor } from '#domain/records.ts';
import { loadDocumentRecords, loadFolderRecords } from '#server/documents/records.ts';
import { resourceOf } from '#server/documents/scopes.ts';
import { createDocuments } from '#server/documents/service.ts';
import type { Documents } from '#server/documents/service.ts';
import type { RecordLoaders } from '#server/storage/changes.ts';
import type { ReceivedCommand } from '#server/storage/receipts.ts';
import { createFolderAccess } from '#server/workspaces/folder-access.ts';
import { createPeopleLoaders } from '#server/workspaces/records.ts';
import * as people from '#server/workspaces/store.ts';
import { openPeopleHouse, visitor, password } from '../people-house.ts';
import type { PeopleHouse } from '../people-house.ts';
import { describeOnEachDatabase } from './each-database.ts';

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => errorCodeOf(error) ?? String(error),
  );

describeOnEachDatabase('Folders', (open) => {
  let house: PeopleHouse;
  let documents: Documents;
  let loaders: RecordLoaders;
  let rung: string[];
  beforeEach(async () => {
    house = await openPeopleHouse(await open());
    const { db, commands, changes, bell, now } = house;
    documents = createDocuments({ db, commands, access: createFolderAccess({ changes, bell }) });
    loaders = {
      ...createPeopleLoaders({ scopes: { resourceOf }, now }),
      document: loadDocumentRecords,
      folder: loadFolderRecords,
    } as RecordLoaders;
    rung = [];
    bell.listen((personId) => void rung.push(personId));
  });

  const send = async <Input>(
    work: (command: ReceivedCommand<Input>) => Promise<unknown>,
    spec: CommandSpec<string, Input>,
    input: Input,
    by: PersonId = house.ownerId,
  ) =>
    work({
      commandId: house.newId<CommandId>(),
      workspaceId: house.workspaceId,
      baseSeq: null,
      occurredAt: house.now(),
      name: spec.name,
      aggregate: spec.aggregate(input),
      input,
      actor: await house.actorOf(by),
      now: house.now(),
    });

  async function folder(name: string, parentId: FolderId | null = null): Promise<FolderId> {
    const id = house.newId<FolderId>();
    await send(documents.createFolder, specs['folders.create'], { id, parentId, name });
    return id;
  }
  async function document(folderId: FolderId | null, visibility: 'workspace' | 'private' = 'workspace') {
    const id = house.newId<DocumentId>();
    const facts = { kind: 'note', title: 'Fees', language: 'en' } as const;
    await send(documents.create, specs['documents.create'], { id, ...facts, visibility, folderId });
    return id;
  }
  const move = (id: FolderId, parentId: FolderId | null, by?: PersonId) =>
    codeOf(send(documents.moveFolder, specs['folders.move'], { id, parentId }, by));
  const remove = (id: FolderId, by?: PersonId) =>
    send(documents.removeFolder, specs['folders.remove'], { id }, by);

  /** Somebody who holds an editor's grant on one folder and nothing else. */
  async function guestOf(folderId: FolderId): Promise<PersonId> {
    const personId = await house.add('viewer');
    await house.db.write(async (tx) => {
      await tx.deleteFrom('grants').where('person_id', '=', personId).execute();
      await people.putGrant(tx, house.workspaceId, {
        id: house.newId(),
        personId,
        scope: { kind: 'folder', id: folderId },
        role: 'editor',
        endsAt: null,
        grantedBy: null,
        grantedAt: house.now(),
      });
    });
    rung = [];
    return personId;
  }
  const feed = async (personId: PersonId, cursor: FeedCursor | null = null) =>
    house.changes.since(await house.actorOf(personId), cursor, loaders);
  const seen = async (personId: PersonId) =>
    (await feed(personId)).records.filter(({ kind }) => kind === 'document').map(({ id }) => id);
  const parents = async () =>
    Object.fromEntries(
      (await house.db.read.selectFrom('folders').select(['id', 'parent_id']).execute()).map((row) => [
        row.id,
        row.parent_id,
      ]),
    );

  it('move with what is in them, but never into themselves, nor too deep', async () => {
    const outer = await folder('Outer');
    const inner = await folder('Inner', outer);
    const other = await folder('Other');
    expect(await move(outer, outer)).toBe('folder_in_itself');
    expect(await move(outer, inner)).toBe('folder_in_itself');
    expect(await move(outer, house.newId<FolderId>())).toBe('not_found');
    expect(await move(outer, other)).toBe('done');
    expect(await parents()).toEqual({ [outer]: other, [inner]: outer, [other]: null });
    expect(await move(other, inner)).toBe('folder_in_itself');

    let deepest = other;
    for (let depth = 2; depth < folderDepthLimit; depth += 1) deepest = await folder('Deep', deepest);
    expect(await move(inner, deepest)).toBe('done');
    // With Inner below it, it would stand one level too deep.
    expect(await move(inner, outer)).toBe('done');
    expect(await move(outer, deepest)).toBe('bad_input');
    expect(await move(outer, null)).toBe('done');
  });

  it('take away and give, when they move, what a grant on a folder above them covers', async () => {
    const shared = await folder('Shared');
    const moving = await folder('Moving');
    const id = await document(moving);
    const guest = await guestOf(shared);
    expect(await seen(guest)).toEqual([]);
    const { cursor } = await feed(guest);

    expect(await move(moving, shared)).toBe('done');
    expect(rung).toEqual([guest]);
    expect(await seen(guest)).toEqual([id]);
    // Their device is told to read anew: the documents themselves have not changed.
    expect((await feed(guest, cursor)).restart).toBe(true);
    // It stands in a place the guest manages, but the place it would go to is not theirs.
    expect(await move(moving, null, guest)).toBe('not_allowed');

    expect(await move(moving, null)).toBe('done');
    expect(await seen(guest)).toEqual([]);
    expect(rung).toEqual([guest, guest]);
  });

  it('go when nothing stands in them; the refusal says what still does', async () => {
    const above = await folder('Above');
    const going = await folder('Going', above);
    const below = await folder('Below', going);
    const inUse = await document(going);
    await expect(remove(going)).rejects.toMatchObject({
      code: 'folder_not_empty',
      details: { documents: 1, folders: 1 },
    });
    await remove(below);
    await send(documents.archive, specs['documents.archive'], { id: inUse });
    await remove(going);
    expect(Object.keys(await parents())).toEqual([above]);
    // What was put away goes up with its place, and is found there when it is restored.
    const record = (await feed(house.ownerId)).records.find(({ id }) => id === inUse)?.value;
    expect(record).toMatchObject({ folderId: above, archivedAt: expect.any(String) as string });
    expect(await codeOf(remove(going))).toBe('not_found');
  });

  it('are held by a draft that whoever takes them away cannot see', async () => {
    const going = await folder('Going');
    await document(going, 'private');
    const editor = await house.add('editor');
    expect(await seen(editor)).toEqual([]);
    expect(await codeOf(remove(going, editor))).toBe('folder_not_empty');
  });

  it('take along what was granted on them and the open invitations to them', async () => {
    const going = await folder('Going');
    const guest = await guestOf(going);
    // Without the people's own word for documents: an invitation made as it lies in the table.
    const { token } = await house.invite(house.ownerId);
    await house.db.write((tx) =>
      tx
        .updateTable('links')
        .set({ scope_kind: 'folder', scope_id: going })
        .where('kind', '=', 'invite')
        .execute(),
    );
    // A guest of the folder alone does not manage the place it stands in.
    expect(await codeOf(remove(going, guest))).toBe('not_allowed');
    await remove(going);
    expect(rung).toEqual([guest]);
    expect(await people.listGrants(house.db.read, house.workspaceId, { personIds: [guest] })).toEqual([]);
    const late = { token, name: 'Rita', email: 'rita@example.org', password };
    expect(await codeOf(house.links.redeem(late, null, visitor))).toBe('link_expired');
    const { acts } = await house.history.page(await house.actorOf(house.ownerId), null);
    expect(acts[0]).toMatchObject({ name: 'folders.remove', by: house.ownerId });
  });
});
