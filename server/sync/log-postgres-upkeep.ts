/** What the log's writer does on PostgreSQL off the path of updates; the same steps as on SQLite. */
import type pg from 'pg';
import type { Plan, Wrong } from './compact.ts';
import { expiryRowsLimit, sweepRowsLimit } from './log-upkeep.ts';
import type { Expiry } from './log-upkeep.ts';

const buffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The new snapshot and the packed rows, if nothing has changed since the plan was made. */
export async function swap(client: pg.PoolClient, plan: Plan, at: number): Promise<boolean> {
  const { roomId, snapshot, segments } = plan;
  const { rows } = await client.query<{ epoch: string; generation: string }>(
    'SELECT epoch, generation FROM log_rooms WHERE id = $1 FOR UPDATE',
    [roomId],
  );
  const room = rows[0];
  if (room?.epoch !== plan.epoch || Number(room.generation) !== plan.generation) return false;
  await client.query('DELETE FROM log_snapshots WHERE room_id = $1 AND (upto_seq = $2 OR upto_seq <> $3)', [
    roomId,
    snapshot.uptoSeq,
    plan.baseSeq,
  ]);
  await client.query(
    `INSERT INTO log_snapshots
       (room_id, upto_seq, enc, state_vector, deletes, crc, sha256, yjs_version, at, state)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      ...[roomId, snapshot.uptoSeq, snapshot.enc, buffer(snapshot.stateVector), buffer(snapshot.deletes)],
      ...[snapshot.crc, buffer(snapshot.sha256), snapshot.yjsVersion, at, buffer(snapshot.state)],
    ],
  );
  for (const { fromSeq, uptoSeq, rows: count, enc, crc, bytes } of segments)
    await client.query(
      `INSERT INTO log_segments (room_id, from_seq, upto_seq, rows, enc, crc, at, bytes)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [roomId, fromSeq, uptoSeq, count, enc, crc, at, buffer(bytes)],
    );
  const status = 'UPDATE log_updates SET status = $1 WHERE room_id = $2 AND seq = ANY($3::bigint[])';
  await client.query(status, ['held', roomId, plan.held]);
  await client.query(status, ['stored', roomId, plan.released]);
  // Summed anew, and not less what was packed: rows that wait leave the tail unpacked.
  await client.query(
    `UPDATE log_rooms SET generation = generation + 1, snapshot_seq = $2, snapshot_bytes = $3, unswept = 1,
       held = $4,
       tail_bytes = (SELECT coalesce(sum(octet_length(bytes)), 0) FROM log_updates WHERE room_id = $1 AND seq > $2)
     WHERE id = $1`,
    [roomId, snapshot.uptoSeq, snapshot.state.length, plan.held.length],
  );
  return true;
}

export async function setAside(client: pg.PoolClient, { roomId, rows }: Wrong): Promise<void> {
  // First the room, then its rows, as a swap locks them: in another order two processes wait for each other.
  await client.query('SELECT 1 FROM log_rooms WHERE id = $1 FOR UPDATE', [roomId]);
  let count = 0;
  for (const { seq, reason } of rows) {
    const { rowCount } = await client.query(
      `UPDATE log_updates SET status = 'quarantined', reason = $3
       WHERE room_id = $1 AND seq = $2 AND status <> 'quarantined'`,
      [roomId, seq, reason],
    );
    count += rowCount ?? 0;
  }
  await client.query(
    'UPDATE log_rooms SET generation = generation + 1, quarantined = quarantined + $2 WHERE id = $1',
    [roomId, count],
  );
}

/** Takes rows out of the table that lie in segments. True while there may be more. */
export async function sweep(client: pg.PoolClient, name: string): Promise<boolean> {
  const { rows } = await client.query<{ id: string; snapshot_seq: string }>(
    'SELECT id, snapshot_seq FROM log_rooms WHERE room = $1 AND unswept = 1',
    [name],
  );
  const room = rows[0];
  if (room === undefined) return false;
  const { rowCount } = await client.query(
    `DELETE FROM log_updates WHERE room_id = $1 AND status = 'stored' AND seq <=
       (SELECT max(seq) FROM (SELECT seq FROM log_updates
          WHERE room_id = $1 AND seq <= $2 AND status = 'stored' ORDER BY seq LIMIT $3) page)`,
    [room.id, room.snapshot_seq, sweepRowsLimit],
  );
  if (rowCount === sweepRowsLimit) return true;
  // Another process may have packed more meanwhile.
  await client.query('UPDATE log_rooms SET unswept = 0 WHERE id = $1 AND snapshot_seq = $2', [
    room.id,
    room.snapshot_seq,
  ]);
  return false;
}

/** Takes away packed rows and replaced snapshots of that age. True while there may be more. */
export async function expire(client: pg.PoolClient, { beforeMs, room }: Expiry): Promise<boolean> {
  const segments = await client.query(
    `DELETE FROM log_segments WHERE (room_id, from_seq) IN (
       SELECT room_id, from_seq FROM log_segments JOIN log_rooms ON log_rooms.id = room_id
       WHERE at <= $1 AND ($2::text IS NULL OR room = $2) LIMIT ${expiryRowsLimit})`,
    [beforeMs, room],
  );
  // A snapshot is replaced at the time of the newest one.
  const snapshots = await client.query(
    `DELETE FROM log_snapshots WHERE (room_id, upto_seq) IN (
       SELECT older.room_id, older.upto_seq FROM log_snapshots older
       JOIN log_rooms ON log_rooms.id = older.room_id
       JOIN log_snapshots newest ON newest.room_id = older.room_id AND newest.upto_seq = log_rooms.snapshot_seq
       WHERE older.upto_seq < newest.upto_seq AND newest.at <= $1 AND ($2::text IS NULL OR room = $2)
       LIMIT ${expiryRowsLimit})`,
    [beforeMs, room],
  );
  return (segments.rowCount ?? 0) + (snapshots.rowCount ?? 0) > 0;
}
