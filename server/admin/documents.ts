/** Commands about documents: bring Markdown files in. */
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import type { ImportLoss } from '#domain/documents/document.ts';
import { markdownByteLimit } from '#domain/documents/import-limits.ts';
import { documentRoom } from '#domain/sync/wire.ts';
import { DomainError, errorCodeOf } from '#domain/errors.ts';
import type { ErrorDetails } from '#domain/errors.ts';
import type { CommandId, DocumentId, PersonId } from '#domain/ids.ts';
import { m } from '#i18n/compiled/messages.js';
import { lossName, refusalWords } from '#i18n/loss-words.ts';
import { UsageError } from './command.ts';
import type { AdminCommand, AdminContext, HouseCommand } from './command.ts';
import { firstOwner, memberBy } from './members.ts';
import { pathFault } from './outside-faults.ts';

interface Imported {
  file: string;
  room: string;
  title: string;
  losses: readonly ImportLoss[];
  /** Another document that the file may have become before; `same` is null where the text was not kept. */
  twin: { room: string; title: string; same: boolean | null } | null;
}

interface Skipped {
  file: string;
  /** The document that came from the same text before. */
  room: string;
  title: string;
}

interface Refused {
  file: string;
  error: { code: string; message: string; details: ErrorDetails };
}

const english = { locale: 'en' } as const;
const encodings = ['utf-8', 'windows-1252'] as const;

async function readBytes(file: string): Promise<Uint8Array> {
  const { size } = await stat(file);
  // Before reading: nobody waits for fifty megabytes to hear that two are allowed.
  if (size > markdownByteLimit) throw new DomainError('too_large', { limit: markdownByteLimit, bytes: size });
  return readFile(file);
}

function refusal(file: string, error: unknown): Refused {
  const code = errorCodeOf(error);
  const details = code ? (error as DomainError).details : {};
  const line = details['line'] === undefined ? '' : ` (line ${details['line']})`;
  if (code) return { file, error: { code, message: refusalWords(code, details, 'en') + line, details } };
  const why = pathFault(error);
  if (why === null) throw error;
  return { file, error: { code: 'cannot_read', message: `The file cannot be read: ${why}.`, details: {} } };
}

interface How {
  ownerId: PersonId | null;
  encoding: (typeof encodings)[number];
  asText: boolean;
  skipSame: boolean;
}

async function importOne(context: AdminContext, file: string, how: How): Promise<Imported | Skipped> {
  const { house, workspaceId } = context;
  const { isNew, room, title, losses, twin } = await house.services.importing.importBytes({
    workspaceId,
    documentId: house.newId() as DocumentId,
    commandId: house.newId() as CommandId,
    now: house.now(),
    fileName: basename(file),
    bytes: await readBytes(file),
    encoding: how.encoding,
    frontMatter: how.asText ? 'asText' : 'read',
    skipSame: how.skipSame,
    ownerId: how.ownerId,
  });
  if (!isNew) return { file, room, title };
  const { document, isSame = null } = twin ?? {};
  return {
    file,
    room,
    title,
    losses,
    twin: document ? { room: documentRoom(document.id), title: document.title, same: isSame } : null,
  };
}

function lossLine({ what, line, sample }: ImportLoss): string {
  if (what === 'more')
    return `  not kept as it was: ${m.documents_loss_more_count({ count: sample }, english)}`;
  const where = line > 0 ? `, line ${line}` : '';
  return `  not kept as it was: ${lossName(what, 'en')}${where}${sample ? `: ${sample}` : ''}`;
}

const warningOf = ({ twin }: Imported): string[] =>
  twin === null
    ? []
    : twin.same
      ? [`  warning: this file was imported before as "${twin.title}" (${twin.room}); it is here twice now`]
      : [`  warning: there is another document of this name, "${twin.title}" (${twin.room})`];

const importFiles: HouseCommand = {
  words: 'import',
  usage: '<file.md>… [--encoding <name>] [--front-matter-as-text] [--skip-same] [--owner <email>]',
  most: Infinity,
  summary: 'Bring Markdown files in; prints the room name of each new document, one a line.',
  details: [
    'Title, kind and language are taken from the front matter, else from the text.',
    'What a document cannot hold is listed with its line; a file that cannot be read leaves the others alone.',
    `--encoding is one of ${encodings.join(', ')} (default ${encodings[0]}).`,
    '--front-matter-as-text keeps front matter that cannot be read as a code block.',
    'A file that is here already is imported as a second document, with a warning; the exit code stays 0.',
    '--owner says whose documents they become (default: the first owner, if anybody has signed up).',
    '--skip-same leaves out files whose very text was imported before, and names the document of then.',
  ],
  options: {
    encoding: { type: 'string' },
    'front-matter-as-text': { type: 'boolean' },
    'skip-same': { type: 'boolean' },
    owner: { type: 'string' },
  },
  run: async (context) => {
    const { positionals, values } = context;
    if (positionals.length === 0) throw new UsageError('Give at least one Markdown file.');
    const encoding = z.enum(encodings).safeParse(values['encoding'] ?? encodings[0]);
    if (!encoding.success) throw new UsageError(`--encoding must be one of ${encodings.join(', ')}.`);
    const owner =
      typeof values['owner'] === 'string'
        ? await memberBy(context, values['owner'].trim().toLowerCase())
        : await firstOwner(context);
    const how = {
      ownerId: owner?.personId ?? null,
      encoding: encoding.data,
      asText: values['front-matter-as-text'] === true,
      skipSame: values['skip-same'] === true,
    };

    const imported: Imported[] = [];
    const skipped: Skipped[] = [];
    const refused: Refused[] = [];
    for (const file of positionals) {
      try {
        const done = await importOne(context, file, how);
        if ('losses' in done) imported.push(done);
        else skipped.push(done);
      } catch (error) {
        refused.push(refusal(file, error));
      }
    }
    return {
      results: imported.map(({ room }) => room),
      remarks: [
        ...(owner && imported.length > 0 ? [`They belong to ${owner.email}.`] : []),
        ...imported.flatMap((one) => [
          `${one.file}: "${one.title}"`,
          ...warningOf(one),
          ...one.losses.map(lossLine),
        ]),
        ...skipped.map(
          ({ file, title, room }) => `${file}: left out, imported before as "${title}" (${room})`,
        ),
        ...refused.map(({ file, error }) => `${file}: ${error.message}`),
      ],
      json: { owner: owner?.email ?? null, imported, skipped, refused },
      failed: refused.length > 0,
    };
  },
};

export const documentCommands: readonly AdminCommand[] = [importFiles];
