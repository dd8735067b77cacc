/** Committed rows of the log on PostgreSQL, for the reader thread. */
import pg from 'pg';
import type { RowSource, StoredRow } from './log-replay.ts';
import { pageBytesLimit } from './log.ts';

/** Rows fetched at once; a page also ends with the row that passes `pageBytesLimit`. */
const fetchLimit = 1_000;

export function openPostgresRows(url: string): RowSource {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  // Without a listener a connection that breaks while idle ends the process.
  pool.on('error', () => undefined);
  return {
    async room(name) {
      const { rows } = await pool.query<{ id: string; epoch: string; head: string }>(
        'SELECT id, epoch, head FROM log_rooms WHERE room = $1',
        [name],
      );
      const found = rows[0];
      return found ? { id: Number(found.id), epoch: found.epoch, head: Number(found.head) } : null;
    },
    async rowsAfter(roomId, seq) {
      // The running sum keeps one page from carrying a thousand large rows over the wire.
      const { rows } = await pool.query<{ seq: string; author: string; bytes: Buffer; crc: string }>(
        `SELECT seq, author, bytes, crc FROM (
           SELECT seq, author, bytes, crc, sum(octet_length(bytes)) OVER (ORDER BY seq) - octet_length(bytes) AS before
           FROM (SELECT * FROM log_updates WHERE room_id = $1 AND seq > $2 ORDER BY seq LIMIT ${fetchLimit}) page
         ) summed WHERE before < ${pageBytesLimit} ORDER BY seq`,
        [roomId, seq],
      );
      return rows.map((row): StoredRow => ({
        seq: Number(row.seq),
        user: row.author,
        bytes: new Uint8Array(row.bytes),
        crc: Number(row.crc),
      }));
    },
    async owners(roomId) {
      const { rows } = await pool.query<{ client: string; person: string }>(
        'SELECT client, person FROM log_clients WHERE room_id = $1',
        [roomId],
      );
      return new Map(rows.map(({ client, person }) => [Number(client), person]));
    },
    close: () => pool.end(),
  };
}
