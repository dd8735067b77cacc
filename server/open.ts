/**
 * Everything below HTTP, built and joined in one place: databases, queue, services. The server, the command
 * line, the demo and tests all open the house through here.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { documentOfRoom } from '#domain/sync/wire.ts';
import { day, instant, second } from '#domain/time.ts';
import type { Instant } from '#domain/time.ts';
import { uuidv7 } from '#domain/ids.ts';
import { createCases } from './cases/service.ts';
import type { Config } from './config.ts';
import { loadDocumentRecords, loadFolderRecords } from './documents/records.ts';
import { resourceOf } from './documents/scopes.ts';
import { createImporting } from './documents/importing.ts';
import { createDocuments } from './documents/service.ts';
import { createTextThreads } from './documents/text-threads.ts';
import { createTexts } from './documents/texts.ts';
import { createFeedback } from './feedback/service.ts';
import type { Services } from './http/services.ts';
import { createLocalQueue } from './jobs/local.ts';
import { faultOf } from './log.ts';
import type { ServerLog } from './log.ts';
import { createChanges } from './storage/changes.ts';
import type { RecordLoaders } from './storage/changes.ts';
import { lastRestoreMs } from './storage/epochs.ts';
import { openDatabase, prepareDataFolder } from './storage/open.ts';
import { createCommands } from './storage/receipts.ts';
import { SyncFigures } from './sync/figures.ts';
import { createKeeper } from './sync/log-keeper.ts';
import { openPostgresLog } from './sync/log-postgres.ts';
import { openSqliteLog } from './sync/log-sqlite.ts';
import type { CommitListener, LogSeams } from './sync/log-upkeep.ts';
import { watchLog } from './sync/watch-log.ts';
import { createAccounts } from './workspaces/accounts.ts';
import { createAuth } from './workspaces/auth.ts';
import { createAccessBell } from './workspaces/bell.ts';
import { createFolderAccess } from './workspaces/folder-access.ts';
import { createHistory } from './workspaces/history.ts';
import { createLinks } from './workspaces/links.ts';
import { createPeopleLoaders } from './workspaces/records.ts';
import { openSecretFile } from './workspaces/secret-file.ts';
import { createSecrets } from './workspaces/secrets.ts';
import { slowPasswords } from './workspaces/passwords.ts';
import type { Passwords } from './workspaces/passwords.ts';
import { createPeople } from './workspaces/service.ts';
import { createTokens } from './workspaces/tokens.ts';

export interface OpenParts {
  config: Pick<Config, 'dataDir' | 'databaseUrl'> & Partial<Pick<Config, 'logRetentionDays'>>;
  log: ServerLog;
  nowMs?: () => number;
  /** The disk failed: nothing more is written, and the process should end and start anew. */
  onStorageFailure?: ((error: unknown) => void) | undefined;
  passwords?: Passwords | undefined;
}

export type OpenHouse = Awaited<ReturnType<typeof openHouse>>;

export async function openHouse(parts: OpenParts) {
  const { config, log, nowMs = Date.now, onStorageFailure, passwords = slowPasswords } = parts;
  const now = (): Instant => instant(nowMs());
  const newId = (): string => uuidv7(nowMs(), randomBytes(10));

  const dataDir = prepareDataFolder(config.dataDir);
  const secrets = createSecrets(openSecretFile(dataDir, randomBytes));
  const db = await openDatabase({
    dataDir,
    ...(config.databaseUrl === null ? {} : { databaseUrl: config.databaseUrl }),
    now,
    onFailure: (error) => {
      log.error({ fault: faultOf(error) }, 'the database failed');
      onStorageFailure?.(error);
    },
  });
  const figures = new SyncFigures();
  const onCommit: CommitListener = ({ rows, bytes, tookMs, flushMs }) => {
    figures.commit.observe(tookMs / second);
    figures.commitRows.observe(rows);
    if (flushMs === null) figures.failedCommits += 1;
    else {
      figures.flush.observe(flushMs / second);
      figures.commitBytes += bytes;
    }
  };
  const stored = await openUpdates(config.databaseUrl, dataDir, { onCommit }).catch(
    async (error: unknown) => {
      await db.close();
      throw error;
    },
  );

  // The services that are told about changed texts are made further down.
  let onDocumentChanged: (documentId: string) => void = () => undefined;
  const { logRetentionDays } = config;
  const keeper = createKeeper({
    upkeep: stored.upkeep,
    nowMs,
    retentionMs: logRetentionDays === undefined ? undefined : logRetentionDays * day,
    report: (event, { room, rows, error }) => {
      const facts = { room, rows, ...(error === undefined ? {} : { fault: faultOf(error) }) };
      if (event === 'room_compacted') log.debug(facts, event);
      else log.error(facts, event);
    },
  });
  const updates = watchLog(stored, (room) => {
    keeper.grown(room);
    const documentId = documentOfRoom(room);
    if (documentId !== null) onDocumentChanged(documentId);
  });

  const restoredAtMs = await lastRestoreMs(db.read);
  const changes = createChanges({ db });
  const queue = createLocalQueue({
    db,
    nowMs,
    newId,
    onFailure: (kind, error) => log.error({ job: kind, fault: faultOf(error) }, 'job failed'),
  });
  const commands = createCommands({ db, changes, queue });

  const bell = createAccessBell();
  const tokens = createTokens({ db, changes, bell, now, newId, randomBytes });
  const auth = createAuth({ db, secrets, passwords, newId });
  const accounts = createAccounts({ db, auth, passwords, tokens, bell, now, newId });
  const links = createLinks({ db, changes, commands, secrets, passwords, accounts, bell, now, newId });
  const scopes = { resourceOf };
  const people = createPeople({ db, changes, commands, queue, links, scopes, bell, now, newId });
  const history = createHistory({ db });
  const documents = createDocuments({ db, commands, access: createFolderAccess({ changes, bell }) });
  const threads = createTextThreads();
  const importing = createImporting({ db, commands, threads });
  const texts = createTexts({ db, changes, queue, log: stored, threads, now });
  onDocumentChanged = (documentId) =>
    texts.textChanged(documentId, (error) =>
      log.error({ fault: faultOf(error) }, 'a changed text could not be queued for reading'),
    );
  const cases = createCases({ db, commands, now });
  const feedback = createFeedback({ db, commands, now });

  const loaders: RecordLoaders = {
    ...createPeopleLoaders({ scopes, now }),
    document: loadDocumentRecords,
    folder: loadFolderRecords,
    ...cases.loaders,
    ...feedback.loaders,
  };

  const services: Services = {
    people,
    links,
    accounts,
    tokens,
    history,
    documents,
    importing,
    texts,
    cases,
    feedback,
    feed: (actor, cursor) => changes.since(actor, cursor, loaders),
  };

  return {
    dataDir,
    db,
    updates,
    keeper,
    figures,
    changes,
    queue,
    commands,
    services,
    now,
    nowMs,
    newId,
    restoredAtMs,
    /** Queue first, since its handlers write; then the log, then the database. */
    close: async (): Promise<void> => {
      await queue.stop();
      keeper.stop();
      texts.close();
      await threads.close();
      changes.close();
      await updates.close();
      await db.close();
    },
  };
}

const openUpdates = (databaseUrl: string | null, dataDir: string, seams: LogSeams) =>
  databaseUrl === null ? openSqliteLog(join(dataDir, 'log.db'), seams) : openPostgresLog(databaseUrl, seams);
