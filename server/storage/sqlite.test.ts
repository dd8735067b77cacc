import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { sql } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import { errorCodeOf } from '#domain/errors.ts';
import type { Database } from './database.ts';
import { openSqlite } from './sqlite.ts';
import type { SqliteOptions } from './sqlite.ts';

function place(): string {
  const folder = mkdtempSync(join(tmpdir(), 'stoa-sqlite-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'stoa.db');
}

async function open(options: Partial<SqliteOptions> = {}): Promise<Database> {
  const db = await openSqlite({ path: place(), ...options });
  onTestFinished(() => db.close());
  return db;
}

const valueOf = async (db: Database, query: string): Promise<unknown> => {
  const { rows } = await sql<Record<string, unknown>>`${sql.raw(query)}`.execute(db.raw);
  return Object.values(rows[0] ?? {})[0];
};

const codeFrom = (attempt: Promise<unknown>) =>
  attempt.then(
    () => 'done' as const,
    (error: unknown) => errorCodeOf(error) ?? String(error),
  );

describe('SQLite', () => {
  it('flushes each commit, and keeps the write-ahead log', async () => {
    const db = await open();
    expect(await valueOf(db, 'pragma synchronous')).toBe(2);
    expect(await valueOf(db, 'pragma journal_mode')).toBe('wal');
    expect(await valueOf(db, 'pragma foreign_keys')).toBe(1);
  });

  it('leaves one file behind when it is closed', async () => {
    const path = place();
    const db = await openSqlite({ path });
    await sql`create table things (name text)`.execute(db.raw);
    await db.close();
    expect(readdirSync(dirname(path))).toEqual([basename(path)]);
  });

  it('cannot write through a reader', async () => {
    const db = await open();
    await sql`create table things (id integer)`.execute(db.raw);
    const attempt = db.snapshot((tx) => sql`insert into things values (1)`.execute(tx as Database['raw']));
    await expect(attempt).rejects.toThrow('readonly');
  });

  it('writes nothing more after the disk failed, says so once, and still reads', async () => {
    const failures: unknown[] = [];
    const db = await open({ onFailure: (error) => failures.push(error.code) });
    await sql`create table things (content blob)`.execute(db.raw);
    await sql`pragma max_page_count = 20`.execute(db.raw);
    const full = db.write((tx) => sql`insert into things values (zeroblob(1000000))`.execute(tx));
    expect(await codeFrom(full)).toBe('storage_failed');
    const next = db.write((tx) => sql`insert into things values (x'00')`.execute(tx));
    expect(await codeFrom(next)).toBe('storage_failed');
    expect(await codeFrom(sql`delete from things`.execute(db.raw))).toBe('storage_failed');
    expect(failures).toEqual(['storage_failed']);
    expect(await db.snapshot((tx) => sql`select * from things`.execute(tx as Database['raw']))).toMatchObject(
      {
        rows: [],
      },
    );
  });

  it('takes a constraint that fails at the commit for an everyday error', async () => {
    const db = await open();
    await sql`create table parents (id integer primary key)`.execute(db.raw);
    await sql`create table children (parent integer references parents (id) deferrable initially deferred)`.execute(
      db.raw,
    );
    const orphan = db.write((tx) => sql`insert into children values (7)`.execute(tx));
    await expect(orphan).rejects.toThrow('FOREIGN KEY');
    await db.write((tx) => sql`insert into parents values (1)`.execute(tx));
    expect(await valueOf(db, 'select count(*) from children')).toBe(0);
    expect(await valueOf(db, 'select count(*) from parents')).toBe(1);
  });

  it('waits for another process that writes, and says busy when that takes too long', async () => {
    const path = place();
    const db = await open({ path, busyTimeoutMs: 30 });
    await sql`create table things (id integer)`.execute(db.raw);
    const other = new DatabaseSync(path);
    other.exec('begin immediate');
    const write = () => db.write((tx) => sql`insert into things values (1)`.execute(tx));
    expect(await codeFrom(write())).toBe('busy');
    other.exec('rollback');
    other.close();
    expect(await codeFrom(write())).toBe('done');
  });

  it('refuses a file that is no database', async () => {
    const path = place();
    writeFileSync(path, 'this is a shopping list, not a database '.repeat(100));
    await expect(openSqlite({ path })).rejects.toThrow('not a database');
  });

  it('refuses values it would have to guess a form for', async () => {
    const db = await open();
    const attempt = sql`select ${{ a: 1 }} as value`.execute(db.raw);
    await expect(attempt).rejects.toThrow('write JSON as text');
  });

  it('stores booleans, absent values and dates as the conventions say', async () => {
    const db = await open();
    const { rows } = await sql`select ${true} as yes, ${undefined} as none, ${new Date(0)} as moment`.execute(
      db.raw,
    );
    expect(rows).toEqual([{ yes: 1, none: null, moment: '1970-01-01T00:00:00.000Z' }]);
  });

  it('serves reads and writes from one thread in memory', async () => {
    const db = await open({ path: ':memory:' });
    await sql`create table things (id integer)`.execute(db.raw);
    await db.write((tx) => sql`insert into things values (1)`.execute(tx));
    const counts = await Promise.all(
      Array.from({ length: 10 }, () =>
        db.snapshot((tx) =>
          sql<{ n: number }>`select count(*) as n from things`.execute(tx as Database['raw']),
        ),
      ),
    );
    expect(counts.every(({ rows }) => rows[0]?.n === 1)).toBe(true);
  });
});

/** Longest that this thread computed in one go while the work ran, as a part of what all threads computed. */
async function longestPause(work: () => Promise<unknown>): Promise<number> {
  const worked = (usage: NodeJS.CpuUsage) => usage.user + usage.system;
  const everyone = process.cpuUsage();
  let sinceTick = process.threadCpuUsage();
  let longest = 0;
  const tick = () => {
    longest = Math.max(longest, worked(process.threadCpuUsage(sinceTick)));
    sinceTick = process.threadCpuUsage();
  };
  const ticking = setInterval(tick, 1);
  await work();
  tick();
  clearInterval(ticking);
  return longest / worked(process.cpuUsage(everyone));
}

describe('the event loop that serves sockets', () => {
  it('goes on while a statement computes for long', async () => {
    const db = await open();
    const pause = await longestPause(() =>
      valueOf(
        db,
        'with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000000) select sum(i) from n',
      ),
    );
    expect(pause).toBeLessThan(0.5);
  });

  it('goes on while 20,000 rows are imported and while they are all read', async () => {
    const db = await open();
    await sql`create table things (id integer primary key, name text, note text)`.execute(db.raw);
    const rowsAtOnce = 500;
    const importing = await longestPause(() =>
      db.write(async (tx) => {
        for (let from = 0; from < 20_000; from += rowsAtOnce) {
          const rows = Array.from({ length: rowsAtOnce }, (_, index) => {
            const id = from + index;
            return sql`(${id}, ${`thing ${id}`}, ${'words '.repeat(20)})`;
          });
          await sql`insert into things values ${sql.join(rows)}`.execute(tx);
        }
      }),
    );
    expect(importing).toBeLessThan(0.5);
    const answers: number[] = [];
    const reading = await longestPause(async () => {
      for (let round = 0; round < 3; round += 1)
        answers.push((await sql`select * from things`.execute(db.raw)).rows.length);
    });
    expect(answers).toEqual([20_000, 20_000, 20_000]);
    expect(reading).toBeLessThan(0.5);
  });
});
