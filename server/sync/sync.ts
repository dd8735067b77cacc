/**
 * Everything on `/sync/`: takes upgrades, admits or refuses, looks after the open sockets, and re-asks for
 * rights when they change.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { instant } from '#domain/time.ts';
import { closeCodes, frameBytesLimit, recoveryMs, socketsPerRoomLimit } from '#domain/sync/wire.ts';
import type { ChangesFrame, CloseReason } from '#domain/sync/wire.ts';
import type { Changes } from '../storage/changes.ts';
import { closeReasonOf, createAdmission, targetOf } from './admission.ts';
import type { Right, SyncAccess, SyncSession, Target } from './admission.ts';
import { Answers } from './answers.ts';
import { createBatchHandler } from './batch.ts';
import type { HandleBatch } from './batch.ts';
import { ChangesSocket } from './changes-socket.ts';
import { Connection } from './connection.ts';
import { documentSizeLimits } from './document-size.ts';
import type { DocumentSizeLimits } from './document-size.ts';
import { SyncFigures } from './figures.ts';
import type { SyncGauges } from './figures.ts';
import { Intake } from './intake.ts';
import type { Log } from './log.ts';
import { Places } from './places.ts';
import { createRefusals } from './refusals.ts';
import { createRooms } from './rooms.ts';
import type { Rooms, RoomsParts } from './rooms.ts';
import { syncTimings } from './timings.ts';
import type { SyncTimings } from './timings.ts';
import { createWalker } from './walker.ts';

/** Upgrades that wait for an answer about who they are. */
export const waitingUpgradesLimit = 1_000;
/** Frames of `walkedInThreadFrom` bytes or more that are read and walked at the same time, one of each person. */
export const largeFramesTogetherLimit = 4;
/** Reads that make up one frame, and frames that make up one message. */
export const bufferedChunksLimit = 64 * 1024;
export const fragmentsLimit = 1_024;
/** A socket that was told goodbye and says nothing is cut after this. */
const goodbyeLimitMs = 5_000;
/** After the goodbye, sockets have this long to say theirs. */
const goodbyeMs = 500;

export interface SyncParts {
  log: Log;
  access: SyncAccess;
  seedOf: RoomsParts['seedOf'];
  changes: Pick<Changes, 'subscribe'>;
  /** Where a workspace's change feed stands. */
  feedHead: (workspaceId: string) => Promise<ChangesFrame | null>;
  report: (event: SyncEvent, facts: Record<string, unknown>) => void;
  /** When a backup was last put back; null when that never happened. */
  restoredAtMs?: number | null;
  /** Where it counts what happens; one of its own when nobody asks. */
  figures?: SyncFigures;
  /** Lower in tests. */
  batchBytesLimit?: number;
  /** Lower in tests. */
  documentSize?: DocumentSizeLimits;
  /** The time of day, by which rights end. It may be put right at any moment, forwards or backwards. */
  nowMs?: () => number;
  /** What is waited by: it only ever goes on. */
  elapsedMs?: () => number;
  timings?: SyncTimings;
  socketsPerRoom?: number;
}

export type SyncEvent =
  Parameters<RoomsParts['report']>[0] | 'admission_failed' | 'batch_failed' | 'update_refused';

export interface Sync {
  rooms: Rooms;
  /** Whether anybody is connected. */
  hasSockets(): boolean;
  /** How things stand at this moment, for whoever watches the server. */
  gauges(): SyncGauges;
  /** Takes an upgrade below `/sync/` whose origin has been found acceptable. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** `POST /sync/batch`, whose origin has been found acceptable. */
  handleBatch: HandleBatch;
  /** Asks again for the rights of a person's open sockets: closes or demotes them. Call after a change. */
  recheck(personId: string): Promise<void>;
  /** The same for everybody in one document, after its visibility or its folder changed. */
  recheckDocument(documentId: string): Promise<void>;
  stop(): Promise<void>;
}

/** A frame beyond the limit is final: the same client would send the same frame again, for ever. */
class Socket extends WebSocket {
  override close(code?: number, data?: string | Buffer): void {
    if (code === 1009) super.close(closeCodes.tooLarge.code, closeCodes.tooLarge.reason);
    else super.close(code, data);
  }
}

interface Guest {
  session: SyncSession;
  target: Target;
  socket: WebSocket;
  connection: Connection | ChangesSocket;
  /** When some grant of theirs ends, as an instant; null when none does. */
  endsAt: string | null;
  /** When their right was last asked for. */
  askedAtMs: number;
  /** How often it was asked for: an answer that was overtaken by another does not count. */
  asked: number;
}

