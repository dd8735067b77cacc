/** Commands about the whole: copy the data folder while the server runs, and put a copy back. */
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { uuidv7 } from '#domain/ids.ts';
import { instant } from '#domain/time.ts';
import { backUp, refuseHalfRestored, restoreFolder } from '../storage/backup.ts';
import { renewEpochsInFolder, renewEpochsInPostgres } from '../storage/epochs.ts';
import { lockFolder, lockPostgres } from '../storage/lock.ts';
import { prepareDataFolder } from '../storage/open.ts';
import { StartError, postgresCannotOpen } from '../storage/start-error.ts';
import { UsageError } from './command.ts';
import type { AdminCommand, FolderCommand, FolderContext, Report } from './command.ts';

const newId = (): string => uuidv7(Date.now(), randomBytes(10));

function oneFolder({ positionals }: FolderContext): string {
  const [folder] = positionals;
  if (positionals.length !== 1 || folder === undefined) throw new UsageError('Give one folder.');
  return resolve(folder);
}

const megabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;

const backup: FolderCommand = {
  words: 'backup',
  usage: '<folder>',
  most: 1,
  summary: 'Copy everything into a new folder, while the server runs.',
  details: [
    'The records are copied first, the log of texts after, each as it is at one moment. The folder appears',
    'when it is complete; cut short, it leaves one named `….unfinished-…` beside it, to be deleted. It holds the',
    'secret that signs sessions: keep it as safe as the data folder itself.',
    'With DATABASE_URL use pg_dump (one dump holds both), and keep a copy of the file `secret` of DATA_DIR.',
  ],
  options: {},
  runOnFolder: async (context) => {
    const { config } = context;
    const target = oneFolder(context);
    if (config.databaseUrl !== null)
      throw new StartError(
        'The records lie in PostgreSQL: copy them with pg_dump, and the file `secret` of DATA_DIR with it.',
      );
    const manifest = await backUp(config.dataDir, target, () => instant(Date.now()));
    const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
    return {
      results: [target],
      remarks: [`${manifest.files.length} files, ${megabytes(bytes)}, as of ${manifest.at}:`],
      json: { folder: target, ...manifest },
    };
  },
};

/** Keeps every server out of folder and database meanwhile; says at once when one is in. */
async function alone<Output>({ config }: FolderContext, work: () => Promise<Output>): Promise<Output> {
  const folder = await lockFolder(prepareDataFolder(config.dataDir, { isRestoring: true }), {
    patienceMs: 0,
  });
  try {
    if (config.databaseUrl === null) return await work();
    const onLost = () => undefined;
    const database = await lockPostgres(config.databaseUrl, { patienceMs: 0, onLost });
    try {
      return await work();
    } finally {
      await database.release();
    }
  } finally {
    folder.release();
  }
}

const epochsSaid = 'Devices that come back offer again what they had delivered, and read everything anew.';

async function renewEpochs(context: FolderContext): Promise<Report> {
  const { databaseUrl, dataDir } = context.config;
  const nowMs = Date.now();
  await alone(context, async () => {
    if (databaseUrl === null) {
      refuseHalfRestored(dataDir);
      renewEpochsInFolder(dataDir, newId, nowMs);
    } else
      await renewEpochsInPostgres(databaseUrl, newId, nowMs).catch((error: unknown) => {
        throw postgresCannotOpen(error);
      });
  });
  return { results: [], remarks: [`The epochs are new. ${epochsSaid}`], json: { at: instant(nowMs) } };
}

const restore: FolderCommand = {
  words: 'restore',
  usage: '<folder> | --epochs',
  most: 1,
  summary: 'Put a backup in the place of the data folder; the server must not be running.',
  details: [
    'Every file is compared with the checksums in the backup before anything is touched. What was there before',
    'is kept beside it, in a folder `replaced-…` of the data folder; delete it when nobody misses anything.',
    epochsSaid,
    '--epochs does only that last part: after a database was put back by other means (pg_restore, a disk',
    'snapshot). Run it before the server is started again.',
  ],
  options: { epochs: { type: 'boolean' } },
  runOnFolder: async (context) => {
    const { config, positionals, values } = context;
    if (values['epochs'] === true) {
      if (positionals.length > 0) throw new UsageError('--epochs takes no folder.');
      return renewEpochs(context);
    }
    const from = oneFolder(context);
    if (config.databaseUrl !== null)
      throw new StartError(
        'The records lie in PostgreSQL: put them back with pg_restore, then run `restore --epochs`.',
      );
    const { manifest, replaced } = await alone(context, () =>
      restoreFolder(config.dataDir, from, { newId, nowMs: Date.now() }),
    );
    return {
      results: replaced === null ? [] : [replaced],
      remarks: [
        `${config.dataDir} is as it was at ${manifest.at}. ${epochsSaid}`,
        ...(replaced === null ? [] : ['What it held before lies in:']),
      ],
      json: { from, at: manifest.at, replaced },
    };
  },
};

export const backupCommands: readonly AdminCommand[] = [backup, restore];
