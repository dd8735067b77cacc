/** Commands about the log of texts: what lies in it, whether it is sound, and a way out of it. */
import { open, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { second } from '#domain/time.ts';
import type { Config } from '../config.ts';
import { refuseHalfRestored } from '../storage/backup.ts';
import { makeFolder } from '../storage/make-folder.ts';
import { StartError, postgresCannotOpen } from '../storage/start-error.ts';
import { createAnswers } from '../sync/log-answers.ts';
import { readHistory } from '../sync/log-history.ts';
import { openPostgresLog } from '../sync/log-postgres.ts';
import type { RowSource } from '../sync/log-rows.ts';
import { lookAtLogFile } from '../sync/log-sqlite-look.ts';
import type { LogLook } from '../sync/log-sqlite-look.ts';
import { openSqliteLog } from '../sync/log-sqlite.ts';
import type { RoomFigures } from '../sync/log.ts';
import { openPostgresRows } from '../sync/rows-postgres.ts';
import { verifyRoom } from '../sync/verify.ts';
import type { Verified } from '../sync/verify.ts';
import { UsageError } from './command.ts';
import type { AdminCommand, FolderCommand, FolderContext, Report } from './command.ts';

/** The log of a data folder, which must be there: none is begun for somebody who only looks. */
function fileOfLog({ dataDir }: Config): string {
  refuseHalfRestored(dataDir);
  const file = join(dataDir, 'log.db');
  if (!existsSync(file))
    throw new StartError(`There is no log.db in ${dataDir}. Name the data folder of a server with DATA_DIR.`);
  return file;
}

interface Reading extends LogLook {
  names: string[];
  /** Whatever hides rooms from the list, as sentences. */
  damage: string[];
}

const isOfSqlite = (error: unknown): error is Error =>
  (error as { code?: unknown }).code === 'ERR_SQLITE_ERROR';

/** The log as it is, without a change to it. */
async function reading<Output>(
  { config }: FolderContext,
  work: (log: Reading) => Promise<Output>,
): Promise<Output> {
  if (config.databaseUrl !== null) return readingPostgres(config.databaseUrl, work);
  const file = fileOfLog(config);
  const cannot = (error: unknown) =>
    new StartError(
      `${file} cannot be read: ${(error as Error).message}. If it is damaged, put a backup back with \`restore\`.`,
      error,
    );
  let look: LogLook;
  try {
    look = lookAtLogFile(file);
  } catch (error) {
    throw cannot(error);
  }
  try {
    const { names, broken } = await look.source.names();
    if (names.length === 0 && broken !== null) throw cannot(new Error(broken));
    const damage = broken === null ? [] : [`The list of rooms cannot be read to its end (${broken}).`];
    const output = await work({ ...look, names, damage });
    if (look.hasMoved())
      throw new StartError(`A server wrote to ${file} while it was looked at: run the command again.`);
    return output;
  } catch (error) {
    if (!isOfSqlite(error)) throw error;
    throw new StartError(
      `Part of ${file} cannot be read: ${error.message}. \`verify\` says which rooms it hits.`,
      error,
    );
  } finally {
    await look.source.close();
  }
}

async function readingPostgres<Output>(
  url: string,
  work: (log: Reading) => Promise<Output>,
): Promise<Output> {
  const source = openPostgresRows(url);
  try {
    const { names } = await source.names().catch((error: unknown) => {
      throw (error as { code?: unknown }).code === noSuchTable
        ? new StartError('The PostgreSQL database of DATABASE_URL holds no log: no server has used it yet.')
        : postgresCannotOpen(error);
    });
    return await work({ source, names, damage: [], complaints: () => [], hasMoved: () => false });
  } finally {
    await source.close();
  }
}

/** PostgreSQL's code for it. */
const noSuchTable = '42P01';

const orders = {
  room: (a: RoomFigures, b: RoomFigures) => (a.room < b.room ? -1 : 1),
  rows: (a: RoomFigures, b: RoomFigures) => b.head - a.head,
  bytes: (a: RoomFigures, b: RoomFigures) => onDisk(b) - onDisk(a),
  tail: (a: RoomFigures, b: RoomFigures) => b.tailBytes - a.tailBytes,
} as const;
const orderNames = Object.keys(orders) as (keyof typeof orders)[];

const onDisk = ({ tailBytes, snapshotBytes, segmentBytes }: RoomFigures): number =>
  tailBytes + snapshotBytes + segmentBytes;

/** One room by its name, which may be left out for all. */
function chosen(names: readonly string[], name: string | undefined): readonly string[] {
  if (name === undefined) return names;
  if (!names.includes(name)) throw new UsageError(`There is no room "${name}".`);
  return [name];
}

/** All rooms at once; where that fails, one by one, and of those that cannot be read the reason. */
async function figuresOf({
  source,
  names,
  damage,
}: Reading): Promise<{ list: RoomFigures[]; damage: string[] }> {
  const list: RoomFigures[] = [];
  const unread: string[] = [];
  if (damage.length === 0)
    try {
      return { list: await source.rooms(), damage };
    } catch (error) {
      if (!isOfSqlite(error)) throw error;
    }
  for (const name of names)
    try {
      list.push(...(await source.rooms(name)));
    } catch (error) {
      unread.push(`${name}: Its figures cannot be read (${(error as Error).message}).`);
    }
  return { list, damage: [...damage, ...unread] };
}

const rooms: FolderCommand = {
  words: 'rooms',
  usage: `[--sort ${orderNames.join('|')}]`,
  most: 0,
  summary: 'List the rooms of the log: rows, bytes on disk, tail, age of the snapshot, rows set aside.',
  details: [
    'Columns: room, rows, bytes, rows of the tail, seconds since the snapshot (-), set aside, epoch.',
    'Changes nothing; exit code 1 when part of the log cannot be read.',
  ],
  options: { sort: { type: 'string' } },
  runOnFolder: async (context) => {
    const order = z.enum(orderNames).safeParse(context.values['sort'] ?? 'room');
    if (!order.success) throw new UsageError(`--sort must be one of ${orderNames.join(', ')}.`);
    const { list, damage } = await reading(context, figuresOf);
    list.sort(orders[order.data]);
    const age = ({ snapshotAt }: RoomFigures) =>
      snapshotAt === null ? '-' : Math.round((Date.now() - snapshotAt) / second);
    return {
      results: list.map((one) =>
        [one.room, one.head, onDisk(one), one.tailRows, age(one), one.quarantined, one.epoch].join('\t'),
      ),
      remarks: [...damage, `${list.length} rooms, ${list.reduce((sum, one) => sum + onDisk(one), 0)} bytes.`],
      json: { rooms: list.map((one) => ({ ...one, bytesOnDisk: onDisk(one) })), damage },
      failed: damage.length > 0,
    };
  },
};

const verify: FolderCommand = {
  words: 'verify',
  usage: '[<room>]',
  most: 1,
  summary: 'Look through the log for damage, of one room or of all; exit code 1 when there is any.',
  details: [
    'Numbers without holes, checksums of rows, packed rows and snapshots, and whether the rows that are still',
    'kept say what the newest snapshot says; for all rooms, also what SQLite finds wrong with the file. Changes',
    'nothing, not even in a backup; the server may be running.',
  ],
  options: {},
  runOnFolder: async (context) => {
    const { file, found } = await reading(context, async (log) => {
      const { source, names, damage } = log;
      const isAll = context.positionals.length === 0;
      const file = isAll
        ? [...damage, ...log.complaints().map((words) => `log.db is damaged: ${words}.`)]
        : [];
      const found: Verified[] = [];
      for (const room of chosen(names, context.positionals[0])) found.push(await verifyRoom(source, room));
      return { file, found };
    });
    const damaged = found.filter(({ damage }) => damage.length > 0);
    const said = (kind: 'damage' | 'notes') =>
      found.flatMap((one) => one[kind].map((sentence) => `${one.room}: ${sentence}`));
    return {
      results: [...file, ...said('damage')],
      remarks: [
        ...said('notes'),
        `${found.length} rooms looked through, ${damaged.length} damaged; the rows of ${
          found.filter(({ isCompared }) => isCompared).length
        } compared with their snapshots.`,
      ],
      json: { file, rooms: found },
      failed: file.length + damaged.length > 0,
    };
  },
};

const exportRoom: FolderCommand = {
  words: 'export',
  usage: '<room> <folder>',
  most: 2,
  summary: "Write a room's rows and its state into a new folder, in a documented form.",
  details: [
    '`rows.jsonl`: one JSON object a line, oldest first: seq, at (milliseconds since 1970), user, status,',
    'crc32 of the bytes, and bytes in base64: a Yjs update, encoding V1. `state.bin`: updates to be applied one',
    'after the other, each with its length before it as four bytes, the highest first. `room.json`: the rest.',
    'Rows from before a snapshot are written as long as they are kept.',
  ],
  options: {},
  runOnFolder: async (context) => {
    const [name, target] = context.positionals;
    if (name === undefined || target === undefined) throw new UsageError('Give a room and a folder.');
    const folder = resolve(target);
    if (existsSync(folder)) throw new StartError(`${folder} is there already. Choose another name.`);
    const figures = await reading(context, async ({ source, names }) => {
      chosen(names, name);
      const [room] = await source.rooms(name);
      makeFolder(folder);
      try {
        const rowsWritten = await writeRows(source, name, join(folder, 'rows.jsonl'));
        const { updates, head, epoch } = await createAnswers(source).state({ room: name, stateVector: null });
        await writeFile(join(folder, 'state.bin'), Buffer.concat(updates.flatMap(withLength)));
        const found = { ...room, head, epoch, rowsWritten, stateUpdates: updates.length };
        await writeFile(join(folder, 'room.json'), `${JSON.stringify(found, null, 2)}\n`);
        return found;
      } catch (error) {
        await rm(folder, { recursive: true });
        throw error;
      }
    });
    return {
      results: [folder],
      remarks: [`${figures.rowsWritten} rows of ${figures.head}, and the state as of row ${figures.head}:`],
      json: { folder, ...figures },
    };
  },
};

async function writeRows(source: RowSource, room: string, path: string): Promise<number> {
  const file = await open(path, 'wx');
  let written = 0;
  try {
    for (let after = 0; ;) {
      const { rows, upTo } = await readHistory(source, { room, afterSeq: after });
      for (const { seq, at, user, status, bytes } of rows) {
        const row = {
          seq,
          at,
          user,
          status,
          crc32: crc32(bytes),
          bytes: Buffer.from(bytes).toString('base64'),
        };
        await file.write(`${JSON.stringify(row)}\n`);
        written += 1;
      }
      if (upTo === after) return written;
      after = upTo;
    }
  } finally {
    await file.close();
  }
}

function withLength(update: Uint8Array): Uint8Array[] {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(update.length);
  return [length, update];
}

/** Bytes of a row that are shown. */
const shownBytes = 64;

const quarantine: FolderCommand = {
  words: 'quarantine',
  usage: '',
  most: 0,
  summary: 'List rows that were set aside because no document takes them in; shows how each begins.',
  details: [
    'Columns: room, row, when, who, why, bytes, the first bytes in hexadecimal. Such rows are kept for you to',
    'look at and are in nobody’s document; `export` writes them too. There is no command to let one in again:',
    'a row that no document takes in would harm every reader. One that was `damaged` on disk comes back by',
    'itself from whoever still has its text.',
  ],
  options: {},
  runOnFolder: async (context) => {
    const rows = await reading(context, ({ source }) => source.quarantine());
    const head = (bytes: Uint8Array) => Buffer.from(bytes.subarray(0, shownBytes)).toString('hex');
    return {
      results: rows.map(({ room, seq, at, user, reason, bytes }) =>
        [room, seq, new Date(at).toISOString(), user, reason, bytes.length, head(bytes)].join('\t'),
      ),
      remarks: [`${rows.length} rows were set aside.`],
      json: rows.map(({ bytes, ...row }) => ({ ...row, bytes: bytes.length, head: head(bytes) })),
    };
  },
};

const compact: FolderCommand = {
  words: 'compact',
  usage: '[<room>] [--retain <days>]',
  most: 1,
  summary: 'Write snapshots now, of one room or of all; with --retain let go of what is older.',
  details: [
    'A running server does this by itself. --retain 0 lets go of all packed rows and replaced snapshots at once:',
    'nothing of the text is lost, but what an earlier version said can no longer be told.',
  ],
  options: { retain: { type: 'string' } },
  runOnFolder: async (context): Promise<Report> => {
    const { retain } = context.values;
    const days = z.string().regex(/^\d+$/).transform(Number).optional().safeParse(retain);
    if (!days.success) throw new UsageError('--retain must be a number of days, 0 or more.');
    const options = days.data === undefined ? {} : { retainMs: days.data * 24 * 60 * 60 * second };
    const { databaseUrl } = context.config;
    const names = await reading(context, ({ names }) =>
      Promise.resolve(chosen(names, context.positionals[0])),
    );
    const log = await (
      databaseUrl === null ? openSqliteLog(fileOfLog(context.config)) : openPostgresLog(databaseUrl)
    ).catch((error: unknown) => {
      throw new StartError(`The log cannot be opened for writing: ${(error as Error).message}.`, error);
    });
    const done: { room: string; outcome: string; upTo: number; quarantined: number[] }[] = [];
    const refused: { room: string; error: string }[] = [];
    try {
      for (const room of names)
        await log.upkeep.compact(room, options).then(
          (compaction) => done.push({ room, ...compaction }),
          (error: unknown) => refused.push({ room, error: (error as Error).message }),
        );
    } finally {
      await log.close();
    }
    return {
      results: done.map(({ room, outcome, upTo }) => [room, outcome, upTo].join('\t')),
      remarks: [
        ...done.flatMap(({ room, quarantined }) =>
          quarantined.length === 0 ? [] : [`${room}: ${quarantined.length} rows were set aside.`],
        ),
        ...refused.map(
          ({ room, error }) => `${room}: It could not be compacted and is as it was (${error}).`,
        ),
      ],
      json: { done, refused },
      failed: refused.length > 0,
    };
  },
};

export const roomCommands: readonly AdminCommand[] = [rooms, verify, exportRoom, quarantine, compact];
