/** Committed rows of log.db, for the reader thread. */
import { DatabaseSync } from 'node:sqlite';
import type { RowSource, StoredRow } from './log-replay.ts';
import { pageBytesLimit } from './log.ts';

export function openSqliteRows(file: string): RowSource {
  const db = new DatabaseSync(file, { readOnly: true });
  db.exec('PRAGMA busy_timeout = 5000');
  const room = db.prepare('SELECT id, epoch, head FROM log_rooms WHERE room = ?');
  const rows = db.prepare(
    'SELECT seq, user, bytes, crc FROM log_updates WHERE room_id = ? AND seq > ? ORDER BY seq',
  );
  const owners = db.prepare('SELECT client, user FROM log_clients WHERE room_id = ?');
  return {
    room: (name) =>
      Promise.resolve((room.get(name) as { id: number; epoch: string; head: number } | undefined) ?? null),
    rowsAfter(roomId, seq) {
      const page: StoredRow[] = [];
      let bytes = 0;
      for (const row of rows.iterate(roomId, seq)) {
        const stored = row as unknown as StoredRow;
        page.push(stored);
        bytes += stored.bytes.length;
        if (bytes >= pageBytesLimit) break;
      }
      return Promise.resolve(page);
    },
    owners: (roomId) =>
      Promise.resolve(
        new Map(
          (owners.all(roomId) as unknown as { client: number; user: string }[]).map(({ client, user }) => [
            client,
            user,
          ]),
        ),
      ),
    close: () => Promise.resolve(db.close()),
  };
}
