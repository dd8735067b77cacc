/**
 * Figures of the server in Prometheus's text form, for whoever watches it: on a port of its own (by default for
 * this machine alone), or on `/metrics` with a token. Written by hand: the form is a few lines, and a library
 * would bring its own registry, state in module scope and two more packages.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { second } from '#domain/time.ts';
import type { Histogram, SyncFigures, SyncGauges } from '../sync/figures.ts';
import type { RoomFigures } from '../sync/log.ts';
import { bearerOf } from './address.ts';

export const metricsPath = '/metrics';
/** The log is asked for its rooms at most this often, however often somebody scrapes. */
export const roomsKeptMs = 30 * second;

export interface MetricsParts {
  figures: SyncFigures;
  gauges: () => SyncGauges;
  rooms: () => Promise<RoomFigures[]>;
  nowMs: () => number;
}

export interface Metrics {
  text(): Promise<string>;
  close(): void;
}

type Labels = Readonly<Record<string, string>>;
type Samples = readonly (readonly [Labels, number])[];

function one(kind: 'counter' | 'gauge', name: string, help: string, samples: number | Samples): string {
  const list: Samples = typeof samples === 'number' ? [[{}, samples]] : samples;
  const lines = list.map(([labels, value]) => `stoa_${name}${labelText(labels)} ${value}`);
  return [`# HELP stoa_${name} ${help}`, `# TYPE stoa_${name} ${kind}`, ...lines].join('\n');
}

