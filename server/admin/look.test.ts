/** Commands that only look: they change nothing, make nothing, and say of damage what it is and whom it hits. */
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { documentRoom } from '#domain/sync/wire.ts';
import { createServerLog } from '../log.ts';
import { openHouse } from '../open.ts';
import type { OpenHouse } from '../open.ts';
import { runAdmin } from './run.ts';

let folder: string;
/** Of a server that runs. */
let dataDir: string;
let house: OpenHouse;
/** As a server leaves it that stopped in order, and as one that was killed. */
let stopped: string;
let killed: string;

const roomNames = Array.from({ length: 30 }, (_, index) =>
  documentRoom(`01890000-0000-7000-8000-0000000000${String(index + 10)}`),
);

const admin = async (where: string, ...args: string[]) => {
  const out: string[] = [];
  const notes: string[] = [];
  const print = { out: (line: string) => out.push(line), note: (line: string) => notes.push(line) };
  const code = await runAdmin(args, { DATA_DIR: where }, print);
  return { code, out, notes: notes.join('\n') };
};

const sums = (where: string) =>
  Object.fromEntries(
    readdirSync(where).map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(where, name)))
        .digest('hex'),
    ]),
  );

const pageBytes = 4096;
let copies = 0;
function copyOf(where: string): string {
  const copy = join(folder, `copy-${(copies += 1)}`);
  cpSync(where, copy, { recursive: true });
  return copy;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stoa-look-'));
  dataDir = join(folder, 'data');
  house = await openHouse({ config: { dataDir, databaseUrl: null }, log: createServerLog('silent') });
  for (const [number, room] of roomNames.entries()) {
    const doc = new Y.Doc();
    // Longer than a page, so that each row has pages of its own.
    doc.getText('text').insert(0, `word${number} `.repeat(2_000));
    const bytes = Y.encodeStateAsUpdate(doc);
    await house.updates.append([{ workspaceId: 'w', room, user: 'ana', bytes, claims: [doc.clientID] }]);
  }
  killed = copyOf(dataDir);
  const closing = copyOf(dataDir);
  const other = await openHouse({
    config: { dataDir: closing, databaseUrl: null },
    log: createServerLog('silent'),
  });
  await other.close();
  stopped = closing;
});
afterAll(async () => {
  await house.close();
  rmSync(folder, { recursive: true });
});

const looks = (where: string): string[][] => [
  ['rooms'],
  ['verify'],
  ['verify', roomNames[3] as string],
  ['quarantine'],
  ['export', roomNames[0] as string, `${where}-export`],
];

describe('commands that only look', () => {
  it.each([
    ['a server that stopped', () => stopped],
    ['a server that was killed', () => killed],
  ])('change not one byte of what %s left', async (_who, where) => {
    const copy = copyOf(where());
    expect(existsSync(join(copy, 'log.db-wal'))).toBe(where() === killed);
    const before = sums(copy);
    for (const args of looks(copy)) {
      const { code, notes } = await admin(copy, ...args);
      expect([args[0], code, notes]).toEqual([args[0], 0, notes]);
      expect(sums(copy)).toEqual(before);
    }
    expect((await admin(copy, 'rooms')).out).toHaveLength(roomNames.length);
  });

  it('leave a backup as it was: it can be put back afterwards', async () => {
    const backup = join(folder, 'backup');
    expect((await admin(stopped, 'backup', backup)).code).toBe(0);
    const before = sums(backup);
    for (const args of looks(backup)) expect((await admin(backup, ...args)).code).toBe(0);
    expect(sums(backup)).toEqual(before);
    expect((await admin(join(folder, 'anew'), 'restore', backup)).code).toBe(0);
  });

  it('change nothing beside a server that runs, and see what it has committed', async () => {
    const { 'log.db': file, 'log.db-wal': ahead } = sums(dataDir);
    const { code, out } = await admin(dataDir, 'rooms');
    expect([code, out.length]).toEqual([0, roomNames.length]);
    expect((await admin(dataDir, 'verify')).code).toBe(0);
    expect(sums(dataDir)).toMatchObject({ 'log.db': file, 'log.db-wal': ahead });
  });

  it('refuse a folder without a log, and make none', async () => {
    const mistyped = join(folder, 'dtaa');
    for (const args of [...looks(mistyped), ['compact']]) {
      const { code, out, notes } = await admin(mistyped, ...args);
      expect({ code, out }).toEqual({ code: 1, out: [] });
      expect(notes).toBe(
        `There is no log.db in ${mistyped}. Name the data folder of a server with DATA_DIR.`,
      );
    }
    expect(existsSync(mistyped)).toBe(false);
  });
});

