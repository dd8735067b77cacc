/** What disks and processes do to the log file: rules L2-L4, L9, L13, L16, L17 of server/sync/SPEC.md. */
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { createAnswers } from '#server/sync/log-answers.ts';
import { openLogFile } from '#server/sync/log-sqlite-schema.ts';
import { openSqliteLog } from '#server/sync/log-sqlite.ts';
import { createUpkeep, sweepRowsLimit } from '#server/sync/log-upkeep.ts';
import type { Log } from '#server/sync/log.ts';
import { openLogForReading, openSqliteRows } from '#server/sync/rows-sqlite.ts';
import { entryOf, letters, textOfLetters } from './log-letters.ts';

const crashing = fileURLToPath(new URL('./log-crash.ts', import.meta.url));

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stoa-log-faults-'));
  file = join(folder, 'log.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function withLog<Output>(work: (log: Log) => Promise<Output>): Promise<Output> {
  const log = await openSqliteLog(file);
  try {
    return await work(log);
  } finally {
    await log.close();
  }
}

function textOfUpdates(updates: readonly Uint8Array[]): string {
  const doc = new Y.Doc();
  for (const update of updates) Y.applyUpdate(doc, update);
  return doc.getText('text').toJSON();
}

const textOf = async (log: Log) => textOfUpdates((await log.state('r', null)).updates);

const fill = (rows: number) =>
  withLog((log) => log.append(letters(0, rows).map((bytes) => entryOf('r', bytes))));

/** The last number that was said to be stored. */
const storedIn = (said: string): number =>
  Number(/stored (\d+)\n(?:(?!stored)[\s\S])*$/.exec(said)?.[1] ?? 0);

describe('A process that is killed', () => {
  const rows = 2 * sweepRowsLimit + 100;

  it.each(['read', 'built', 'proved', 'swapped', 'swept', 'given back'])(
    'L13: at the stage "%s" of a compaction leaves a log that says the same',
    async (stage) => {
      await fill(rows);
      const { signal } = spawnSync(process.execPath, [crashing, 'compactAndDie', file, stage]);
      expect(signal).toBe('SIGKILL');
      await withLog(async (log) => {
        expect(await textOf(log)).toBe(textOfLetters(rows));
        expect((await log.knowledge('r')).clocks).toEqual(new Map([[1, rows]]));
        expect(await log.append(letters(rows, 1).map((bytes) => entryOf('r', bytes)))).toEqual([rows + 1]);
        // What was begun is brought to its end by whoever comes next.
        await log.upkeep.compact('r', { retainMs: 0 });
        expect(await log.upkeep.due(Date.now())).toEqual([]);
        expect(await textOf(log)).toBe(textOfLetters(rows + 1));
      });
    },
  );

  it('L3, L13: at any moment has lost nothing that it said was stored', async () => {
    for (let kill = 0; kill < 5; kill += 1) {
      const child = spawn(process.execPath, [crashing, 'writeOn', file], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let said = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        // Somewhere in a compaction or a commit: as many steps in as chance has it.
        if (said.split('\n').length > 3 + kill) setTimeout(() => child.kill('SIGKILL'), Math.random() * 40);
      });
      await new Promise((resolve) => {
        child.once('close', resolve);
      });
      await withLog(async (log) => {
        const head = await log.head('r');
        expect(head).toBeGreaterThanOrEqual(storedIn(said));
        expect(head % 40).toBe(0);
        expect(await textOf(log)).toBe(textOfLetters(head));
      });
    }
  });
});

