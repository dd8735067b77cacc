/** What happens to documents and folders: each command in one transaction, by the rules the device guessed with. */
import { can } from '#domain/access.ts';
import type { Action, Actor, PersonActor } from '#domain/access.ts';
import type { documentCommands } from '#domain/documents/commands.ts';
import type { DocumentRecord } from '#domain/documents/document.ts';
import type { OutlineEntry } from '#domain/documents/project.ts';
import * as rules from '#domain/documents/rules.ts';
import type { FindFolder } from '#domain/documents/rules.ts';
import { DomainError } from '#domain/errors.ts';
import type { DocumentId, PersonId } from '#domain/ids.ts';
import type { AnswerNote, CommandAnswer, CommandSpec, RecordPatch } from '#domain/records.ts';
import type { NewJob } from '../jobs/queue.ts';
import type { Database, ReadHandle, Tx } from '../storage/database.ts';
import { actorIdOf } from '../storage/receipts.ts';
import type { Commands, ReceivedCommand } from '../storage/receipts.ts';
import { createFolders, findIn, mustBeAllowed, mustTakeDocuments } from './folders.ts';
import type { FolderAccess } from './folders.ts';
import * as store from './store.ts';

type Specs = typeof documentCommands;
export type Received<Name extends keyof Specs> =
  Specs[Name] extends CommandSpec<string, infer Input> ? ReceivedCommand<Input> : never;

export const authorOf = (actor: Actor): PersonId | null => (actor.kind === 'person' ? actor.personId : null);

/** Hidden things do not exist for those who may not read them; throws `not_found` or `not_allowed`. */
export async function documentFor(
  tx: ReadHandle,
  asked: { actor: Actor; workspaceId: string; id: DocumentId; action: Action },
): Promise<{ document: DocumentRecord; find: FindFolder }> {
  const document = await store.loadDocument(tx, asked.workspaceId, asked.id);
  if (!document) throw new DomainError('not_found');
  const find = findIn(await store.loadFolders(tx, asked.workspaceId));
  const resource = rules.documentResource(document, find);
  if (!can(asked.actor, 'document.read', resource)) throw new DomainError('not_found');
  mustBeAllowed(asked.actor, asked.action, resource);
  return { document, find };
}

export const documentPatch = (value: DocumentRecord): RecordPatch => ({
  kind: 'document',
  id: value.id,
  value,
});

/** Writes the first content to the log, so that a text exists before anyone opens it. */
export const seedJob = (document: DocumentRecord): NewJob => ({
  workspaceId: document.workspaceId,
  kind: 'documents.seed',
  key: document.id,
  payload: { documentId: document.id },
});

export async function insertNew(tx: Tx, document: DocumentRecord): Promise<void> {
  if (await store.documentExists(tx, document.id)) throw new DomainError('bad_input', { field: 'id' });
  await store.insertDocument(tx, document);
}

export type Documents = ReturnType<typeof createDocuments>;

export interface DocumentsParts {
  db: Database;
  commands: Commands;
  access: FolderAccess;
}

