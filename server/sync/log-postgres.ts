/** The log on PostgreSQL: the same batches, one transaction each; reads and diffs in the reader thread. */
import { randomUUID } from 'node:crypto';
import { crc32 } from 'node:zlib';
import pg from 'pg';
import { createBatches, observed } from './log-batches.ts';
import { createLogReader } from './log-reader.ts';
import { expire, setAside, swap, sweep } from './log-postgres-upkeep.ts';
import { createUpkeep } from './log-upkeep.ts';
import type { LogSeams } from './log-upkeep.ts';
import { bindingKeptMs } from './log.ts';
import type { Binding, Log, LogEntry } from './log.ts';
import { openPool, statementPatienceMs } from './postgres-pool.ts';

/** Forward only; the position in the list is the version, kept in `log_schema`. */
const migrations = [
  `CREATE TABLE log_rooms (
     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     room text NOT NULL UNIQUE,
     workspace_id text NOT NULL,
     epoch text NOT NULL,
     head bigint NOT NULL,
     bytes bigint NOT NULL
   );
   CREATE TABLE log_updates (
     room_id bigint NOT NULL,
     seq bigint NOT NULL,
     enc text NOT NULL,
     status text NOT NULL,
     author text NOT NULL,
     at bigint NOT NULL,
     crc bigint NOT NULL,
     bytes bytea NOT NULL,
     PRIMARY KEY (room_id, seq)
   );
   CREATE TABLE log_clients (
     room_id bigint NOT NULL,
     client bigint NOT NULL,
     person text NOT NULL,
     PRIMARY KEY (room_id, client)
   );`,
  // Snapshots, packed rows, and what tells when a room is worth compacting.
  `ALTER TABLE log_rooms
     ADD COLUMN generation bigint NOT NULL DEFAULT 0,
     ADD COLUMN snapshot_seq bigint NOT NULL DEFAULT 0,
     ADD COLUMN snapshot_bytes bigint NOT NULL DEFAULT 0,
     ADD COLUMN tail_bytes bigint NOT NULL DEFAULT 0,
     ADD COLUMN touched_at bigint NOT NULL DEFAULT 0,
     ADD COLUMN unswept integer NOT NULL DEFAULT 0;
   UPDATE log_rooms SET tail_bytes = bytes;
   ALTER TABLE log_updates ADD COLUMN reason text;
   CREATE TABLE log_snapshots (
     room_id bigint NOT NULL,
     upto_seq bigint NOT NULL,
     enc text NOT NULL,
     state_vector bytea NOT NULL,
     deletes bytea NOT NULL,
     crc bigint NOT NULL,
     sha256 bytea NOT NULL,
     yjs_version text NOT NULL,
     at bigint NOT NULL,
     state bytea NOT NULL,
     PRIMARY KEY (room_id, upto_seq)
   );
   CREATE TABLE log_segments (
     room_id bigint NOT NULL,
     from_seq bigint NOT NULL,
     upto_seq bigint NOT NULL,
     rows bigint NOT NULL,
     enc text NOT NULL,
     crc bigint NOT NULL,
     at bigint NOT NULL,
     bytes bytea NOT NULL,
     PRIMARY KEY (room_id, from_seq)
   );`,
  // Rows that are in no document, counted where whoever watches the log need not look through it.
  `ALTER TABLE log_rooms
     ADD COLUMN quarantined bigint NOT NULL DEFAULT 0,
     ADD COLUMN held bigint NOT NULL DEFAULT 0;
   UPDATE log_rooms SET
     quarantined = (SELECT count(*) FROM log_updates WHERE room_id = id AND status = 'quarantined'),
     held = (SELECT count(*) FROM log_updates WHERE room_id = id AND status = 'held');`,
  // The epoch in which the owner of a client id last wrote under it; unknown of those from before.
  `ALTER TABLE log_clients ADD COLUMN epoch text;`,
  // When somebody showed a client id as theirs who has not written under it.
  `ALTER TABLE log_clients ADD COLUMN bound_at bigint;
   CREATE INDEX log_clients_bound ON log_clients (bound_at) WHERE bound_at IS NOT NULL;`,
];

