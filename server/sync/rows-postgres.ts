/** Committed rows of the log on PostgreSQL, for the threads that read. */
import type pg from 'pg';
import { dueRooms } from './log-due.ts';
import { pageBytesLimit } from './log.ts';
import type { QuarantineReason } from './log.ts';
import { ownersOf } from './log-rows.ts';
import type { Rows, RowSource, StoredRow } from './log-rows.ts';
import { openPool } from './postgres-pool.ts';

/** Rows fetched at once; a page also ends with the row that passes `pageBytesLimit`. */
const fetchLimit = 1_000;

interface PgRow {
  seq: string;
  author: string;
  at: string;
  enc: string;
  status: StoredRow['status'];
  reason: QuarantineReason | null;
  bytes: Buffer;
  crc: string;
}

const rowColumns = 'seq, author, at, enc, status, reason, bytes, crc';

const storedRow = (row: PgRow): StoredRow => ({
  ...row,
  seq: Number(row.seq),
  user: row.author,
  at: Number(row.at),
  bytes: plain(row.bytes),
  crc: Number(row.crc),
});

/** A copy of its own: small buffers of the driver are views of a large one. */
const plain = (bytes: Buffer): Uint8Array => new Uint8Array(bytes);

export function openPostgresRows(url: string): RowSource {
  const pool = openPool(url, 1);

  const rowsOf = (client: pg.PoolClient): Rows => ({
    async room(name) {
      const { rows } = await client.query<{
        id: string;
        epoch: string;
        head: string;
        generation: string;
        snapshot_seq: string;
      }>('SELECT id, epoch, head, generation, snapshot_seq FROM log_rooms WHERE room = $1', [name]);
      const found = rows[0];
      return found
        ? {
            id: Number(found.id),
            epoch: found.epoch,
            head: Number(found.head),
            generation: Number(found.generation),
            snapshotSeq: Number(found.snapshot_seq),
          }
        : null;
    },
    async rowsAfter(roomId, seq) {
      // The running sum keeps one page from carrying a thousand large rows over the wire.
      const { rows } = await client.query<PgRow>(
        `SELECT ${rowColumns} FROM (
           SELECT ${rowColumns}, sum(octet_length(bytes)) OVER (ORDER BY seq) - octet_length(bytes) AS before
           FROM (SELECT * FROM log_updates WHERE room_id = $1 AND seq > $2 ORDER BY seq LIMIT ${fetchLimit}) page
         ) summed WHERE before < ${pageBytesLimit} ORDER BY seq`,
        [roomId, seq],
      );
      return rows.map(storedRow);
    },
    async leftBelow(roomId, seq, unswept) {
      const { rows } = await client.query<PgRow>(
        `SELECT ${rowColumns} FROM log_updates WHERE room_id = $1 AND seq <= $2 AND ($3 OR status <> 'stored')
         ORDER BY seq`,
        [roomId, seq, unswept],
      );
      return rows.map(storedRow);
    },
    async snapshots(roomId) {
      const { rows } = await client.query<{
        upto_seq: string;
        enc: string;
        state_vector: Buffer;
        deletes: Buffer;
        crc: string;
        sha256: Buffer;
      }>(
        `SELECT upto_seq, enc, state_vector, deletes, crc, sha256
         FROM log_snapshots WHERE room_id = $1 ORDER BY upto_seq DESC`,
        [roomId],
      );
      return rows.map((row) => ({
        uptoSeq: Number(row.upto_seq),
        enc: row.enc,
        stateVector: plain(row.state_vector),
        deletes: plain(row.deletes),
        crc: Number(row.crc),
        sha256: plain(row.sha256),
      }));
    },
    async snapshotState(roomId, uptoSeq) {
      const { rows } = await client.query<{ state: Buffer }>(
        'SELECT state FROM log_snapshots WHERE room_id = $1 AND upto_seq = $2',
        [roomId, uptoSeq],
      );
      return plain((rows[0] as { state: Buffer }).state);
    },
    async snapshotHead(roomId, uptoSeq) {
      const { rows } = await client.query<{ head: Buffer; bytes: number }>(
        `SELECT substring(state FROM 1 FOR 18) AS head, octet_length(state) AS bytes
         FROM log_snapshots WHERE room_id = $1 AND upto_seq = $2`,
        [roomId, uptoSeq],
      );
      return rows[0] as { head: Buffer; bytes: number };
    },
    async segments(roomId, afterSeq) {
      const { rows } = await client.query<{
        from_seq: string;
        upto_seq: string;
        enc: string;
        crc: string;
        bytes: Buffer;
      }>(
        `SELECT from_seq, upto_seq, enc, crc, bytes
         FROM log_segments WHERE room_id = $1 AND upto_seq > $2 ORDER BY from_seq`,
        [roomId, afterSeq],
      );
      return rows.map((row) => ({
        fromSeq: Number(row.from_seq),
        uptoSeq: Number(row.upto_seq),
        enc: row.enc,
        crc: Number(row.crc),
        bytes: plain(row.bytes),
      }));
    },
    async owners(roomId, epoch) {
      const { rows } = await client.query<{ client: string; person: string; confirmed: boolean }>(
        'SELECT client, person, epoch IS NOT DISTINCT FROM $2 AS confirmed FROM log_clients WHERE room_id = $1',
        [roomId, epoch],
      );
      return ownersOf(
        rows.map(({ client: id, person, confirmed }) => ({
          client: Number(id),
          person,
          isConfirmed: confirmed,
        })),
      );
    },
  });

  return {
    async consistently(work) {
      const client = await pool.connect();
      let failure: Error | undefined;
      try {
        await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
        const output = await work(rowsOf(client));
        await client.query('COMMIT');
        return output;
      } catch (error) {
        failure = error instanceof Error ? error : new Error(String(error));
        throw failure;
      } finally {
        client.release(failure);
      }
    },
    async due(nowMs) {
      const { rows } = await pool.query<Record<string, string> & { room: string; unswept: number }>(
        `SELECT room, head - snapshot_seq AS tail_rows, tail_bytes, snapshot_bytes, touched_at, unswept
         FROM log_rooms WHERE head > snapshot_seq OR unswept = 1`,
      );
      return dueRooms(
        rows.map((row) => ({
          room: row.room,
          tailRows: Number(row['tail_rows']),
          tailBytes: Number(row['tail_bytes']),
          snapshotBytes: Number(row['snapshot_bytes']),
          touchedAt: Number(row['touched_at']),
          unswept: row.unswept,
        })),
        nowMs,
      );
    },
    async names() {
      const { rows } = await pool.query<{ room: string }>('SELECT room FROM log_rooms ORDER BY room');
      return { names: rows.map(({ room }) => room), broken: null };
    },
    async rooms(name) {
      const { rows } = await pool.query<Record<string, string> & { snapshot_at: string | null }>(
        `SELECT room, workspace_id, epoch, head, bytes, head - snapshot_seq AS tail_rows, tail_bytes,
           snapshot_bytes, snapshot_seq, touched_at, quarantined, held,
           (SELECT at FROM log_snapshots WHERE room_id = id AND upto_seq = snapshot_seq) AS snapshot_at,
           (SELECT coalesce(sum(octet_length(s.bytes)), 0) FROM log_segments s WHERE s.room_id = id) AS segment_bytes
         FROM log_rooms WHERE $1::text IS NULL OR room = $1 ORDER BY room`,
        [name ?? null],
      );
      return rows.map((row) => ({
        room: row['room'] as string,
        workspaceId: row['workspace_id'] as string,
        epoch: row['epoch'] as string,
        head: Number(row['head']),
        bytes: Number(row['bytes']),
        tailRows: Number(row['tail_rows']),
        tailBytes: Number(row['tail_bytes']),
        snapshotBytes: Number(row['snapshot_bytes']),
        segmentBytes: Number(row['segment_bytes']),
        snapshotSeq: Number(row['snapshot_seq']),
        snapshotAt: row.snapshot_at === null ? null : Number(row.snapshot_at),
        touchedAt: Number(row['touched_at']),
        quarantined: Number(row['quarantined']),
        held: Number(row['held']),
      }));
    },
    async setAside() {
      const { rows } = await pool.query<{ room: string; quarantined: string }>(
        'SELECT room, quarantined FROM log_rooms WHERE quarantined > 0',
      );
      return rows.map(({ room, quarantined }) => ({ room, rows: Number(quarantined) }));
    },
    async quarantine() {
      const { rows } = await pool.query<PgRow & { room: string; reason: QuarantineReason }>(
        `SELECT room, seq, author, u.at, reason, u.bytes FROM log_updates u
         JOIN log_rooms ON log_rooms.id = room_id WHERE status = 'quarantined' ORDER BY room, seq`,
      );
      return rows.map(({ room, seq, author, at, reason, bytes }) => ({
        room,
        seq: Number(seq),
        user: author,
        at: Number(at),
        reason,
        bytes: plain(bytes),
      }));
    },
    close: () => pool.end(),
  };
}
