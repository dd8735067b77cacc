/** Bringing Markdown files in: read in a thread, then stored as one command with everything that was lost. */
import { decodeMarkdown } from '#domain/documents/markdown/source.ts';
import type { SourceEncoding } from '#domain/documents/markdown/source.ts';
import { documentCommands } from '#domain/documents/commands.ts';
import type { DocumentRecord, ImportLoss } from '#domain/documents/document.ts';
import { fileNameLengthLimit } from '#domain/documents/import-limits.ts';
import { hashOfText, twinOf } from '#domain/documents/source.ts';
import type { Twin } from '#domain/documents/source.ts';
import * as rules from '#domain/documents/rules.ts';
import { documentRoom } from '#domain/sync/wire.ts';
import type { CommandId, DocumentId, PersonId, WorkspaceId } from '#domain/ids.ts';
import type { CommandAnswer } from '#domain/records.ts';
import type { Instant } from '#domain/time.ts';
import type { Database } from '../storage/database.ts';
import type { Commands } from '../storage/receipts.ts';
import { mustTakeDocuments } from './folders.ts';
import { authorOf, documentPatch, insertNew, seedJob } from './service.ts';
import type { Received } from './service.ts';
import * as store from './store.ts';
import type { TextThreads } from './text-threads.ts';
import type { ImportedText } from './text-work.ts';

export interface ImportingParts {
  db: Database;
  commands: Commands;
  threads: Pick<TextThreads, 'importText'>;
}

export type Importing = ReturnType<typeof createImporting>;

export function createImporting({ db, commands, threads }: ImportingParts) {
  /** Before the transaction, which nobody else can write beside; a refusal is kept to be decided in it. */
  async function readFirst(command: Received<'documents.import'>): Promise<() => ImportedText> {
    const { id, fileName, text, encoding, frontMatter } = command.input;
    try {
      // Whoever may not create documents shall not make the server read files either.
      await mustTakeDocuments(db.read, command, command.input.folderId);
      const read = await threads.importText(id, { fileName, text, encoding, frontMatter });
      return () => read;
    } catch (error) {
      return () => {
        throw error;
      };
    }
  }

  async function importFor(
    command: Received<'documents.import'>,
    ownerId: PersonId | null,
  ): Promise<CommandAnswer> {
    const outcome = await readFirst(command);
    return commands.decide(command, async (tx) => {
      await mustTakeDocuments(tx, command, command.input.folderId);
      const { title, kind, language, losses, projection, seed, hash } = outcome();
      const { id, visibility, folderId, fileName } = command.input;
      const { workspaceId, now: at } = command;
      const born = rules.newDocument(
        {
          id,
          visibility,
          folderId,
          title,
          kind: command.input.kind ?? kind,
          language: command.input.language ?? language,
        },
        { workspaceId, by: ownerId, at },
      );
      const { words, excerpt } = projection;
      const source = { fileName, hash };
      const document = { ...born, importLosses: losses, source, text: { words, excerpt } };
      await insertNew(tx, document);
      await store.insertSeed(tx, document, seed);
      await store.saveText(tx, { documentId: id, workspaceId, head: 0, at }, projection);
      return { records: [documentPatch(document)], jobs: [seedJob(document)] };
    });
  }

  return {
    importFile: (command: Received<'documents.import'>): Promise<CommandAnswer> =>
      importFor(command, authorOf(command.actor)),

    /** The same for the operator's command line, which holds the data folder and so may do anything. */
    async importBytes(file: FileOfBytes): Promise<ImportedFile> {
      const { workspaceId, documentId, commandId, now, encoding = 'utf-8' } = file;
      const spec = documentCommands['documents.import'];
      const input = spec.input.parse({
        id: documentId,
        fileName: file.fileName.slice(-fileNameLengthLimit),
        text: decodeMarkdown(file.bytes, encoding),
        encoding,
        kind: null,
        language: null,
        visibility: 'workspace',
        folderId: null,
        frontMatter: file.frontMatter ?? 'read',
      });
      const source = { hash: hashOfText(input.text), fileName: input.fileName };
      if (file.skipSame) {
        const like = await store.documentsLike(db.read, workspaceId, { ...source, title: null });
        const twin = twinOf({ ...source, title: '' }, like);
        if (twin?.isSame) return { isNew: false, ...told(twin.document), losses: [], twin };
      }
      const request = {
        commandId,
        workspaceId,
        baseSeq: null,
        occurredAt: now,
        now,
        name: spec.name,
        aggregate: spec.aggregate(input),
        input,
        actor: { kind: 'system', workspaceId } as const,
      };
      const answer = await importFor(request, file.ownerId ?? null);
      const document = answer.records.find((record) => record.kind === 'document')?.value;
      if (!document) throw new Error('an import answered without its document');
      const like = await store.documentsLike(db.read, workspaceId, { ...source, title: document.title });
      const others = like.filter(({ id }) => id !== documentId);
      return {
        isNew: true,
        ...told(document),
        losses: document.importLosses,
        twin: twinOf({ ...source, title: document.title }, others),
      };
    },
  };
}

export interface FileOfBytes {
  workspaceId: WorkspaceId;
  documentId: DocumentId;
  commandId: CommandId;
  now: Instant;
  fileName: string;
  bytes: Uint8Array;
  encoding?: SourceEncoding;
  frontMatter?: 'read' | 'asText';
  /** Whose document it becomes; nobody's when not said. The record still names the operator. */
  ownerId?: PersonId | null;
  /** A file whose text was imported before is left out. */
  skipSame?: boolean;
}

export interface ImportedFile {
  /** False when it was left out: the rest is then about the document that is here already. */
  isNew: boolean;
  documentId: DocumentId;
  room: string;
  title: string;
  losses: readonly ImportLoss[];
  /** Another document that the file may already have become before. */
  twin: Twin | null;
}

const told = ({ id, title }: DocumentRecord) => ({ documentId: id, room: documentRoom(id), title });
