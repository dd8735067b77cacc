/** Committed rows of log.db, for the threads that read. */
import { DatabaseSync } from 'node:sqlite';
import { dueRooms } from './log-due.ts';
import type { RoomInTail } from './log-due.ts';
import { pageBytesLimit } from './log.ts';
import type { QuarantinedRow, RoomFigures } from './log.ts';
import { ownersOf } from './log-rows.ts';
import type {
  RoomNames,
  Rows,
  RowSource,
  StoredRoom,
  StoredRow,
  StoredSegment,
  StoredSnapshot,
} from './log-rows.ts';

const rowColumns = 'seq, user, at, enc, status, reason, bytes, crc';

export const openLogForReading = (file: string): DatabaseSync =>
  new DatabaseSync(file, { readOnly: true, timeout: 5000 });

/** Closes the connection in the end. */
export function openSqliteRows(db: DatabaseSync): RowSource {
  const room = db.prepare(
    'SELECT id, epoch, head, generation, snapshot_seq AS snapshotSeq FROM log_rooms WHERE room = ?',
  );
  const after = db.prepare(
    `SELECT ${rowColumns} FROM log_updates WHERE room_id = ? AND seq > ? ORDER BY seq`,
  );
  const left = db.prepare(
    `SELECT ${rowColumns} FROM log_updates WHERE room_id = ? AND seq <= ? AND status <> 'stored' ORDER BY seq`,
  );
  const unswept = db.prepare(
    `SELECT ${rowColumns} FROM log_updates WHERE room_id = ? AND seq <= ? ORDER BY seq`,
  );
  const snapshots = db.prepare(
    `SELECT upto_seq AS uptoSeq, enc, state_vector AS stateVector, deletes, crc, sha256
     FROM log_snapshots WHERE room_id = ? ORDER BY upto_seq DESC`,
  );
  const state = db.prepare('SELECT state FROM log_snapshots WHERE room_id = ? AND upto_seq = ?');
  const stateHead = db.prepare(
    `SELECT substr(state, 1, 18) AS head, length(state) AS bytes
     FROM log_snapshots WHERE room_id = ? AND upto_seq = ?`,
  );
  const segments = db.prepare(
    `SELECT from_seq AS fromSeq, upto_seq AS uptoSeq, enc, crc, bytes
     FROM log_segments WHERE room_id = ? AND upto_seq > ? ORDER BY from_seq`,
  );
  const owners = db.prepare(
    'SELECT client, user AS person, epoch IS ? AS confirmed FROM log_clients WHERE room_id = ?',
  );
  const later = <Output>(output: unknown): Promise<Output> => Promise.resolve(output as Output);

  const rows: Rows = {
    room: (name) => later<StoredRoom | null>(room.get(name) ?? null),
    rowsAfter(roomId, seq) {
      const page: StoredRow[] = [];
      let bytes = 0;
      for (const row of after.iterate(roomId, seq)) {
        const stored = row as unknown as StoredRow;
        page.push(stored);
        bytes += stored.bytes.length;
        if (bytes >= pageBytesLimit) break;
      }
      return Promise.resolve(page);
    },
    leftBelow: (roomId, seq, withUnswept) =>
      later<StoredRow[]>((withUnswept ? unswept : left).all(roomId, seq)),
    snapshots: (roomId) => later<StoredSnapshot[]>(snapshots.all(roomId)),
    snapshotState: (roomId, uptoSeq) =>
      later<Uint8Array>((state.get(roomId, uptoSeq) as { state: Uint8Array }).state),
    snapshotHead: (roomId, uptoSeq) =>
      later<{ head: Uint8Array; bytes: number }>(stateHead.get(roomId, uptoSeq)),
    segments: (roomId, afterSeq) => later<StoredSegment[]>(segments.all(roomId, afterSeq)),
    owners: (roomId, epoch) =>
      Promise.resolve(
        ownersOf(
          (
            owners.all(epoch, roomId) as unknown as { client: number; person: string; confirmed: number }[]
          ).map(({ client, person, confirmed }) => ({ client, person, isConfirmed: confirmed === 1 })),
        ),
      ),
  };

  return {
    async consistently(work) {
      db.exec('BEGIN');
      try {
        return await work(rows);
      } finally {
        // Nothing was written; COMMIT would say once more what could not be read, ROLLBACK ends it all the same.
        if (db.isTransaction) db.exec('ROLLBACK');
      }
    },
    due: (nowMs) =>
      Promise.resolve(
        dueRooms(
          db
            .prepare(
              `SELECT room, head - snapshot_seq AS tailRows, tail_bytes AS tailBytes,
                 snapshot_bytes AS snapshotBytes, touched_at AS touchedAt, unswept
               FROM log_rooms WHERE head > snapshot_seq OR unswept = 1`,
            )
            .all() as unknown as RoomInTail[],
          nowMs,
        ),
      ),
    names: () => later(namesOf(db)),
    rooms: (name) =>
      later<RoomFigures[]>(
        db
          .prepare(
            `SELECT room, workspace_id AS workspaceId, epoch, head, bytes, head - snapshot_seq AS tailRows,
               tail_bytes AS tailBytes, snapshot_bytes AS snapshotBytes, snapshot_seq AS snapshotSeq,
               touched_at AS touchedAt, quarantined, held,
               (SELECT at FROM log_snapshots WHERE room_id = id AND upto_seq = snapshot_seq) AS snapshotAt,
               (SELECT coalesce(sum(length(log_segments.bytes)), 0) FROM log_segments WHERE room_id = id) AS segmentBytes
             FROM log_rooms WHERE ?1 IS NULL OR room = ?1 ORDER BY room`,
          )
          .all(name ?? null),
      ),
    setAside: () =>
      later<{ room: string; rows: number }[]>(
        db.prepare('SELECT room, quarantined AS rows FROM log_rooms WHERE quarantined > 0').all(),
      ),
    quarantine: () =>
      later<QuarantinedRow[]>(
        db
          .prepare(
            `SELECT room, seq, user, at, reason, log_updates.bytes FROM log_updates
             JOIN log_rooms ON log_rooms.id = room_id WHERE status = 'quarantined' ORDER BY room, seq`,
          )
          .all(),
      ),
    close: () => Promise.resolve(db.close()),
  };
}

/** The index first, then the table from both ends: what a broken page hides from one, another may reach. */
const waysToNames = [
  'INDEXED BY sqlite_autoindex_log_rooms_1 ORDER BY room',
  'NOT INDEXED ORDER BY id',
  'NOT INDEXED ORDER BY id DESC',
] as const;

function namesOf(db: DatabaseSync): RoomNames {
  const found = new Set<string>();
  let broken: string | null = null;
  for (const way of waysToNames)
    try {
      for (const { room } of db.prepare(`SELECT room FROM log_rooms ${way}`).iterate())
        found.add(room as string);
      break;
    } catch (error) {
      broken ??= (error as Error).message;
    }
  return { names: [...found].sort(), broken };
}
