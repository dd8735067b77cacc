/** Start and orderly stop of the one process: the house below, HTTP and sockets above, on one port. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { second } from '#domain/time.ts';
import { readConfig } from './config.ts';
import type { Config } from './config.ts';
import { createContextOf } from './http/context.ts';
import { answerMetrics, createMetrics, listenForMetrics } from './http/metrics.ts';
import type { MetricsListener } from './http/metrics.ts';
import { isBuilt, noPages, openBuiltPages, openDevPages } from './http/pages.ts';
import type { PageRequest, Pages } from './http/pages.ts';
import { createPageHandler } from './http/page-handler.ts';
import { createLimits } from './http/rate-limit.ts';
import type { Limits, Window } from './http/rate-limit.ts';
import { createHttpServer } from './http/server.ts';
import { createTrpcHandler } from './http/trpc-handler.ts';
import { createServerLog, faultOf } from './log.ts';
import type { ServerLog } from './log.ts';
import { openHouse } from './open.ts';
import { lockFolder, lockPostgres } from './storage/lock.ts';
import { keepFilesPrivate, prepareDataFolder } from './storage/open.ts';
import { StartError, isStartError } from './storage/start-error.ts';
import { openSync } from './sync-access.ts';
import { linkPath } from './workspaces/links.ts';
import type { Passwords } from './workspaces/passwords.ts';

export interface StartOptions {
  /** `built` serves `build/`, `dev` mounts Vite, `none` answers every page with 404 (tests without a build). */
  pages?: 'built' | 'dev' | 'none';
  log?: ServerLog;
  /** Nothing more can be written. Whoever started the server should end the process. */
  onStorageFailure?: (error: unknown) => void;
  nowMs?: () => number;
  limits?: Partial<Record<keyof Limits, Window>>;
  passwords?: Passwords;
}

/** How long running requests may take to finish before their connections are cut. */
const stopPatienceMs = 3 * second;

export type RunningServer = Awaited<ReturnType<typeof startServer>>;

export async function startServer(config: Config, options: StartOptions = {}) {
  const mode = options.pages ?? 'built';
  if (mode === 'built' && !isBuilt())
    throw new StartError('The app has not been built yet. Run `npm start`, which builds it first.');
  const log = options.log ?? createServerLog(config.logLevel);
  const nowMs = options.nowMs ?? Date.now;

  // Undone in reverse when a later step fails, and when the server stops.
  const undo: (() => unknown)[] = [];
  const unwind = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };

  try {
    const dataDir = prepareDataFolder(config.dataDir);
    const lock = await lockFolder(dataDir);
    undo.push(() => lock.release());
    if (config.databaseUrl !== null) {
      const databaseLock = await lockPostgres(config.databaseUrl, {
        onLost: (error) => options.onStorageFailure?.(error),
      });
      undo.push(() => databaseLock.release());
    }
    const { onStorageFailure, passwords } = options;
    const house = await openHouse({ config, log, nowMs, onStorageFailure, passwords });
    undo.push(() => house.close());
    const { services } = house;

    const sync = openSync(house, log);
    undo.push(() => sync.stop());

    const trust = { proxies: config.trustedProxies, publicUrl: config.publicUrl };
    const limits = createLimits(nowMs, options.limits);
    const contextOf = createContextOf({ services, limits, trust, now: house.now });

    const metrics = createMetrics({
      figures: house.figures,
      gauges: () => sync.gauges(),
      rooms: () => house.updates.upkeep.rooms(),
      nowMs,
    });
    undo.push(() => metrics.close());
    const { metricsPort, metricsHost, metricsToken } = config;

    // Vite wants the server, the server wants the pages: they meet here.
    let pages: Pages = noPages;
    const server = createHttpServer({
      log,
      trust,
      isDev: mode === 'dev',
      trpc: createTrpcHandler({ contextOf, log }),
      pages: createPageHandler({
        contextOf,
        log,
        trust,
        handle: (request: PageRequest, response) => pages.handle(request, response),
      }),
      sync: (request, socket, head) => sync.handleUpgrade(request, socket, head),
      batch: (request, response) => sync.handleBatch(request, response),
      metrics:
        metricsToken === null
          ? null
          : (request, response) => answerMetrics(metrics, metricsToken, request, response),
      readiness: {
        database: () => house.db.read.selectFrom('workspaces').select('id').limit(1).execute(),
        log: () => house.updates.head('health'),
      },
    });
    if (mode === 'built') pages = await openBuiltPages();
    if (mode === 'dev') pages = await openDevPages(server);
    undo.push(() => pages.close());

    let metricsDoor: MetricsListener | null = null;
    if (metricsPort !== null) {
      const door = { port: metricsPort, host: metricsHost, token: metricsToken };
      metricsDoor = await listenForMetrics(metrics, door).catch((error: unknown) => {
        throw new StartError(
          `METRICS_PORT ${metricsPort} cannot be listened on (${(error as { code?: string }).code ?? 'unknown error'}).`,
          error,
        );
      });
      undo.push(() => metricsDoor?.close());
    }
    const port = await listen(server, config);
    undo.push(async () => {
      // Sockets first: a server waits for them, and cutting its connections does not reach them.
      await sync.stop();
      await closeServer(server);
    });
    house.queue.start();
    house.keeper.start();
    void services.texts
      .catchUp()
      .catch((error: unknown) =>
        log.error({ fault: faultOf(error) }, 'changed texts could not be looked for'),
      );

    const url = config.publicUrl?.origin ?? `http://${hostShown(config.host)}:${port}`;
    lock.noteAddress(url);
    const setUpToken = await services.links.setUpToken();
    return {
      url,
      port,
      /** Null when figures have no port of their own. */
      metricsPort: metricsDoor?.port ?? null,
      services,
      house,
      sync,
      /** The one-time link that creates the owner, while nobody has signed up. */
      setUpLink: setUpToken === null ? null : `${url}${linkPath(setUpToken)}`,
      stop: unwind,
    };
  } catch (error) {
    await unwind();
    throw error;
  }
}

