/** The log's rows, whichever database they lie in: for threads that read. */
import type { RowSource } from './log-rows.ts';
import { openPostgresRows } from './rows-postgres.ts';
import { openLogForReading, openSqliteRows } from './rows-sqlite.ts';

export type RowsAt = { kind: 'sqlite'; file: string } | { kind: 'postgres'; url: string };

export const openRows = (at: RowsAt): RowSource =>
  at.kind === 'sqlite' ? openSqliteRows(openLogForReading(at.file)) : openPostgresRows(at.url);