export function createSync(parts: SyncParts): Sync {
  const { log, access, seedOf, changes, feedHead, report, restoredAtMs = null } = parts;
  const nowMs = parts.nowMs ?? Date.now;
  const elapsedMs = parts.elapsedMs ?? (() => performance.now());
  const timings = parts.timings ?? syncTimings;
  const socketsPerRoom = parts.socketsPerRoom ?? socketsPerRoomLimit;
  const admission = createAdmission(access, () => instant(nowMs()));
  const walker = createWalker();
  const intake = new Intake();
  const places = new Places(largeFramesTogetherLimit);
  const recoversUntilMs =
    restoredAtMs === null ? -Infinity : restoredAtMs + recoveryMs - nowMs() + elapsedMs();
  const figures = parts.figures ?? new SyncFigures();
  const answers = new Answers();
  const refused = createRefusals((refusal) => report('update_refused', { ...refusal }), elapsedMs);
  const rooms = createRooms({
    log,
    walker,
    answers,
    figures,
    seedOf,
    timings,
    nowMs: elapsedMs,
    report,
    recoversUntilMs,
    sizeLimits: parts.documentSize ?? documentSizeLimits,
  });
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: frameBytesLimit,
    perMessageDeflate: false,
    clientTracking: false,
    autoPong: false,
    // Crumbs of a frame that does not come to its end are memory too.
    maxBufferedChunks: bufferedChunksLimit,
    maxFragments: fragmentsLimit,
    // `ws` knows it, its types do not yet.
    ...({ closeTimeout: goodbyeLimitMs } as object),
    WebSocket: Socket,
  });
  const guests = new Set<Guest>();
  let waiting = 0;
  let isStopping = false;
  /** How often rights are known to have changed: whoever was on the way in meanwhile is asked for again. */
  let rightsChanged = 0;

  const ticking = setInterval(() => {
    rooms.tick();
    const at = instant(nowMs());
    for (const guest of [...guests]) {
      guest.connection.tick(elapsedMs());
      const isDue = elapsedMs() - guest.askedAtMs >= timings.recheckMs;
      if (isDue || (guest.endsAt !== null && guest.endsAt <= at)) void recheckGuest(guest);
    }
  }, timings.tickMs);

  function handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = request.url ?? '';
    // Until `ws` takes over, a line that breaks would otherwise end the process.
    const ignore = () => undefined;
    socket.on('error', ignore);
    if (isStopping || intake.isFull || waiting >= waitingUpgradesLimit)
      refuse(socket, '503 Service Unavailable');
    else {
      waiting += 1;
      void admit(request, url)
        .finally(() => (waiting -= 1))
        .then((seat) => {
          if (socket.destroyed) return seat.kind === 'refused' ? undefined : seat.abandon();
          server.handleUpgrade(request, socket, head, (opened) => {
            socket.off('error', ignore);
            if (seat.kind === 'refused') {
              figures.countClosed(seat.reason);
              refuseOpen(opened, seat.reason);
            } else seat.take(opened, socket);
          });
          // `ws` answers a request that is no websocket handshake by itself and never calls back.
          if (seat.kind === 'admitted' && !seat.isTaken()) seat.abandon();
        });
    }
  }

  type Seat =
    | { kind: 'refused'; reason: CloseReason }
    | {
        kind: 'admitted';
        take: (socket: WebSocket, stream: Duplex) => void;
        abandon: () => void;
        isTaken: () => boolean;
      };

  async function admit(request: IncomingMessage, url: string): Promise<Seat> {
    try {
      const target = targetOf(url);
      if (typeof target === 'string') return { kind: 'refused', reason: target };
      const session = await access.sessionOf(request, target.token);
      if (session === null) return { kind: 'refused', reason: 'notSignedIn' };
      const asOf = rightsChanged;
      const right = await rightOf(session, target);
      if (typeof right === 'string') return { kind: 'refused', reason: right };
      const seated = (guest: Guest) => {
        if (rightsChanged !== asOf) void recheckGuest(guest);
      };
      return await (target.kind === 'document'
        ? seatInDocument(session, target, right, seated)
        : seatInChanges(session, target, right, seated));
    } catch (error) {
      const reason = closeReasonOf(error);
      if (reason === 'failed') report('admission_failed', { error });
      return { kind: 'refused', reason };
    }
  }

  const rightOf = (session: SyncSession, target: Target): Promise<Right | CloseReason> =>
    target.kind === 'document'
      ? admission.onDocument(session, target.id)
      : admission.inWorkspace(session, target.id);

  async function seatInDocument(
    session: SyncSession,
    target: Extract<Target, { kind: 'document' }>,
    right: Right,
    seated: (guest: Guest) => void,
  ): Promise<Seat> {
    const { room, release } = await rooms.open(target.id);
    if (room.size >= socketsPerRoom) {
      release();
      return { kind: 'refused', reason: 'full' };
    }
    let isTaken = false;
    return {
      kind: 'admitted',
      abandon: release,
      isTaken: () => isTaken,
      take(socket, stream) {
        isTaken = true;
        // The room may have filled up, failed or been closed since.
        const reason = isStopping ? 'stopping' : room.hasFailed ? 'failed' : 'full';
        if (isStopping || room.hasFailed || room.size >= socketsPerRoom) {
          release();
          return refuseOpen(socket, reason);
        }
        const guest = newGuest(session, target, socket, right);
        guests.add(guest);
        guest.connection = new Connection({
          socket,
          stream,
          intake,
          places,
          figures,
          refused,
          room,
          actor: right.actor,
          canWrite: right.canWrite,
          receives: target.receives,
          wantsAcknowledgements: target.wantsAcknowledgements,
          wantsEpoch: target.wantsEpoch,
          wantsBundles: target.wantsBundles,
          wantsEcho: target.wantsEcho,
          timings,
          nowMs: elapsedMs,
          onClosed: () => {
            guests.delete(guest);
            release();
          },
        });
        seated(guest);
      },
    };
  }

  async function seatInChanges(
    session: SyncSession,
    target: Extract<Target, { kind: 'changes' }>,
    right: Right,
    seated: (guest: Guest) => void,
  ): Promise<Seat> {
    const first = await feedHead(target.id);
    if (first === null) return { kind: 'refused', reason: 'notFound' };
    let isTaken = false;
    return {
      kind: 'admitted',
      abandon: () => undefined,
      isTaken: () => isTaken,
      take(socket) {
        isTaken = true;
        if (isStopping) return refuseOpen(socket, 'stopping');
        const guest = newGuest(session, target, socket, right);
        guests.add(guest);
        guest.connection = new ChangesSocket({
          socket,
          first,
          subscribe: (listener) => changes.subscribe(target.id, listener),
          timings,
          nowMs: elapsedMs,
          onClosed: () => guests.delete(guest),
        });
        seated(guest);
      },
    };
  }

  const newGuest = (session: SyncSession, target: Target, socket: WebSocket, right: Right): Guest => ({
    session,
    target,
    socket,
    endsAt: firstEnd(right),
    askedAtMs: elapsedMs(),
    asked: 0,
    // Set in the next statement: the connection calls back with the guest it belongs to.
    connection: null as never,
  });

  async function recheckGuest(guest: Guest): Promise<void> {
    // Not asked again by the clock while this question is under way.
    guest.endsAt = null;
    guest.askedAtMs = elapsedMs();
    guest.asked += 1;
    const { asked } = guest;
    const right = await rightOf(guest.session, guest.target).catch((error: unknown) => {
      const reason = closeReasonOf(error);
      if (reason === 'failed') report('admission_failed', { error });
      return reason;
    });
    if (guest.asked !== asked) return;
    if (typeof right === 'string') return guest.connection.close(right);
    guest.endsAt = firstEnd(right);
    if (guest.connection instanceof Connection) guest.connection.canWrite = right.canWrite;
  }

  const handleBatch = createBatchHandler({
    answers,
    patienceMs: timings.lagPatienceMs,
    told: refused,
    figures,
    rooms,
    log,
    access,
    admission,
    report,
    isStopping: () => isStopping || intake.isFull,
    ...(parts.batchBytesLimit === undefined ? {} : { bytesLimit: parts.batchBytesLimit }),
  });

  return {
    rooms,
    hasSockets: () => guests.size > 0,
    gauges() {
      const { updates, bytes } = intake.queued;
      const now: SyncGauges = {
        sockets: guests.size,
        rooms: 0,
        openGaps: 0,
        laggingSockets: 0,
        backlogBytes: 0,
        queuedUpdates: updates,
        queuedBytes: bytes,
      };
      for (const { gauges } of rooms.live()) {
        now.rooms += 1;
        now.openGaps += gauges.openGaps;
        now.laggingSockets += gauges.laggingSockets;
        now.backlogBytes += gauges.backlogBytes;
      }
      return now;
    },
    handleUpgrade,
    handleBatch,
    async recheck(personId) {
      rightsChanged += 1;
      const theirs = [...guests].filter(({ session }) => session.personId === personId);
      await Promise.all(theirs.map(recheckGuest));
    },
    async recheckDocument(documentId) {
      rightsChanged += 1;
      const there = [...guests].filter(
        ({ target }) => target.kind === 'document' && target.id === documentId,
      );
      await Promise.all(there.map(recheckGuest));
    },
    async stop() {
      isStopping = true;
      clearInterval(ticking);
      const open = [...guests];
      const sockets = open.map(({ socket }) => socket);
      for (const { connection } of open) connection.close('stopping');
      await rooms.stop();
      await walker.stop();
      await Promise.race([Promise.all(sockets.map(closed)), delay(goodbyeMs)]);
      for (const socket of sockets) socket.terminate();
    },
  };
}

const firstEnd = ({ actor }: Right): string | null =>
  actor.grants.reduce<string | null>(
    (first, { endsAt }) => (endsAt !== null && (first === null || endsAt < first) ? endsAt : first),
    null,
  );

/** Asked of whoever knocks while there is no room. */
const retryAfterSeconds = 2;

function refuse(socket: Duplex, status: string): void {
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nRetry-After: ${retryAfterSeconds}\r\nContent-Length: 0\r\n\r\n`,
    () => socket.destroy(),
  );
}

function refuseOpen(socket: WebSocket, reason: CloseReason): void {
  socket.on('error', () => undefined);
  socket.close(closeCodes[reason].code, closeCodes[reason].reason);
}

const closed = (socket: WebSocket): Promise<void> =>
  new Promise((resolve) => {
    if (socket.readyState === WebSocket.CLOSED) resolve();
    else socket.once('close', () => resolve());
  });

const delay = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