/** Any number; it keeps two servers that start at once from migrating at once. */
const migrationLock = 7_406_001;

export async function openPostgresLog(url: string, seams: LogSeams = {}): Promise<Log> {
  await migrate(url);
  const { statementPatienceMs: patienceMs = statementPatienceMs } = seams;
  const pool = openPool(url, 2, patienceMs);
  // The server's side of it: what nobody waits for any more must not go on holding a room's line.
  const bounds = `SET LOCAL synchronous_commit = on; SET LOCAL statement_timeout = ${patienceMs};
    SET LOCAL idle_in_transaction_session_timeout = ${patienceMs}`;

  async function timed<Output>(
    work: (client: pg.PoolClient) => Promise<Output>,
  ): Promise<{ output: Output; flushMs: number }> {
    const client = await pool.connect();
    let failure: Error | undefined;
    try {
      await client.query('BEGIN');
      await client.query(bounds);
      const output = await work(client);
      const startedMs = performance.now();
      await client.query('COMMIT');
      return { output, flushMs: performance.now() - startedMs };
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
      throw failure;
    } finally {
      // After a failure nothing in the connection is trusted: it is destroyed, which also rolls back.
      client.release(failure);
    }
  }

  const transaction = async <Output>(work: (client: pg.PoolClient) => Promise<Output>): Promise<Output> =>
    (await timed(work)).output;

  const batches = createBatches(
    observed(async (entries) => {
      const { output: numbers, flushMs } = await timed((client) => insertAll(client, entries));
      return { numbers, flushMs };
    }, seams.onCommit),
  );
  const at = { kind: 'postgres', url } as const;
  const reader = createLogReader(at);
  const upkeep = createUpkeep({
    ...seams,
    at,
    writer: {
      swap: (plan) => transaction((client) => swap(client, plan, Date.now())),
      setAside: (wrong) => transaction((client) => setAside(client, wrong)),
      sweep: (room) => transaction((client) => sweep(client, room)),
      expire: (expiry) => transaction((client) => expire(client, expiry)),
      // Autovacuum does.
      giveBack: () => Promise.resolve(false),
    },
  });

  return {
    ...reader,
    append: (entries) => batches.append(entries),
    seed: (entry) =>
      transaction(async (client) => {
        // Two that seed at once meet at the room's row: the second waits and then finds it.
        await beginRoom(client, entry);
        const { rows } = await client.query<{ head: string }>(
          'SELECT head FROM log_rooms WHERE room = $1 FOR UPDATE',
          [entry.room],
        );
        if (Number(rows[0]?.head) > 0) return false;
        await insertAll(client, [entry]);
        return true;
      }),
    bind: (binding) => transaction((client) => bind(client, binding)),
    upkeep,
    async close() {
      await batches.close();
      await upkeep.close();
      await reader.close();
      await pool.end();
    },
  };
}

/** On a connection of its own, since it takes as long as it takes. */
async function migrate(url: string): Promise<void> {
  const client = new pg.Client(url);
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1)', [migrationLock]);
    await client.query('CREATE TABLE IF NOT EXISTS log_schema (version integer NOT NULL)');
    const { rows } = await client.query<{ version: number | null }>(
      'SELECT max(version) AS version FROM log_schema',
    );
    const version = rows[0]?.version ?? 0;
    if (version > migrations.length) throw new Error('the log was written by a newer version');
    for (let next = version; next < migrations.length; next += 1) {
      await client.query(migrations[next] as string);
      await client.query('INSERT INTO log_schema (version) VALUES ($1)', [next + 1]);
    }
    await client.query('COMMIT');
  } finally {
    // Without a commit this rolls back.
    await client.end();
  }
}

const beginRoom = (client: pg.PoolClient, { room, workspaceId }: { room: string; workspaceId: string }) =>
  client.query(
    `INSERT INTO log_rooms (room, workspace_id, epoch, head, bytes) VALUES ($1, $2, $3, 0, 0)
     ON CONFLICT (room) DO NOTHING`,
    [room, workspaceId, randomUUID()],
  );

