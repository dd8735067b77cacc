/**
 * What travels on `/sync/`: message types, close codes, limits. The device and the server read the same
 * numbers here; the rules behind them are `server/sync/SPEC.md`.
 */
import { day, second } from '../time.ts';

/** First number of every binary frame. 0-3 are y-websocket's, 120 is ours. */
export const messageTypes = {
  sync: 0,
  presence: 1,
  auth: 2,
  queryPresence: 3,
  /** Server to client: followed by a number n, "the first n data messages of this socket are durable". */
  acknowledgement: 120,
  /** Server to client: followed by text, the room's epoch. Once, in the first frame. */
  epoch: 122,
  /**
   * Server to client, for sockets that ask with `bundle=1`: messages, each with its length before it, up to the
   * end of the frame. None of them asks for an answer.
   */
  bundle: 121,
} as const;

/** Second number of a sync message (y-protocols). */
export const syncTypes = {
  /** A state vector: "this is what I have". */
  step1: 0,
  /** An update that answers a state vector. Counts as a data message. */
  step2: 1,
  /** An update as it happens. Counts as a data message. */
  update: 2,
} as const;

/** Second number of an auth message (y-protocols); followed by the reason as text. */
export const authTypes = { permissionDenied: 0 } as const;

/**
 * Why the server closed a socket. y-websocket never tries again after 4400-4499 and always tries again after
 * anything else, so the range is part of the meaning: below 4500 nothing is gained by knocking again with
 * the same request.
 */
export const closeCodes = {
  badRoom: { code: 4400, reason: 'bad_room', meaning: 'The address names no room, or its form is wrong.' },
  notSignedIn: { code: 4401, reason: 'not_signed_in', meaning: 'No session, or it has ended.' },
  notAllowed: {
    code: 4403,
    reason: 'not_allowed',
    meaning: 'Signed in, but without the right to read here.',
  },
  notFound: { code: 4404, reason: 'not_found', meaning: 'There is no such document or workspace.' },
  tooLarge: { code: 4413, reason: 'too_large', meaning: 'A frame was larger than the limit.' },
  documentFull: {
    code: 4414,
    reason: 'document_full',
    meaning: 'The text is as large as one may be; what would make it larger is not taken.',
  },
  malformed: { code: 4422, reason: 'malformed', meaning: 'A message or an update failed the strict check.' },
  foreignClient: {
    code: 4423,
    reason: 'foreign_client',
    meaning: "An update wrote under a Yjs client id that is another person's.",
  },
  tooManyClients: {
    code: 4429,
    reason: 'too_many_clients',
    meaning: 'An update brought more new Yjs client ids than one may, or than the room takes.',
  },
  updateApp: {
    code: 4426,
    reason: 'update_app',
    meaning: 'The app is newer or older than this server can serve.',
  },
  failed: {
    code: 4500,
    reason: 'failed',
    meaning: 'The server could not store or read; it reloads from disk.',
  },
  stopping: { code: 4503, reason: 'stopping', meaning: 'The server is stopping; come back in a moment.' },
  lagging: {
    code: 4504,
    reason: 'lagging',
    meaning: 'The client read too slowly; it catches up by coming back.',
  },
  gap: {
    code: 4505,
    reason: 'gap',
    meaning: 'An update deletes something the server has not seen, and it did not arrive in time.',
  },
  reload: { code: 4506, reason: 'reload', meaning: 'The room was closed on purpose; come back.' },
  full: { code: 4529, reason: 'full', meaning: 'The room holds as many sockets as it may.' },
} as const satisfies Record<string, { code: number; reason: string; meaning: string }>;

export type CloseReason = keyof typeof closeCodes;

/** Whether a client must not try again by itself. The same test as y-websocket's. */
export const isFinalClose = (code: number): boolean => code >= 4400 && code < 4500;

export const documentRoom = (documentId: string): string => `document/${documentId}`;
/** The other way; null for a room that holds no document. */
export const documentOfRoom = (room: string): string | null => /^document\/([^/]+)$/.exec(room)?.[1] ?? null;

/** Largest frame either side sends. y-websocket cannot split one. */
export const frameBytesLimit = 16 * 1024 * 1024;
/** A text beyond this is reported to the operator: it opens slowly on a phone. */
export const documentBytesSoftLimit = 5_000_000;
/** A text beyond this takes nothing that makes it larger. Of the document's state, as Yjs encodes it. */
export const documentBytesLimit = 20_000_000;
/** Largest presence of one client, as JSON text. */
export const presenceStateBytesLimit = 4 * 1024;
/** Presences one person may hold in one room: tabs and devices together. */
export const presencesPerPersonLimit = 8;
/** Sockets in one room. */
export const socketsPerRoomLimit = 200;
/** Presences of one room that are remembered, those of clients that just left included. */
export const presencesPerRoomLimit = 2 * socketsPerRoomLimit;
/** Yjs clients that one update may bring to a room: each session of an editor is one. */
export const newClientsPerUpdateLimit = 1_000;
/** Yjs clients that have written in one room. */
export const clientsPerRoomLimit = 100_000;
/** Clients in any state vector: a client takes up to eight bytes, its clock five, and a frame holds them all. */
export const stateVectorEntriesBound = Math.floor(frameBytesLimit / 13);

/** y-websocket leaves after 30 s without any message, so a quiet socket hears an empty presence before. */
export const quietSocketMs = 20 * second;
/** A presence that is not renewed for this long is gone. Clients renew every 15 s. */
export const presenceExpiryMs = 30 * second;
/** How long an update may wait for what it builds on. */
export const gapPatienceMs = 10 * second;
/** Updates of one socket that wait for what they build on, together. */
export const gapBytesLimit = 1024 * 1024;

/**
 * How long after a restore people may bring back what others wrote (in answers to a state vector): so long may
 * a device stay away and still return what it alone holds.
 */
export const recoveryMs = 30 * day;

/** Colours of carets and avatars; the palette is the screen's business. */
export const presenceColours = 8;

/** Who a presence belongs to. The server writes it over whatever the client sent in `user`. */
export interface PresenceUser {
  id: string;
  name: string;
  /** 0 to 7, the same for a person everywhere. */
  colour: number;
}

/** A person's colour: any stable spread does (FNV-1a over UTF-16 units). */
export function presenceColourOf(personId: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < personId.length; index += 1)
    hash = Math.imul(hash ^ personId.charCodeAt(index), 0x01000193) >>> 0;
  return hash % presenceColours;
}

/** Text frames on `/sync/changes/<workspaceId>`: there may be more in the change feed. */
export interface ChangesFrame {
  epoch: string;
  seq: number;
}