async function listen(server: Server, { port, host }: Config): Promise<number> {
  if (host === null) server.listen(port);
  else server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'EADDRINUSE')
      throw new StartError(
        `Port ${port} is taken. Stop what is using it, or choose another with PORT.`,
        error,
      );
    if (code === 'EACCES')
      throw new StartError(
        `Port ${port} may not be used by this account. Choose one above 1023 with PORT.`,
        error,
      );
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN')
      throw new StartError(`This machine has no address ${host ?? ''} to listen on. Change HOST.`, error);
    throw error;
  }
  return (server.address() as AddressInfo).port;
}

/** No new requests; running ones may finish; then every connection is cut. */
async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), stopPatienceMs);
  await closed;
  clearTimeout(cut);
}

/** A name for the address bar: wildcard addresses are not one. */
function hostShown(host: string | null): string {
  if (host === null || host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

/** The program: starts, tells the operator where, and stops in order at Ctrl-C or SIGTERM. */
export async function runServer(
  configOf: () => Config,
  pages: NonNullable<StartOptions['pages']>,
): Promise<void> {
  keepFilesPrivate();
  try {
    await runUntilStopped(configOf(), pages);
  } catch (error) {
    if (isStartError(error)) console.error(error.message);
    else createServerLog('error').fatal({ fault: faultOf(error) }, 'the server could not start');
    process.exit(1);
  }
}

async function runUntilStopped(config: Config, pages: NonNullable<StartOptions['pages']>): Promise<void> {
  const log = createServerLog(config.logLevel);
  const fail = (error: unknown): never => {
    log.fatal({ fault: faultOf(error) }, 'the server stops: something unexpected happened');
    process.exit(1);
  };
  const server = await startServer(config, { pages, log, onStorageFailure: fail });
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);

  let stopping = false;
  const stop = (): void => {
    // A second Ctrl-C means: now.
    if (stopping) process.exit(1);
    stopping = true;
    console.log('Stopping: what is running may finish. Ctrl-C again ends it at once.');
    server.stop().then(() => process.exit(0), fail);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);

  // Said last: whoever reads it may at once ask to stop.
  // In one breath: a script that waits for the address finds the link with it.
  const owner =
    server.setUpLink === null
      ? ''
      : `\nNobody has signed up yet. This link works once and makes you the owner:\n${server.setUpLink}`;
  console.log(`Stoa is running at ${server.url}${owner}`);
}

if (import.meta.main)
  await runServer(() => readConfig(process.env), process.argv.includes('--dev') ? 'dev' : 'built');
