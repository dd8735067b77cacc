/** What the writer of log.db does off the path of updates, in steps short enough to go between two commits. */
import type { DatabaseSync } from 'node:sqlite';
import type { Plan, Wrong } from './compact.ts';
import { expiryRowsLimit, sweepRowsLimit } from './log-upkeep.ts';
import type { Expiry } from './log-upkeep.ts';

/** Pages given back to the disk in one step: a megabyte. */
const vacuumPages = 256;
/** A reader may hold the write-ahead file; it is shortened another time then. */
const checkpointPatienceMs = 50;

/** The new snapshot and the packed rows, if nothing has changed since the plan was made. */
export function swap(db: DatabaseSync, plan: Plan, at: number): boolean {
  const { roomId, snapshot, segments } = plan;
  const room = db.prepare('SELECT epoch, generation FROM log_rooms WHERE id = ?').get(roomId) as
    { epoch: string; generation: number } | undefined;
  if (room?.epoch !== plan.epoch || room.generation !== plan.generation) return false;
  db.prepare(
    `INSERT OR REPLACE INTO log_snapshots
       (room_id, upto_seq, enc, state_vector, deletes, crc, sha256, yjs_version, at, state)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    ...[roomId, snapshot.uptoSeq, snapshot.enc, snapshot.stateVector, snapshot.deletes, snapshot.crc],
    ...[snapshot.sha256, snapshot.yjsVersion, at, snapshot.state],
  );
  db.prepare('DELETE FROM log_snapshots WHERE room_id = ? AND upto_seq NOT IN (?, ?)').run(
    ...[roomId, snapshot.uptoSeq, plan.baseSeq],
  );
  const segmentRow = db.prepare(
    `INSERT INTO log_segments (room_id, from_seq, upto_seq, rows, enc, crc, at, bytes)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  for (const { fromSeq, uptoSeq, rows, enc, crc, bytes } of segments)
    segmentRow.run(roomId, fromSeq, uptoSeq, rows, enc, crc, at, bytes);
  const status = db.prepare('UPDATE log_updates SET status = ? WHERE room_id = ? AND seq = ?');
  for (const seq of plan.held) status.run('held', roomId, seq);
  for (const seq of plan.released) status.run('stored', roomId, seq);
  // Summed anew, and not less what was packed: rows that wait leave the tail unpacked.
  db.prepare(
    `UPDATE log_rooms SET generation = generation + 1, snapshot_seq = ?1, snapshot_bytes = ?2, unswept = 1,
       held = ?4,
       tail_bytes = (SELECT coalesce(sum(length(bytes)), 0) FROM log_updates WHERE room_id = ?3 AND seq > ?1)
     WHERE id = ?3`,
  ).run(snapshot.uptoSeq, snapshot.state.length, roomId, plan.held.length);
  return true;
}

export function setAside(db: DatabaseSync, { roomId, rows }: Wrong): void {
  const row = db.prepare(
    `UPDATE log_updates SET status = 'quarantined', reason = ?
     WHERE room_id = ? AND seq = ? AND status <> 'quarantined'`,
  );
  const count = rows.reduce((sum, { seq, reason }) => sum + Number(row.run(reason, roomId, seq).changes), 0);
  db.prepare(
    'UPDATE log_rooms SET generation = generation + 1, quarantined = quarantined + ? WHERE id = ?',
  ).run(count, roomId);
}

/** Takes rows out of the table that lie in segments. True while there may be more. */
export function sweep(db: DatabaseSync, name: string): boolean {
  const room = db
    .prepare('SELECT id, snapshot_seq AS snapshotSeq FROM log_rooms WHERE room = ? AND unswept = 1')
    .get(name) as { id: number; snapshotSeq: number } | undefined;
  if (room === undefined) return false;
  const { changes } = db
    .prepare(
      `DELETE FROM log_updates WHERE room_id = ? AND status = 'stored' AND seq <=
         (SELECT max(seq) FROM (SELECT seq FROM log_updates
            WHERE room_id = ? AND seq <= ? AND status = 'stored' ORDER BY seq LIMIT ?))`,
    )
    .run(room.id, room.id, room.snapshotSeq, sweepRowsLimit);
  if (Number(changes) === sweepRowsLimit) return true;
  db.prepare('UPDATE log_rooms SET unswept = 0 WHERE id = ?').run(room.id);
  return false;
}

/** Takes away packed rows and replaced snapshots of that age. True while there may be more. */
export function expire(db: DatabaseSync, { beforeMs, room }: Expiry): boolean {
  const only = room === null ? '' : 'AND log_rooms.room = ?';
  const parameters = room === null ? [beforeMs] : [beforeMs, room];
  const segments = db
    .prepare(
      `DELETE FROM log_segments WHERE rowid IN (
         SELECT log_segments.rowid FROM log_segments JOIN log_rooms ON log_rooms.id = room_id
         WHERE at <= ? ${only} LIMIT ${expiryRowsLimit})`,
    )
    .run(...parameters);
  // A snapshot is replaced at the time of the newest one.
  const snapshots = db
    .prepare(
      `DELETE FROM log_snapshots WHERE rowid IN (
         SELECT older.rowid FROM log_snapshots older JOIN log_rooms ON log_rooms.id = older.room_id
         JOIN log_snapshots newest ON newest.room_id = older.room_id AND newest.upto_seq = log_rooms.snapshot_seq
         WHERE older.upto_seq < newest.upto_seq AND newest.at <= ? ${only} LIMIT ${expiryRowsLimit})`,
    )
    .run(...parameters);
  return Number(segments.changes) + Number(snapshots.changes) > 0;
}

/** Gives free pages back to the disk; outside a transaction. True while there may be more. */
export function giveBack(db: DatabaseSync): boolean {
  db.exec(`PRAGMA incremental_vacuum(${vacuumPages})`);
  const { freelist_count: left } = db.prepare('PRAGMA freelist_count').get() as { freelist_count: number };
  const { auto_vacuum: mode } = db.prepare('PRAGMA auto_vacuum').get() as { auto_vacuum: number };
  if (left > 0 && mode === 2) return true;
  db.exec(`PRAGMA busy_timeout = ${checkpointPatienceMs}`);
  db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
  db.exec('PRAGMA busy_timeout = 5000');
  return false;
}
