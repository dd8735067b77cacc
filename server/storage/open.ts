/** Opens the records database where it is told to, with every migration applied. */
import { accessSync, constants } from 'node:fs';
import { join, resolve } from 'node:path';
import type { DomainError } from '#domain/errors.ts';
import type { Instant } from '#domain/time.ts';
import { refuseHalfRestored } from './backup.ts';
import type { Database } from './database.ts';
import { makeFolder } from './make-folder.ts';
import { migrate } from './migrations/run.ts';
import { openPostgres } from './postgres.ts';
import { openSqlite } from './sqlite.ts';
import { StartError, postgresCannotOpen } from './start-error.ts';

export interface Where {
  /** The folder of `stoa.db`; made when it is not there. */
  dataDir?: string;
  /** `true` for a database that lives as long as the process: unit tests. */
  memory?: boolean;
  /** Takes the place of `stoa.db`. */
  databaseUrl?: string | undefined;
  now?: () => Instant;
  onFailure?: (error: DomainError) => void;
}

export async function openDatabase(where: Where): Promise<Database> {
  const db = await connect(where);
  try {
    await migrate(db, where.now ?? (() => new Date().toISOString()));
    return db;
  } catch (error) {
    await db.close();
    throw error;
  }
}

async function connect({ dataDir, memory, databaseUrl, onFailure }: Where): Promise<Database> {
  const failure = onFailure ? { onFailure } : {};
  if (memory) return openSqlite({ path: ':memory:', ...failure });
  if (databaseUrl)
    return openPostgres({ url: databaseUrl }).catch((error: unknown) => {
      throw postgresCannotOpen(error);
    });
  if (!dataDir) throw new Error('openDatabase needs dataDir, databaseUrl or memory');
  const folder = prepareDataFolder(dataDir);
  const path = join(folder, 'stoa.db');
  return openSqlite({ path, ...failure }).catch((error: unknown) => {
    throw new StartError(`The database ${path} cannot be opened: ${(error as Error).message}`, error);
  });
}

/** Makes the folder if needed and answers its full path; one clear sentence when it cannot be used. */
export function prepareDataFolder(dataDir: string, { isRestoring = false } = {}): string {
  const folder = resolve(dataDir);
  if (!isRestoring) refuseHalfRestored(folder);
  try {
    makeFolder(folder);
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return folder;
  } catch (error) {
    throw new StartError(
      `The data folder ${folder} cannot be written to (${(error as { code?: string }).code ?? 'unknown error'}). Choose another with DATA_DIR.`,
      error,
    );
  }
}

/** Every file of this process from now on, in a folder too that was there before and is open to others. */
export const keepFilesPrivate = (): void => void process.umask(0o077);
