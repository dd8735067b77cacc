/** The log in a file of its own (log.db), with a writer thread, a reader thread and the compactor's. */
import { createBatches, observed } from './log-batches.ts';
import { createLogReader } from './log-reader.ts';
import { createUpkeep } from './log-upkeep.ts';
import type { LogSeams } from './log-upkeep.ts';
import type { Log, LogEntry } from './log.ts';
import { createThread } from './thread.ts';

/** Opens or creates the file; throws when it cannot be written durably or comes from a newer version. */
export async function openSqliteLog(file: string, seams: LogSeams = {}): Promise<Log> {
  const writer = createThread(new URL('./log-writer-thread.ts', import.meta.url), { file });
  // The reader opens read-only and needs the tables to be there.
  await writer.call('open', null);
  const at = { kind: 'sqlite', file } as const;
  const reader = createLogReader(at);
  const batches = createBatches(
    observed((entries) => writer.call('append', entries.map(owned)), seams.onCommit),
  );
  const upkeep = createUpkeep({
    ...seams,
    at,
    writer: {
      swap: (plan) => writer.call('swap', plan),
      setAside: (wrong) => writer.call('setAside', wrong),
      sweep: (room) => writer.call('sweep', room),
      expire: (expiry) => writer.call('expire', expiry),
      giveBack: () => writer.call('giveBack', null),
    },
  });
  return {
    ...reader,
    append: (entries) => batches.append(entries),
    seed: (entry) => writer.call('seed', owned(entry)),
    bind: (binding) => writer.call('bind', binding),
    upkeep,
    async close() {
      await batches.close();
      await upkeep.close();
      await reader.close();
      await writer.call('close', null);
      await writer.stop();
    },
  };
}

/**
 * Bytes that fill their buffer: sending a small view of a large one to a thread copies all of the large one,
 * and frames from a socket are such views.
 */
const owned = (entry: LogEntry): LogEntry =>
  entry.bytes.byteLength === entry.bytes.buffer.byteLength
    ? entry
    : { ...entry, bytes: new Uint8Array(entry.bytes) };