describe('a log.db that is damaged', () => {
  const file = (where: string) => join(where, 'log.db');

  /** Writes over the page in which the row of one room goes on, and nothing else. */
  function breakRoom(where: string, number: number): void {
    const bytes = readFileSync(file(where));
    const page = Math.floor(bytes.indexOf(`word${number} `.repeat(500)) / pageBytes);
    bytes.fill(0xa5, page * pageBytes, (page + 1) * pageBytes);
    writeFileSync(file(where), bytes);
  }

  it('is said of the room that it hits; all others are looked through', async () => {
    const copy = copyOf(stopped);
    const hit = roomNames[20] as string;
    breakRoom(copy, 20);
    const before = sums(copy);
    const { code, out, notes } = await admin(copy, 'verify');
    expect(code).toBe(1);
    expect(out.filter((line) => line.startsWith('log.db is damaged: '))).not.toEqual([]);
    expect(out).toContain(`${hit}: Part of it cannot be read (database disk image is malformed).`);
    expect(notes).toContain(`${roomNames.length} rooms looked through`);
    const { out: json } = await admin(copy, 'verify', '--json');
    const { file: ofFile, rooms } = JSON.parse(json[0] ?? '') as {
      file: string[];
      rooms: { room: string; damage: string[] }[];
    };
    expect(ofFile).not.toEqual([]);
    // SQLite finds a row by comparing with others: its neighbours may be out of reach with it.
    const sound = rooms.filter(({ damage }) => damage.length === 0);
    expect(sound.length).toBeGreaterThan(roomNames.length / 2);
    const refused = await admin(copy, 'export', hit, `${copy}-export`);
    expect([refused.code, refused.notes.split('\n').length]).toEqual([1, 1]);
    expect(existsSync(`${copy}-export`)).toBe(false);
    expect(sums(copy)).toEqual(before);
  });

  it.each([
    ['text in its place', () => Buffer.from('not a database\n'.repeat(1_000))],
    ['an empty file', () => Buffer.alloc(0)],
    ['its first page written over', (bytes: Buffer) => bytes.fill(0x5a, 100, pageBytes)],
  ])('beyond reading (%s) is said in one sentence by each command, and in JSON', async (_what, damage) => {
    const copy = copyOf(stopped);
    writeFileSync(file(copy), damage(readFileSync(file(copy))));
    for (const args of looks(copy)) {
      const { code, out, notes } = await admin(copy, ...args);
      expect({ code, out }).toEqual({ code: 1, out: [] });
      expect(notes.split('\n')).toHaveLength(1);
      expect(notes).toContain(`${file(copy)} cannot be read: `);
    }
    const { out } = await admin(copy, 'verify', '--json');
    expect(JSON.parse(out[0] ?? '')).toMatchObject({ error: { code: 'cannot_start' } });
  });

  it('and cut off is read as far as it goes', async () => {
    const copy = copyOf(stopped);
    truncateSync(file(copy), 40 * pageBytes);
    const { code, out, notes } = await admin(copy, 'verify');
    expect(code).toBe(1);
    expect(out.join('\n')).toContain('cannot be read (database disk image is malformed)');
    expect(notes).toContain(`${roomNames.length} rooms looked through`);
    expect((await admin(copy, 'rooms')).out).toHaveLength(roomNames.length);
  });

  it('where the rooms are listed still names each of them', async () => {
    const copy = copyOf(stopped);
    const db = new DatabaseSync(file(copy), { readOnly: true });
    const { page } = db
      .prepare(`SELECT rootpage AS page FROM sqlite_schema WHERE name = 'log_rooms'`)
      .get() as {
      page: number;
    };
    db.close();
    const bytes = readFileSync(file(copy));
    writeFileSync(file(copy), bytes.fill(0xa5, (page - 1) * pageBytes, page * pageBytes));
    const { code, out, notes } = await admin(copy, 'rooms');
    expect({ code, out }).toEqual({ code: 1, out: [] });
    expect(notes.match(/: Its figures cannot be read \(database disk image is malformed\)\./g)).toHaveLength(
      roomNames.length,
    );
    const { out: json } = await admin(copy, 'rooms', '--json');
    const { damage } = JSON.parse(json[0] ?? '') as { damage: string[] };
    expect(damage).toHaveLength(roomNames.length);
  });
});
