/** Commands about the log of texts: what lies in it, whether it is sound, and a way out of it. */
import { mkdir, open, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { second } from '#domain/time.ts';
import { prepareDataFolder } from '../storage/open.ts';
import { StartError } from '../storage/start-error.ts';
import { openPostgresLog } from '../sync/log-postgres.ts';
import { openSqliteLog } from '../sync/log-sqlite.ts';
import type { Log, RoomFigures } from '../sync/log.ts';
import { openRows } from '../sync/open-rows.ts';
import type { RowsAt } from '../sync/open-rows.ts';
import { verifyRoom } from '../sync/verify.ts';
import type { Verified } from '../sync/verify.ts';
import { UsageError } from './command.ts';
import type { AdminCommand, FolderCommand, FolderContext, Report } from './command.ts';

async function withLog<Output>(
  { config }: FolderContext,
  work: (log: Log, at: RowsAt) => Promise<Output>,
): Promise<Output> {
  const file = join(prepareDataFolder(config.dataDir), 'log.db');
  const at: RowsAt =
    config.databaseUrl === null ? { kind: 'sqlite', file } : { kind: 'postgres', url: config.databaseUrl };
  const log = await (at.kind === 'sqlite' ? openSqliteLog(at.file) : openPostgresLog(at.url));
  try {
    return await work(log, at);
  } finally {
    await log.close();
  }
}

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
async function chosen(log: Log, { positionals }: FolderContext): Promise<RoomFigures[]> {
  const rooms = await log.upkeep.rooms();
  const [name] = positionals;
  if (positionals.length > 1) throw new UsageError('Give one room, or none for all.');
  if (name === undefined) return rooms;
  const found = rooms.filter(({ room }) => room === name);
  if (found.length === 0) throw new UsageError(`There is no room "${name}".`);
  return found;
}

const rooms: FolderCommand = {
  words: 'rooms',
  usage: `[--sort ${orderNames.join('|')}]`,
  summary: 'List the rooms of the log: rows, bytes on disk, tail, age of the snapshot, rows set aside.',
  details: [
    'Columns: room, rows, bytes, rows of the tail, seconds since the snapshot (-), set aside, epoch.',
  ],
  options: { sort: { type: 'string' } },
  runOnFolder: async (context) => {
    const order = z.enum(orderNames).safeParse(context.values['sort'] ?? 'room');
    if (!order.success) throw new UsageError(`--sort must be one of ${orderNames.join(', ')}.`);
    const list = await withLog(context, (log) => log.upkeep.rooms());
    list.sort(orders[order.data]);
    const age = ({ snapshotAt }: RoomFigures) =>
      snapshotAt === null ? '-' : Math.round((Date.now() - snapshotAt) / second);
    return {
      results: list.map((one) =>
        [one.room, one.head, onDisk(one), one.tailRows, age(one), one.quarantined, one.epoch].join('\t'),
      ),
      remarks: [`${list.length} rooms, ${list.reduce((sum, one) => sum + onDisk(one), 0)} bytes.`],
      json: list.map((one) => ({ ...one, bytesOnDisk: onDisk(one) })),
    };
  },
};

const verify: FolderCommand = {
  words: 'verify',
  usage: '[<room>]',
  summary: 'Look through the log for damage, of one room or of all; exit code 1 when there is any.',
  details: [
    'Numbers without holes, checksums of rows, packed rows and snapshots, and whether the rows that are still',
    'kept say what the newest snapshot says. Reads only; the server may be running.',
  ],
  options: {},
  runOnFolder: async (context) => {
    const found: Verified[] = await withLog(context, async (log, at) => {
      const source = openRows(at);
      try {
        const all: Verified[] = [];
        for (const { room } of await chosen(log, context)) all.push(await verifyRoom(source, room));
        return all;
      } finally {
        await source.close();
      }
    });
    const damaged = found.filter(({ damage }) => damage.length > 0);
    const said = (kind: 'damage' | 'notes') =>
      found.flatMap((one) => one[kind].map((sentence) => `${one.room}: ${sentence}`));
    return {
      results: said('damage'),
      remarks: [
        ...said('notes'),
        `${found.length} rooms looked through, ${damaged.length} damaged; the rows of ${
          found.filter(({ isCompared }) => isCompared).length
        } compared with their snapshots.`,
      ],
      json: found,
      failed: damaged.length > 0,
    };
  },
};

const exportRoom: FolderCommand = {
  words: 'export',
  usage: '<room> <folder>',
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
    if (name === undefined || target === undefined || context.positionals.length !== 2)
      throw new UsageError('Give a room and a folder.');
    const folder = resolve(target);
    if (existsSync(folder)) throw new StartError(`${folder} is there already. Choose another name.`);
    const figures = await withLog(context, async (log) => {
      const [room] = await chosen(log, { ...context, positionals: [name] });
      await mkdir(folder, { recursive: true });
      const rowsWritten = await writeRows(log, name, join(folder, 'rows.jsonl'));
      const { updates, head, epoch } = await log.state(name, null);
      await writeFile(join(folder, 'state.bin'), Buffer.concat(updates.flatMap(withLength)));
      return { ...room, head, epoch, rowsWritten, stateUpdates: updates.length };
    });
    await writeFile(join(folder, 'room.json'), `${JSON.stringify(figures, null, 2)}\n`);
    return {
      results: [folder],
      remarks: [`${figures.rowsWritten} rows of ${figures.head}, and the state as of row ${figures.head}:`],
      json: { folder, ...figures },
    };
  },
};

async function writeRows(log: Log, room: string, path: string): Promise<number> {
  const file = await open(path, 'wx');
  let written = 0;
  try {
    for (let after = 0; ;) {
      const { rows, upTo } = await log.upkeep.history(room, after);
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
  summary: 'List rows that were set aside because no document takes them in; shows how each begins.',
  details: [
    'Columns: room, row, when, who, why, bytes, the first bytes in hexadecimal. Such rows are kept for you to',
    'look at and are in nobody’s document; `export` writes them too. There is no command to let one in again:',
    'a row that no document takes in would harm every reader. One that was `damaged` on disk comes back by',
    'itself from whoever still has its text.',
  ],
  options: {},
  runOnFolder: async (context) => {
    const rows = await withLog(context, (log) => log.upkeep.quarantine());
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
  summary: 'Write snapshots now, of one room or of all; with --retain let go of what is older.',
  details: [
    'A running server does this by itself. --retain 0 lets go of all packed rows and replaced snapshots at once:',
    'nothing of the text is lost, but what an earlier version said can no longer be told.',
  ],
  options: { retain: { type: 'string' } },
  runOnFolder: async (context): Promise<Report> => {
    const { retain } = context.values;
    const days = z.string().regex(/^\d+$/).transform(Number).optional().safeParse(retain);
    if (!days.success) throw new UsageError('--retain must be a number of days.');
    const options = days.data === undefined ? {} : { retainMs: days.data * 24 * 60 * 60 * second };
    const done = await withLog(context, async (log) => {
      const all: { room: string; outcome: string; upTo: number; quarantined: number[] }[] = [];
      for (const { room } of await chosen(log, context))
        all.push({ room, ...(await log.upkeep.compact(room, options)) });
      return all;
    });
    return {
      results: done.map(({ room, outcome, upTo }) => [room, outcome, upTo].join('\t')),
      remarks: done.flatMap(({ room, quarantined }) =>
        quarantined.length === 0 ? [] : [`${room}: ${quarantined.length} rows were set aside.`],
      ),
      json: done,
    };
  },
};

export const roomCommands: readonly AdminCommand[] = [rooms, verify, exportRoom, quarantine, compact];