function histogram(name: string, help: string, { bounds, counts, sum }: Histogram): string {
  let below = 0;
  const lines = [`# HELP stoa_${name} ${help}`, `# TYPE stoa_${name} histogram`];
  counts.forEach((count, index) => {
    below += count;
    lines.push(`stoa_${name}_bucket{le="${bounds[index] ?? '+Inf'}"} ${below}`);
  });
  return [...lines, `stoa_${name}_sum ${sum}`, `stoa_${name}_count ${below}`].join('\n');
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${value.replaceAll(/["\\\n]/g, '')}"`,
  );
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

const reasons = (counts: ReadonlyMap<string, number>): Samples =>
  [...counts].map(([reason, count]) => [{ reason }, count] as const);

export function createMetrics({ figures, gauges, rooms, nowMs }: MetricsParts): Metrics {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  let kept: { atMs: number; rooms: Promise<RoomFigures[]> } | null = null;

  function roomsNow(): Promise<RoomFigures[]> {
    if (kept !== null && nowMs() - kept.atMs < roomsKeptMs) return kept.rooms;
    const asked = { atMs: nowMs(), rooms: rooms() };
    kept = asked;
    // A question that failed is asked again at the next scrape.
    asked.rooms.catch(() => {
      if (kept === asked) kept = null;
    });
    return asked.rooms;
  }

  return {
    async text() {
      const now = gauges();
      const log = await roomsNow();
      const sum = (of: (room: RoomFigures) => number) => log.reduce((total, room) => total + of(room), 0);
      const oldest = log.reduce(
        (first, { snapshotAt, tailRows }) =>
          snapshotAt !== null && tailRows > 0 ? Math.min(first, snapshotAt) : first,
        nowMs(),
      );
      const longest = log.reduce((most, { tailRows }) => Math.max(most, tailRows), 0);
      const memory = process.memoryUsage();
      const loop = delay.percentile(99) / 1e9;
      delay.reset();
      return `${[
        histogram('ack_seconds', 'From an update’s arrival until it is durable.', figures.acknowledgement),
        histogram(
          'commit_seconds',
          'One commit of the log, waiting for its writer included.',
          figures.commit,
        ),
        histogram('flush_seconds', 'Of that, the end of the transaction: the flush.', figures.flush),
        histogram('commit_rows', 'Rows in one commit.', figures.commitRows),
        one('counter', 'commit_bytes_total', 'Bytes of updates committed.', figures.commitBytes),
        one('counter', 'commits_failed_total', 'Commits that failed.', figures.failedCommits),
        one('gauge', 'queued_updates', 'Updates on their way to disk.', now.queuedUpdates),
        one('gauge', 'queued_bytes', 'Bytes of updates on their way to disk.', now.queuedBytes),
        one('gauge', 'sockets', 'Open sockets.', now.sockets),
        one('gauge', 'rooms_open', 'Rooms with somebody in them.', now.rooms),
        one(
          'gauge',
          'lagging_sockets',
          'Sockets served from the log because they are behind.',
          now.laggingSockets,
        ),
        one('gauge', 'backlog_bytes', 'Bytes handed to sockets and not yet taken.', now.backlogBytes),
        one('gauge', 'open_gaps', 'Updates that wait for what they build on.', now.openGaps),
        one('counter', 'known_updates_total', 'Updates that brought nothing new.', figures.knownUpdates),
        one('counter', 'known_bytes_total', 'Their bytes, which were not stored.', figures.knownBytes),
        one('counter', 'denied_updates_total', 'Updates of people who may only read.', figures.deniedUpdates),
        one('counter', 'closed_total', 'Sockets closed by the server.', reasons(figures.closed)),
        one('counter', 'refused_total', 'Updates refused over HTTP.', reasons(figures.refused)),
        one('counter', 'large_documents_total', 'Texts found large when written in.', figures.largeDocuments),
        one('counter', 'presences_dropped_total', 'Presences left out.', figures.droppedPresences),
        one('gauge', 'log_rooms', 'Rooms in the log.', log.length),
        one(
          'gauge',
          'log_rows_quarantined',
          'Rows set aside.',
          sum(({ quarantined }) => quarantined),
        ),
        one(
          'gauge',
          'log_rows_held',
          'Rows below a snapshot that wait for something.',
          sum(({ held }) => held),
        ),
        one(
          'gauge',
          'log_tail_rows',
          'Rows behind the newest snapshots.',
          sum(({ tailRows }) => tailRows),
        ),
        one('gauge', 'log_tail_rows_longest', 'The longest tail of a room.', longest),
        one(
          'gauge',
          'log_tail_bytes',
          'Bytes of those rows.',
          sum(({ tailBytes }) => tailBytes),
        ),
        one(
          'gauge',
          'log_snapshot_bytes',
          'Bytes of the newest snapshots.',
          sum(({ snapshotBytes }) => snapshotBytes),
        ),
        one(
          'gauge',
          'log_segment_bytes',
          'Bytes of packed rows.',
          sum(({ segmentBytes }) => segmentBytes),
        ),
        one(
          'gauge',
          'log_snapshot_age_seconds',
          'Age of the oldest snapshot with rows behind it.',
          Math.max(0, nowMs() - oldest) / second,
        ),
        one(
          'gauge',
          'event_loop_delay_seconds',
          'p99 since the last scrape.',
          Number.isFinite(loop) ? loop : 0,
        ),
        one('gauge', 'resident_bytes', 'Memory of the process.', memory.rss),
        one('gauge', 'heap_bytes', 'Of that, objects in use on the main thread.', memory.heapUsed),
        one('gauge', 'uptime_seconds', 'Since the start.', process.uptime()),
      ].join('\n')}\n`;
    },
    close: () => delay.disable(),
  };
}

/** Answers one scrape. With a token set, nobody without it learns anything. */
export async function answerMetrics(
  metrics: Metrics,
  token: string | null,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (token !== null && !isSame(bearerOf(request) ?? '', token)) {
    response.writeHead(401, { 'www-authenticate': 'Bearer' }).end();
    return;
  }
  const text = await metrics.text();
  response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8');
  response.setHeader('cache-control', 'no-store');
  response.end(request.method === 'HEAD' ? undefined : text);
}

/** Takes as long whatever was guessed. */
function isSame(guess: string, token: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(guess), hash(token));
}

export interface MetricsListener {
  port: number;
  close(): Promise<void>;
}

/** A door of its own, so that the one to the internet need not have this one. Throws as `listen` does. */
export async function listenForMetrics(
  metrics: Metrics,
  { port, host, token }: { port: number; host: string; token: string | null },
): Promise<MetricsListener> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?', 1)[0];
    const isReading = request.method === 'GET' || request.method === 'HEAD';
    if (path !== metricsPath || !isReading) {
      response.writeHead(404).end();
      return;
    }
    answerMetrics(metrics, token, request, response).catch(() => {
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