async function bind(client: pg.PoolClient, binding: Binding): Promise<void> {
  const at = Date.now();
  await beginRoom(client, binding);
  await client.query(
    `INSERT INTO log_clients (room_id, client, person, bound_at)
     SELECT id, client, $3, $4 FROM log_rooms, unnest($2::bigint[]) AS client WHERE room = $1
     ON CONFLICT (room_id, client) DO NOTHING`,
    [binding.room, binding.clients, binding.user, at],
  );
  await client.query('DELETE FROM log_clients WHERE bound_at < $1', [at - bindingKeptMs]);
}

async function insertAll(client: pg.PoolClient, entries: readonly LogEntry[]): Promise<number[]> {
  const rooms = new Map<
    string,
    { workspaceId: string; count: number; bytes: number; id: string; next: number; epoch: string }
  >();
  for (const { room, workspaceId, bytes } of entries) {
    const known = rooms.get(room) ?? { workspaceId, count: 0, bytes: 0, id: '', next: 0, epoch: '' };
    known.count += 1;
    known.bytes += bytes.length;
    rooms.set(room, known);
  }
  const at = Date.now();
  // Sorted, so that two servers lock rooms in one order and cannot wait for each other.
  const names = [...rooms.keys()].sort();
  const of = (name: string) => rooms.get(name) as NonNullable<ReturnType<typeof rooms.get>>;
  const bumped = await client.query<{ id: string; room: string; head: string; epoch: string }>(
    `INSERT INTO log_rooms (room, workspace_id, epoch, head, bytes, tail_bytes, touched_at)
     SELECT room, workspace_id, epoch, head, bytes, bytes, $6::bigint
     FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[])
       AS new (room, workspace_id, epoch, head, bytes)
     ON CONFLICT (room) DO UPDATE SET head = log_rooms.head + excluded.head,
       bytes = log_rooms.bytes + excluded.bytes, tail_bytes = log_rooms.tail_bytes + excluded.tail_bytes,
       touched_at = excluded.touched_at
     RETURNING id, room, head, epoch`,
    [
      names,
      names.map((name) => of(name).workspaceId),
      names.map(() => randomUUID()),
      names.map((name) => of(name).count),
      names.map((name) => of(name).bytes),
      at,
    ],
  );
  for (const { id, room, head, epoch } of bumped.rows) {
    const known = of(room);
    known.id = id;
    known.epoch = epoch;
    known.next = Number(head) - known.count + 1;
  }
  const seqs = entries.map(({ room }) => of(room).next++);
  await client.query(
    `INSERT INTO log_updates (room_id, seq, author, crc, bytes, enc, status, at)
     SELECT room_id, seq, author, crc, bytes, 'v1', 'stored', $6::bigint
     FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bytea[])
       AS new (room_id, seq, author, crc, bytes)`,
    [
      entries.map(({ room }) => of(room).id),
      seqs,
      entries.map(({ user }) => user),
      entries.map(({ bytes }) => crc32(bytes)),
      entries.map(({ bytes }) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)),
      at,
    ],
  );
  const claims = entries.flatMap(({ room, user, claims: clients }) =>
    clients.map((client) => ({ ...of(room), client, user })),
  );
  if (claims.length > 0)
    await client.query(
      `INSERT INTO log_clients (room_id, client, person, epoch)
       SELECT DISTINCT ON (room_id, client) room_id, client, person, epoch
       FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[])
         WITH ORDINALITY AS new (room_id, client, person, epoch, position)
       ORDER BY room_id, client, position
       ON CONFLICT (room_id, client) DO UPDATE SET epoch = excluded.epoch, bound_at = NULL
       WHERE log_clients.person = excluded.person`,
      [
        claims.map(({ id }) => id),
        claims.map(({ client: id }) => id),
        claims.map(({ user }) => user),
        claims.map(({ epoch }) => epoch),
      ],
    );
  return seqs;
}
