/** One suite, run on SQLite (a file) and on PostgreSQL. Suites that use it live in `test/contracts`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, describe, inject } from 'vitest';
import { openDatabase } from '#server/storage/open.ts';
import type { Where } from '#server/storage/open.ts';
import type { Database } from '#server/storage/database.ts';
import type { PostgresForTests } from './postgres.ts';

type Postgres = Extract<PostgresForTests, { url: string }>;

export interface OpenDatabase {
  /** A new, migrated database of its own; closed and removed after the test. */
  (): Promise<Database>;
  /** A place for a database that nobody has opened yet. */
  place(): Promise<Where>;
  /** Opens a place, the same one again too: as another process would. */
  at(where: Where): Promise<Database>;
}

export function describeOnEachDatabase(name: string, suite: (open: OpenDatabase) => void): void {
  describe(`${name} on SQLite`, () => suite(opener(sqlitePlace)));

  const postgres = inject('postgres') as ReturnType<typeof inject<'postgres'>> | undefined;
  if (!postgres) throw new Error('suites on each database belong into test/contracts');
  if ('missing' in postgres)
    describe.skip(`${name} on PostgreSQL (skipped: ${postgres.missing})`, () => suite(opener(sqlitePlace)));
  else describe(`${name} on PostgreSQL`, () => suite(opener((content) => postgresPlace(postgres, content))));
}

type Content = 'empty' | 'migrated';

interface Place {
  where: Where;
  remove: () => Promise<void>;
}

function opener(makePlace: (content: Content) => Promise<Place>): OpenDatabase {
  const opened: Database[] = [];
  const places: Place[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((db) => db.close()));
    await Promise.all(places.splice(0).map((place) => place.remove()));
  });
  const place = async (content: Content = 'empty') => {
    const made = await makePlace(content);
    places.push(made);
    return made.where;
  };
  const at = async (where: Where) => {
    const db = await openDatabase(where);
    opened.push(db);
    return db;
  };
  return Object.assign(async () => at(await place('migrated')), { place: () => place(), at });
}

async function sqlitePlace(): Promise<Place> {
  const dataDir = mkdtempSync(join(tmpdir(), 'stoa-contract-'));
  return { where: { dataDir }, remove: async () => rmSync(dataDir, { recursive: true, force: true }) };
}

async function postgresPlace(server: Postgres, content: Content): Promise<Place> {
  const database = `contract_${crypto.randomUUID().replaceAll('-', '')}`;
  const atServer = async (sql: string) => {
    const client = new pg.Client(server.url);
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  const template = content === 'migrated' ? server.migrated : 'template1';
  await atServer(`create database ${database} template ${template} strategy file_copy`);
  const url = new URL(server.url);
  url.pathname = `/${database}`;
  return {
    where: { databaseUrl: url.href },
    remove: () => atServer(`drop database ${database} with (force)`),
  };
}
