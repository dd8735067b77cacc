/**
 * The log by itself: how fast it takes updates in, what they take on the disk, how long a room takes to open
 * that nobody has touched since the start, and what a compaction costs those who write meanwhile. Medians of
 * three. With TEST_DATA_DIR the rooms hold a real editing trace. `node test/bench/log.ts`
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import * as Y from 'yjs';
import { createKeeper } from '#server/sync/log-keeper.ts';
import { openSqliteLog } from '#server/sync/log-sqlite.ts';
import type { Log, LogEntry } from '#server/sync/log.ts';

const rounds = 3;
const typed = 200_000;
/** What a room hands in together when it is busy, and how many of these are on their way at once. */
const together = 50;
const underWay = 20;
const traceRooms = 50;

const entry = (room: string, bytes: Uint8Array): LogEntry => ({
  workspaceId: 'w',
  room,
  user: 'ana',
  bytes,
  claims: [],
});

const quantile = (list: readonly number[], part: number): number => {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
};
const median = (list: readonly number[]): number => quantile(list, 0.5);

function record(write: (doc: Y.Doc) => void, clientId: number): { updates: Uint8Array[]; state: Uint8Array } {
  const doc = new Y.Doc();
  doc.clientID = clientId;
  const updates: Uint8Array[] = [];
  doc.on('update', (update: Uint8Array) => updates.push(update));
  write(doc);
  return { updates, state: Y.encodeStateAsUpdate(doc) };
}

/** One character after the other, as chance has them: a text that repeats itself would pack too well. */
const typing = () =>
  record((doc) => {
    const text = doc.getText('text');
    for (let index = 0; index < typed; index += 1)
      text.insert(index, String.fromCharCode(97 + Math.floor(Math.random() * 26)));
  }, 3_123_456_789);

/** The trace's positions count code points; its text has none beyond the basic plane. */
function trace(): ReturnType<typeof record> | null {
  const file = join(process.env['TEST_DATA_DIR'] ?? '', 'traces', 'automerge-paper.json.gz');
  if (process.env['TEST_DATA_DIR'] === undefined || !existsSync(file)) return null;
  const { txns } = JSON.parse(gunzipSync(readFileSync(file)).toString()) as {
    txns: { patches: [number, number, string][] }[];
  };
  return record((doc) => {
    const text = doc.getText('text');
    for (const { patches } of txns)
      for (const [at, deleted, inserted] of patches) {
        if (deleted > 0) text.delete(at, deleted);
        if (inserted !== '') text.insert(at, inserted);
      }
  }, 3_123_456_789);
}

async function takeIn(
  log: Log,
  room: string,
  updates: readonly Uint8Array[],
  onStored = () => {},
): Promise<void> {
  const flying = new Set<Promise<unknown>>();
  for (let from = 0; from < updates.length; from += together) {
    const part = log.append(updates.slice(from, from + together).map((bytes) => entry(room, bytes)));
    const settled = part.then(() => {
      flying.delete(settled);
      onStored();
    });
    flying.add(settled);
    if (flying.size >= underWay) await Promise.race(flying);
  }
  await Promise.all(flying);
}

async function compactAll(log: Log, room: string, options = {}): Promise<void> {
  for (let upTo = -1; ;) {
    const done = await log.upkeep.compact(room, options);
    if (done.upTo === upTo || done.outcome === 'nothing') return;
    ({ upTo } = done);
  }
}

const bytesOf = (file: string): number =>
  [file, `${file}-wal`].reduce((sum, name) => sum + (existsSync(name) ? statSync(name).size : 0), 0);

/** As a room does for the first who comes: what it knows, and all that he lacks. */
async function openCold(log: Log, room: string): Promise<number> {
  const startedMs = performance.now();
  await log.knowledge(room);
  await log.state(room, null);
  return performance.now() - startedMs;
}

async function withLog<Output>(file: string, work: (log: Log) => Promise<Output>): Promise<Output> {
  const log = await openSqliteLog(file);
  try {
    return await work(log);
  } finally {
    await log.close();
  }
}

const folder = await mkdtemp(join(tmpdir(), 'stoa-bench-log-'));
const results: { figure: string; value: string; toReach: string }[] = [];