export function createDocuments({ db, commands, access }: DocumentsParts) {
  const accessListeners: ((documentId: DocumentId) => Promise<void>)[] = [];

  /**
   * A field is a register: the newest by the server's order stands. When the sender had not seen another
   * person's newer value, the answer says so. `by` is that person's
   * name, empty when it was no person.
   */
  async function changedByBoth(
    tx: Tx,
    command: ReceivedCommand<unknown>,
    change: { id: DocumentId; field: 'title' | 'kind' | 'language'; before: string; now: string },
  ): Promise<AnswerNote[]> {
    if (command.baseSeq === null || change.before === change.now) return [];
    const later = await store.laterChange(tx, {
      workspaceId: command.workspaceId,
      aggregate: command.aggregate,
      name: command.name,
      sinceSeq: command.baseSeq,
      notBy: actorIdOf(command.actor),
    });
    return later ? [{ code: 'changed_by_both', kind: 'document', ...change, by: later.person ?? '' }] : [];
  }

  /** One document, changed by one rule. Returning the same object means that nothing had to change. */
  const changeDocument = <Input extends { id: DocumentId }>(
    command: ReceivedCommand<Input>,
    action: Action,
    rule: (document: DocumentRecord) => DocumentRecord,
    register?: 'title' | 'kind' | 'language',
  ): Promise<CommandAnswer> =>
    commands.decide(command, async (tx) => {
      const { id } = command.input;
      const { actor, workspaceId } = command;
      const { document } = await documentFor(tx, { actor, workspaceId, id, action });
      const changed = rule(document);
      if (changed !== document) await store.updateDocument(tx, changed);
      const notes = register
        ? await changedByBoth(tx, command, {
            id,
            field: register,
            before: document[register],
            now: changed[register],
          })
        : [];
      return { records: [documentPatch(changed)], notes };
    });

  /** Who may read and write has changed with this: open sockets have asked for their rights again when it is answered. */
  async function tellingOthers(
    command: ReceivedCommand<{ id: DocumentId }>,
    deciding: Promise<CommandAnswer>,
  ): Promise<CommandAnswer> {
    const answer = await deciding;
    await Promise.all(accessListeners.map((listener) => listener(command.input.id)));
    return answer;
  }

  const create = (command: Received<'documents.create'>) =>
    commands.decide(command, async (tx) => {
      await mustTakeDocuments(tx, command, command.input.folderId);
      const document = rules.newDocument(command.input, {
        workspaceId: command.workspaceId,
        by: authorOf(command.actor),
        at: command.now,
      });
      await insertNew(tx, document);
      return { records: [documentPatch(document)], jobs: [seedJob(document)] };
    });

  const rename = (command: Received<'documents.rename'>) =>
    changeDocument(
      command,
      'document.edit',
      (document) => rules.renamed(document, command.input.title, command.now),
      'title',
    );

  const setKind = (command: Received<'documents.setKind'>) =>
    changeDocument(
      command,
      'document.edit',
      (document) => rules.withKind(document, command.input.kind, command.now),
      'kind',
    );

  const setLanguage = (command: Received<'documents.setLanguage'>) =>
    changeDocument(
      command,
      'document.edit',
      (document) => rules.withLanguage(document, command.input.language, command.now),
      'language',
    );

  const move = (command: Received<'documents.move'>) =>
    tellingOthers(
      command,
      commands.decide(command, async (tx) => {
        const { actor, workspaceId } = command;
        const { id, folderId } = command.input;
        const { document } = await documentFor(tx, { actor, workspaceId, id, action: 'document.edit' });
        await mustTakeDocuments(tx, command, folderId);
        const moved = rules.moved(document, folderId, command.now);
        await store.updateDocument(tx, moved);
        return { records: [documentPatch(moved)] };
      }),
    );

  const share = (command: Received<'documents.share'>) =>
    tellingOthers(
      command,
      changeDocument(command, 'document.share', (document) =>
        rules.shared(document, command.input.visibility, { by: authorOf(command.actor), at: command.now }),
      ),
    );

  const archive = (command: Received<'documents.archive'>) =>
    tellingOthers(
      command,
      changeDocument(command, 'document.archive', (document) => rules.archived(document, command.now)),
    );

  const restore = (command: Received<'documents.restore'>) =>
    tellingOthers(
      command,
      changeDocument(command, 'document.archive', (document) => rules.restored(document, command.now)),
    );

  /** The headings of a text as last read; empty until it has been read once. */
  const outline = (actor: PersonActor, id: DocumentId): Promise<{ outline: OutlineEntry[] }> =>
    db.snapshot(async (tx) => {
      await documentFor(tx, { actor, workspaceId: actor.workspaceId, id, action: 'document.read' });
      return { outline: (await store.loadOutline(tx, id))?.outline ?? [] };
    });

  return {
    outline,
    /** Calls back after a change of who may read or write a document. */
    onAccessChanged: (listener: (documentId: DocumentId) => Promise<void>): void => {
      accessListeners.push(listener);
    },
    create,
    rename,
    setKind,
    setLanguage,
    move,
    share,
    archive,
    restore,
    ...createFolders({ commands, access }),
  };
}
