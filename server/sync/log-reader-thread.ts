/** Reads and diffs, beside the writer: a large document must delay neither a commit nor the sockets. */
import { createReplays } from './log-replay.ts';
import type { RowSource } from './log-replay.ts';
import { openPostgresRows } from './rows-postgres.ts';
import { openSqliteRows } from './rows-sqlite.ts';
import { answerCalls } from './thread.ts';

export type RowsAt = { kind: 'sqlite'; file: string } | { kind: 'postgres'; url: string };

answerCalls<RowsAt>((at) => {
  const source: RowSource = at.kind === 'sqlite' ? openSqliteRows(at.file) : openPostgresRows(at.url);
  return { ...createReplays(source), close: () => source.close() };
});