const { updates, state } = typing();
const rates: number[] = [];
const coldOpens: number[] = [];
let kept = 0;
let compacted = 0;
let raw = 0;
for (let round = 0; round < rounds; round += 1) {
  const file = join(folder, `typing${round}.db`);
  await withLog(file, async (log) => {
    // As in the server, fresh rows are looked at and long tails are compacted while they come in.
    const keeper = createKeeper({ upkeep: log.upkeep, nowMs: Date.now, report: () => undefined });
    keeper.start();
    const startedMs = performance.now();
    await takeIn(log, 'typing', updates, () => keeper.grown('typing'));
    rates.push(updates.length / ((performance.now() - startedMs) / 1_000));
    keeper.stop();
    raw = bytesOf(file);
    await compactAll(log, 'typing');
    kept = bytesOf(file) / state.length;
    await log.upkeep.compact('typing', { retainMs: 0 });
    compacted = bytesOf(file) / state.length;
  });
  await withLog(file, async (log) => {
    // The threads are there in a server that has started; the room is not.
    await log.head('nothing');
    coldOpens.push(await openCold(log, 'typing'));
  });
}
results.push(
  {
    figure: `taken in, updates/s (${typed} of one character)`,
    value: Math.round(median(rates)).toString(),
    toReach: '>= 25000',
  },
  {
    figure: 'on disk right after, x the compacted bytes',
    value: (raw / state.length).toFixed(2),
    toReach: '',
  },
  { figure: 'on disk with packed rows', value: kept.toFixed(2), toReach: '<= 5' },
  { figure: 'on disk without', value: compacted.toFixed(2), toReach: '<= 1.3' },
  { figure: 'cold open, ms', value: median(coldOpens).toFixed(1), toReach: '< 15' },
);

const paper = trace();
const traced = paper ?? { updates, state };
const file = join(folder, 'rooms.db');
await withLog(file, async (log) => {
  await takeIn(log, 'room/0', traced.updates);
  await compactAll(log, 'room/0');
  // The same text again; its rows would take minutes and are packed before anybody opens the room.
  for (let room = 1; room < traceRooms; room += 1) {
    await log.append([entry(`room/${room}`, traced.state)]);
    await log.upkeep.compact(`room/${room}`);
  }
});
const name = paper === null ? 'typed text' : `trace of ${traced.updates.length} edits`;
const opens: number[] = [];
for (let round = 0; round < rounds; round += 1)
  await withLog(file, async (log) => {
    await log.head('nothing');
    for (let room = 0; room < traceRooms; room += 1) opens.push(await openCold(log, `room/${room}`));
  });
results.push(
  {
    figure: `cold open of ${traceRooms} rooms with the ${name}, ms, median`,
    value: median(opens).toFixed(1),
    toReach: '<= 8',
  },
  { figure: 'the same, p99', value: quantile(opens, 0.99).toFixed(1), toReach: '' },
);

/** One small update after the other; how long each takes to be durable. */
async function waits(log: Log, room: string, count: number): Promise<number[]> {
  const taken: number[] = [];
  for (const bytes of updates.slice(0, count)) {
    const startedMs = performance.now();
    await log.append([entry(room, bytes)]);
    taken.push(performance.now() - startedMs);
  }
  return taken;
}
const calm: number[] = [];
const busy: number[] = [];
await withLog(file, async (log) => {
  for (let round = 0; round < rounds; round += 1) {
    calm.push(...(await waits(log, `calm${round}`, 2_000)));
    await takeIn(log, `large${round}`, traced.updates.slice(0, 100_000));
    let isOver = false;
    const compacting = compactAll(log, `large${round}`, { retainMs: 0 }).then(() => (isOver = true));
    for (let part = 0; !isOver; part += 1) busy.push(...(await waits(log, `busy${round}/${part}`, 100)));
    await compacting;
  }
});
results.push(
  {
    figure: 'durable, ms, p50 / p99',
    value: `${median(calm).toFixed(2)} / ${quantile(calm, 0.99).toFixed(2)}`,
    toReach: '',
  },
  {
    figure: 'the same while 100,000 rows are compacted and swept',
    value: `${median(busy).toFixed(2)} / ${quantile(busy, 0.99).toFixed(2)}`,
    toReach: '5 / 20',
  },
);

console.log('| log | measured | to reach |\n|---|---|---|');
for (const { figure, value, toReach } of results) console.log(`| ${figure} | ${value} | ${toReach} |`);
console.log(JSON.stringify({ log: results }));
await rm(folder, { recursive: true });