describe('A compactor that is ended', () => {
  it.each(['read', 'built', 'proved'])('L17: at the stage "%s" leaves its room as it was', async (stage) => {
    await fill(50);
    const script = new URL('./log-stopping-thread.ts', import.meta.url);
    // The thread learns where to stop from the address it is given.
    const at = { kind: 'sqlite', file, stage, how: 'block' } as never;
    const never = () => Promise.reject(new Error('nothing may be written'));
    const writer = { swap: never, setAside: never, sweep: never, expire: never, giveBack: never };
    const upkeep = createUpkeep({ at, writer, script, patienceMs: 1_000 });
    await expect(upkeep.compact('r')).rejects.toThrow('took longer');
    await upkeep.close();
    await withLog(async (log) => {
      expect(await textOf(log)).toBe(textOfLetters(50));
      expect((await log.upkeep.rooms())[0]).toMatchObject({ snapshotSeq: 0, tailRows: 50 });
    });
  });
});

describe('A write-ahead file that ends too early', () => {
  it('L2, L4: gives back every row up to the tear and nothing behind it', async () => {
    const log = await openSqliteLog(file);
    // Each row's commit ends where the write-ahead file ends.
    const ends: number[] = [];
    for (const bytes of letters(0, 12)) {
      await log.append([entryOf('r', bytes)]);
      ends.push(statSync(`${file}-wal`).size);
    }
    const copy = join(folder, 'torn.db');
    copyFileSync(file, join(folder, 'whole.db'));
    copyFileSync(`${file}-wal`, join(folder, 'whole.db-wal'));
    await log.close();
    const [first, last] = [ends[0] as number, ends.at(-1) as number];
    const lengths = new Set(ends.flatMap((end) => [end - 1, end, end + 1, end + 24, end - 2_000]));
    for (let time = 0; time < 20; time += 1) lengths.add(first + Math.floor(Math.random() * (last - first)));
    for (const length of [...lengths].filter((one) => one >= first && one <= last)) {
      copyFileSync(join(folder, 'whole.db'), copy);
      copyFileSync(join(folder, 'whole.db-wal'), `${copy}-wal`);
      truncateSync(`${copy}-wal`, length);
      const whole = ends.filter((end) => end <= length).length;
      openLogFile(copy).close();
      const rows = openSqliteRows(openLogForReading(copy));
      const torn = createAnswers(rows);
      const { head, updates } = await torn.state({ room: 'r', stateVector: null });
      expect([length, head, textOfUpdates(updates)]).toEqual([length, whole, textOfLetters(whole)]);
      expect((await torn.read({ room: 'r', afterSeq: 0 })).rows).toHaveLength(whole);
      await rows.close();
      for (const name of [copy, `${copy}-wal`, `${copy}-shm`]) rmSync(name, { force: true });
    }
  });
});

describe('A disk that is full', () => {
  it('L4: refuses what does not fit, keeps what was stored, and goes on without a hole', async () => {
    // No file of this process may pass 400 kB; the signal that would end it is ignored.
    const limited = spawnSync(
      'bash',
      ['-c', `trap "" XFSZ; ulimit -f 400; exec "$0" "$@"`, process.execPath, crashing, 'fillDisk', file],
      { encoding: 'utf8' },
    );
    expect(limited.status).toBe(0);
    const stored = storedIn(limited.stdout);
    expect(stored).toBeGreaterThan(3);
    expect(limited.stdout.match(/refused/g)).toHaveLength(2);
    expect(limited.stdout).toContain(`read ${stored}`);
    await withLog(async (log) => {
      expect(await log.head('r')).toBe(stored);
      expect(await log.append([entryOf('r', new Uint8Array([0, 0]))])).toEqual([stored + 1]);
    });
  });
});

const canTrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;

