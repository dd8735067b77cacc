/** Every row that is still kept, packed or not, for whoever exports or verifies a log. */
import { pageBytesLimit } from './log.ts';
import type { HistoryRow } from './log.ts';
import type { RowSource, StoredRow } from './log-rows.ts';
import { unpackRows } from './log-segments.ts';

export function readHistory(
  source: RowSource,
  { room: name, afterSeq }: { room: string; afterSeq: number },
): Promise<{ rows: HistoryRow[]; upTo: number }> {
  return source.consistently(async (rows) => {
    const room = await rows.room(name);
    if (room === null) return { rows: [], upTo: afterSeq };
    const found = new Map<number, StoredRow>();
    // A row that was held for long lies in a later segment than its neighbours: all are looked through.
    for (const segment of await rows.segments(room.id, 0))
      for (const row of unpackRows(segment) ?? []) if (row.seq > afterSeq) found.set(row.seq, row);
    for (const row of await rows.leftBelow(room.id, room.snapshotSeq, true))
      if (row.seq > afterSeq) found.set(row.seq, row);
    if (found.size === 0)
      for (const row of await rows.rowsAfter(room.id, Math.max(afterSeq, room.snapshotSeq)))
        found.set(row.seq, row);
    const page: HistoryRow[] = [];
    let bytes = 0;
    for (const row of [...found.values()].sort((a, b) => a.seq - b.seq)) {
      if (bytes >= pageBytesLimit) break;
      page.push({ seq: row.seq, user: row.user, at: row.at, status: row.status, bytes: row.bytes });
      bytes += row.bytes.length;
    }
    return { rows: page, upTo: page.at(-1)?.seq ?? afterSeq };
  });
}
