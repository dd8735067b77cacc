/**
 * Epochs say "what you remember of this server may be more than it has". They change when a backup was put
 * back, never else: devices then offer again what was acknowledged to them. Rules E1-E6 in sync/SPEC.md.
 */
import { DatabaseSync } from 'node:sqlite';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { ReadHandle } from './database.ts';

/** An epoch that says when it began; opaque to everybody else. */
export const epochAfterRestore = (newId: string, atMs: number): string => `${newId}@${atMs}`;

/** When the restore was that began this epoch; null for one that began with its room or workspace. */
export function restoredAtMs(epoch: string): number | null {
  const [, at] = epoch.split('@');
  return at === undefined ? null : Number(at);
}

/** The newest restore that any workspace remembers; null when there was none. */
export async function lastRestoreMs(read: ReadHandle): Promise<number | null> {
  const rows = await read.selectFrom('workspaces').select('feed_epoch').execute();
  return rows.reduce<number | null>((last, { feed_epoch: epoch }) => {
    const at = restoredAtMs(epoch);
    return at !== null && (last === null || at > last) ? at : last;
  }, null);
}

/** Each epoch that is kept: table and column. */
const kept = [
  { file: 'stoa.db', table: 'workspaces', column: 'feed_epoch' },
  { file: 'log.db', table: 'log_rooms', column: 'epoch' },
] as const;

/** In the files of a folder that no server uses. Works on files of any version, before their migrations. */
export function renewEpochsInFolder(folder: string, newId: () => string, atMs: number): void {
  for (const { file, table, column } of kept) {
    if (!existsSync(join(folder, file))) continue;
    const db = new DatabaseSync(join(folder, file));
    try {
      db.exec('PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000;');
      const isThere = db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = ?`).get(table);
      // The same for all rows of a table: it is compared with what the same row said before.
      if (isThere) db.prepare(`UPDATE ${table} SET ${column} = ?`).run(epochAfterRestore(newId(), atMs));
    } finally {
      db.close();
    }
  }
}

/** The same on PostgreSQL, in one transaction. */
export async function renewEpochsInPostgres(url: string, newId: () => string, atMs: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('begin');
    for (const { table, column } of kept) {
      const { rows } = await client.query<{ name: string | null }>('select to_regclass($1) as name', [table]);
      if (rows[0]?.name)
        await client.query(`update ${table} set ${column} = $1`, [epochAfterRestore(newId(), atMs)]);
    }
    await client.query('commit');
  } finally {
    await client.end();
  }
}
