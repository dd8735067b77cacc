/** Folders: made, renamed, moved, taken away. What was granted on a folder follows it. */
import { can } from '#domain/access.ts';
import type { Action, Actor, Resource } from '#domain/access.ts';
import type { documentCommands } from '#domain/documents/commands.ts';
import type { DocumentRecord, FolderRecord } from '#domain/documents/document.ts';
import * as rules from '#domain/documents/rules.ts';
import type { FindFolder } from '#domain/documents/rules.ts';
import { DomainError } from '#domain/errors.ts';
import type { FolderId } from '#domain/ids.ts';
import type { CommandAnswer, CommandSpec, RecordPatch } from '#domain/records.ts';
import type { Instant } from '#domain/time.ts';
import type { ReadHandle, Tx } from '../storage/database.ts';
import type { Commands, ReceivedCommand } from '../storage/receipts.ts';
import * as store from './store.ts';

type Specs = typeof documentCommands;
type Received<Name extends keyof Specs> =
  Specs[Name] extends CommandSpec<string, infer Input> ? ReceivedCommand<Input> : never;

/** Handed over by open.ts: what follows for people when folders move or go. */
export interface FolderAccess {
  /** Inside the transaction: everybody who was granted one of these folders now sees other things. Who they are. */
  noteChange(tx: Tx, workspaceId: string, folderIds: readonly string[]): Promise<string[]>;
  /** Takes what was granted on a folder, and withdraws the open invitations to it. */
  end(tx: Tx, of: { workspaceId: string; folderId: string; at: Instant }): Promise<RecordPatch[]>;
  /** After the commit: their open sockets are asked for their rights again. */
  ring(...personIds: readonly string[]): Promise<void>;
}

export const findIn =
  (folders: ReadonlyMap<string, FolderRecord>): FindFolder =>
  (id) =>
    folders.get(id);

export function mustBeAllowed(actor: Actor, action: Action, resource: Resource): void {
  if (!can(actor, action, resource)) throw new DomainError('not_allowed');
}

/** Asks whether new things may stand in a place: a folder that is there, or the workspace itself. */
export async function mustTakeDocuments(
  tx: ReadHandle,
  command: Pick<ReceivedCommand<unknown>, 'actor' | 'workspaceId'>,
  folderId: FolderId | null,
): Promise<void> {
  const folders = await store.loadFolders(tx, command.workspaceId);
  const resource = rules.placeResource(command.workspaceId, folderId, findIn(folders));
  mustBeAllowed(command.actor, 'document.create', resource);
  if (folderId !== null && !folders.has(folderId)) throw new DomainError('not_found', { field: 'folderId' });
}

const folderPatch = (value: FolderRecord): RecordPatch => ({ kind: 'folder', id: value.id, value });
const documentPatch = (value: DocumentRecord): RecordPatch => ({ kind: 'document', id: value.id, value });

export function createFolders({ commands, access }: { commands: Commands; access: FolderAccess }) {
  /** Hidden folders do not exist for those who may not read them. */
  async function folderFor(tx: ReadHandle, command: ReceivedCommand<{ id: FolderId }>) {
    const { actor, workspaceId, input } = command;
    const folders = await store.loadFolders(tx, workspaceId);
    const find = findIn(folders);
    const folder = folders.get(input.id);
    if (!folder || !can(actor, 'folder.read', rules.placeResource(workspaceId, folder.id, find)))
      throw new DomainError('not_found');
    return { folder, folders, find };
  }

  function mustManage(
    command: ReceivedCommand<unknown>,
    places: (FolderId | null)[],
    find: FindFolder,
  ): void {
    for (const place of places)
      mustBeAllowed(command.actor, 'folder.manage', rules.placeResource(command.workspaceId, place, find));
  }

  /** Decides, and tells afterwards those whom the decision concerned. */
  async function tellingPeople<Input>(
    command: ReceivedCommand<Input>,
    decide: (tx: Tx, concerned: Set<string>) => Promise<RecordPatch[]>,
  ): Promise<CommandAnswer> {
    const concerned = new Set<string>();
    const answer = await commands.decide(command, async (tx) => ({ records: await decide(tx, concerned) }));
    await access.ring(...concerned);
    return answer;
  }

  const createFolder = (command: Received<'folders.create'>) =>
    commands.decide(command, async (tx) => {
      const { id, parentId } = command.input;
      const folders = await store.loadFolders(tx, command.workspaceId);
      const find = findIn(folders);
      mustManage(command, [parentId], find);
      if (parentId !== null && !folders.has(parentId))
        throw new DomainError('not_found', { field: 'parentId' });
      if (await store.folderExists(tx, id)) throw new DomainError('bad_input', { field: 'id' });
      const folder = rules.newFolder(command.input, command.workspaceId, find);
      await store.insertFolder(tx, folder, command.now);
      return { records: [folderPatch(folder)] };
    });

  const renameFolder = (command: Received<'folders.rename'>) =>
    commands.decide(command, async (tx) => {
      const { folder, find } = await folderFor(tx, command);
      mustManage(command, [folder.id], find);
      const renamed = { ...folder, name: rules.cleanFolderName(command.input.name) };
      await store.updateFolder(tx, renamed);
      return { records: [folderPatch(renamed)] };
    });

  /** With everything in it. A folder is part of the place it stands in: whoever moves it manages both places. */
  const moveFolder = (command: Received<'folders.move'>) =>
    tellingPeople(command, async (tx, concerned) => {
      const { workspaceId, input } = command;
      const { folder, folders, find } = await folderFor(tx, command);
      mustManage(command, [folder.id, folder.parentId, input.parentId], find);
      if (input.parentId !== null && !folders.has(input.parentId))
        throw new DomainError('not_found', { field: 'parentId' });
      const levelsBelow = rules.levelsBelow(folder.id, folders.values());
      const moved = rules.movedFolder(folder, input.parentId, { find, levelsBelow });
      if (moved.parentId === folder.parentId) return [folderPatch(folder)];
      await store.updateFolder(tx, moved);
      const above = [folder.parentId, moved.parentId].flatMap((id) => rules.folderPath(id, find));
      for (const personId of await access.noteChange(tx, workspaceId, above)) concerned.add(personId);
      return [folderPatch(moved)];
    });

  const removeFolder = (command: Received<'folders.remove'>) =>
    tellingPeople(command, async (tx, concerned) => {
      const { workspaceId, now: at } = command;
      const { folder, folders, find } = await folderFor(tx, command);
      mustManage(command, [folder.id, folder.parentId], find);
      const within = await store.documentsInFolder(tx, workspaceId, folder.id);
      const archived = within.filter(({ archivedAt }) => archivedAt !== null);
      rules.requireEmpty({
        documents: within.length - archived.length,
        folders: [...folders.values()].filter(({ parentId }) => parentId === folder.id).length,
      });
      const left = archived.map((document) => ({ ...document, folderId: folder.parentId }));
      for (const document of left) await store.updateDocument(tx, document);
      for (const personId of await access.noteChange(tx, workspaceId, [folder.id])) concerned.add(personId);
      const ended = await access.end(tx, { workspaceId, folderId: folder.id, at });
      await store.deleteFolder(tx, folder.id);
      return [{ kind: 'folder', id: folder.id, value: null }, ...left.map(documentPatch), ...ended];
    });

  return { createFolder, renameFolder, moveFolder, removeFolder };
}
