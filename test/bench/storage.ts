/**
 * What the threads cost and what they buy: reads, single writes and imports through the port, and the longest
 * pause of the event loop meanwhile, beside the same statements run on the event loop itself. The ratio is the
 * number to watch, the rest depends on the machine. `node test/bench/storage.ts`
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '#server/storage/open.ts';
import { receipt } from './sync/receipt.ts';

const rows = 20_000;
const rowsAtOnce = 500;
const pointReads = 5_000;
const singleWrites = 300;
const rounds = 3;

interface Measured {
  ms: number;
  /** Longest pause of this event loop meanwhile. */
  pauseMs: number;
}

async function measure(work: () => unknown): Promise<Measured> {
  const startedMs = performance.now();
  let tickedMs = startedMs;
  let pauseMs = 0;
  const tick = () => {
    const nowMs = performance.now();
    pauseMs = Math.max(pauseMs, nowMs - tickedMs);
    tickedMs = nowMs;
  };
  const ticking = setInterval(tick, 1);
  await work();
  const ms = performance.now() - startedMs;
  tick();
  clearInterval(ticking);
  return { ms, pauseMs };
}

const median = (list: readonly number[]): number =>
  [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;

const folder = await mkdtemp(join(tmpdir(), 'stoa-bench-'));
const db = await openDatabase({ dataDir: folder });
await db.write((tx) =>
  tx
    .insertInto('workspaces')
    .values({ id: 'home', name: 'home', created_at: '', feed_seq: 0, feed_epoch: '' })
    .execute(),
);
// The same tables once more, for the statements on the event loop.
const beside = new DatabaseSync(join(folder, 'beside.db'));
beside.exec('pragma journal_mode = wal; pragma synchronous = full');
const columns = Object.keys(receipt('x'));
beside.exec(`create table receipts (${columns.join(', ')}, primary key (command_id))`);
const insertBeside = beside.prepare(`insert into receipts values (${columns.map(() => '?').join(', ')})`);

const results = new Map<string, { ours: Measured[]; beside: Measured[] }>();
const note = (name: string, ours: Measured, onLoop: Measured) => {
  const kept = results.get(name) ?? { ours: [], beside: [] };
  results.set(name, { ours: [...kept.ours, ours], beside: [...kept.beside, onLoop] });
};

for (let round = 0; round < rounds; round += 1) {
  const ids = Array.from({ length: rows }, (_, index) => `${round}-${index}`);
  note(
    `import of ${rows} rows`,
    await measure(() =>
      db.write(async (tx) => {
        for (let from = 0; from < rows; from += rowsAtOnce)
          await tx
            .insertInto('receipts')
            .values(ids.slice(from, from + rowsAtOnce).map(receipt))
            .execute();
      }),
    ),
    await measure(() => {
      beside.exec('begin');
      for (const id of ids) insertBeside.run(...Object.values(receipt(id)));
      beside.exec('commit');
    }),
  );
  note(
    `reading ${rows} rows`,
    await measure(() => db.read.selectFrom('receipts').selectAll().limit(rows).execute()),
    await measure(() => beside.prepare('select * from receipts limit ?').all(rows)),
  );
  const pointRead = beside.prepare('select * from receipts where command_id = ?');
  note(
    `${pointReads} point reads, one after the other`,
    await measure(async () => {
      for (const id of ids.slice(0, pointReads))
        await db.read.selectFrom('receipts').selectAll().where('command_id', '=', id).executeTakeFirst();
    }),
    await measure(() => {
      for (const id of ids.slice(0, pointReads)) pointRead.get(id);
    }),
  );
  note(
    `${singleWrites} durable writes, one after the other`,
    await measure(async () => {
      for (let index = 0; index < singleWrites; index += 1)
        await db.write((tx) =>
          tx
            .insertInto('receipts')
            .values(receipt(`${round}-single-${index}`))
            .execute(),
        );
    }),
    await measure(() => {
      for (let index = 0; index < singleWrites; index += 1)
        insertBeside.run(...Object.values(receipt(`${round}-single-${index}`)));
    }),
  );
}

for (const [name, { ours, beside: onLoop }] of results) {
  const ms = median(ours.map((one) => one.ms));
  const ratio = median(ours.map((one, index) => one.ms / (onLoop[index] as Measured).ms));
  const pause = median(ours.map((one) => one.pauseMs));
  const pauseBeside = median(onLoop.map((one) => one.pauseMs));
  console.log(
    `storage: ${name}: ${ms.toFixed(0)} ms, ${ratio.toFixed(1)} times the event loop's own; longest pause ${pause.toFixed(1)} ms instead of ${pauseBeside.toFixed(1)} ms`,
  );
}
beside.close();
await db.close();
await rm(folder, { recursive: true });