describe('The order of things', () => {
  const name = 'L3: says that a row is stored only after the disk has said so';
  it.skipIf(!canTrace)(
    canTrace ? name : `${name} (skipped: strace is not installed or not permitted)`,
    () => {
      const trace = join(folder, 'trace');
      const calls = 'trace=write,pwrite64,fsync,fdatasync';
      const traced = spawnSync('strace', [
        ...['-f', '-y', '-o', trace, '-e', calls],
        ...[process.execPath, crashing, 'writeSlowly', file],
      ]);
      expect(traced.status).toBe(0);
      const wal = `${file}-wal>`;
      let dirty = false;
      let said = 0;
      for (const line of readFileSync(trace, 'utf8').split('\n')) {
        if (line.includes('pwrite64(') && line.includes(wal)) dirty = true;
        // The writer's thread is one: what it flushes, whole or resumed, ends before its next call begins.
        if (/f(data)?sync(\(| resumed).*= 0$/.test(line)) dirty = false;
        if (/write\(1<.*"stored \d/.test(line)) {
          said += 1;
          expect(dirty).toBe(false);
        }
      }
      expect(said).toBe(8);
      // It is flushed, and not by chance once.
      const flushes = readFileSync(trace, 'utf8').match(/f(data)?sync\(.*log\.db-wal>/g) ?? [];
      expect(flushes.length).toBeGreaterThanOrEqual(8);
    },
  );
});

describe('A file of the first version', () => {
  it('L9: is taken over with its rows, and can give space back from then on', async () => {
    const db = new DatabaseSync(file);
    db.exec(`
      PRAGMA journal_mode = WAL;
      CREATE TABLE log_rooms (id INTEGER PRIMARY KEY, room TEXT NOT NULL UNIQUE, workspace_id TEXT NOT NULL,
        epoch TEXT NOT NULL, head INTEGER NOT NULL, bytes INTEGER NOT NULL) STRICT;
      CREATE TABLE log_updates (room_id INTEGER NOT NULL, seq INTEGER NOT NULL, enc TEXT NOT NULL,
        status TEXT NOT NULL, user TEXT NOT NULL, at INTEGER NOT NULL, crc INTEGER NOT NULL, bytes BLOB NOT NULL,
        PRIMARY KEY (room_id, seq)) STRICT, WITHOUT ROWID;
      CREATE TABLE log_clients (room_id INTEGER NOT NULL, client INTEGER NOT NULL, user TEXT NOT NULL,
        PRIMARY KEY (room_id, client)) STRICT, WITHOUT ROWID;
      INSERT INTO log_rooms VALUES (1, 'r', 'w', 'first', 30, 600);
      PRAGMA user_version = 1;`);
    const row = db.prepare("INSERT INTO log_updates VALUES (1, ?, 'v1', 'stored', 'ana', 5, ?, ?)");
    letters(0, 30).forEach((bytes, index) => row.run(index + 1, crc32(bytes), bytes));
    db.close();
    await withLog(async (log) => {
      expect(await textOf(log)).toBe(textOfLetters(30));
      expect((await log.knowledge('r')).epoch).toBe('first');
      expect((await log.upkeep.compact('r')).outcome).toBe('swapped');
      expect(await textOf(log)).toBe(textOfLetters(30));
    });
    const after = new DatabaseSync(file);
    expect(after.prepare('PRAGMA auto_vacuum').get()).toEqual({ auto_vacuum: 2 });
    after.close();
  });
});

describe('Space on the disk', () => {
  it('L16: is given back when rows are packed and again when they go', async () => {
    const rows = 20_000;
    const size = () =>
      [file, `${file}-wal`].reduce((sum, name) => sum + (existsSync(name) ? statSync(name).size : 0), 0);
    await withLog(async (log) => {
      const updates = letters(0, rows);
      for (let from = 0; from < rows; from += 2_000)
        await log.append(updates.slice(from, from + 2_000).map((bytes) => entryOf('r', bytes)));
      const raw = size();
      await log.upkeep.compact('r');
      const packed = size();
      await log.upkeep.compact('r', { retainMs: 0 });
      expect(packed).toBeLessThan(raw / 5);
      expect(size()).toBeLessThanOrEqual(packed);
      // Eleven pages of tables besides what the text takes.
      expect(size()).toBeLessThan(rows * 1.3 + 16 * 4096);
      expect(await textOf(log)).toBe(textOfLetters(rows));
    });
  });
});
