/**
 * The server of a measurement, in a process of its own: ours, or a bare relay that only fans out bytes, which is
 * the limit of this stack. Asked over the channel of `fork`.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { openDatabase } from '#server/storage/open.ts';
import { startHarness } from '../../fuzz/sync-harness.ts';
import { receipt } from './receipt.ts';

export interface Usage {
  cpuMs: number;
  rssBytes: number;
  /** JavaScript objects and buffers; those that live, if asked for `memory`. */
  heldBytes: number;
  /** Highest since the last question. */
  peakRssBytes: number;
}
export type Question = 'usage' | 'memory' | 'import' | 'stop';

const [kind, folder] = process.argv.slice(2);
if (kind === undefined || folder === undefined) throw new Error('which server, and where?');

async function startRelay(): Promise<number> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  const rooms = new Map<string, Set<WebSocket>>();
  server.on('connection', (socket, request) => {
    const room = (request.url ?? '').split('?')[0] ?? '';
    const members = rooms.get(room) ?? new Set();
    rooms.set(room, members.add(socket));
    socket.on('message', (data) => {
      for (const other of members) if (other !== socket) other.send(data as Buffer);
    });
    socket.on('close', () => members.delete(socket));
    socket.on('error', () => undefined);
  });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const port =
  kind === 'relay'
    ? await startRelay()
    : (await startHarness({ file: join(folder, 'log.db'), socketsPerRoom: 1_000 })).port;

let peakRssBytes = 0;
const watching = setInterval(() => {
  peakRssBytes = Math.max(peakRssBytes, process.memoryUsage.rss());
}, 10);

function usage(collects: boolean): Usage {
  if (collects) {
    globalThis.gc?.();
    globalThis.gc?.();
  }
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, external } = process.memoryUsage();
  const peak = Math.max(peakRssBytes, rss);
  peakRssBytes = 0;
  return {
    cpuMs: (user + system) / 1_000,
    rssBytes: rss,
    heldBytes: heapUsed + external,
    peakRssBytes: peak,
  };
}

/** What the rest of the house does meanwhile: 200 small transactions a second, and 20,000 rows in one. */
async function work(): Promise<void> {
  const db = await openDatabase({ dataDir: folder });
  let made = 0;
  setInterval(() => {
    made += 1;
    const id = `command-${made}`;
    void db.write((tx) => tx.insertInto('receipts').values(receipt(id)).execute());
  }, 5);
  await db.write(async (tx) => {
    await tx
      .insertInto('workspaces')
      .values({ id: 'home', name: 'home', created_at: '', feed_seq: 0, feed_epoch: '' })
      .execute();
    for (let from = 0; from < 20_000; from += 500)
      await tx
        .insertInto('receipts')
        .values(Array.from({ length: 500 }, (_, index) => receipt(`import-${from + index}`)))
        .execute();
  });
}

process.on('message', (question: Question) => {
  if (question === 'stop') process.exit(0);
  if (question === 'import') void work().then(() => process.send?.('done'));
  else process.send?.(usage(question === 'memory'));
});
process.on('disconnect', () => {
  clearInterval(watching);
  process.exit(0);
});
process.send?.(port);
