/**
 * A whole server on a free port with a throw-away folder, and people in it, made as people are made: by the
 * set-up link and by invitations over HTTP. Nothing is mocked; a test that needs less stands on a lower floor.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket as NodeWebSocket } from 'ws';
import { WebsocketProvider } from 'y-websocket';
import * as Y from 'yjs';
import type { Role } from '#domain/access.ts';
import { uuidv7 } from '#domain/ids.ts';
import type { CommandId, InvitationId, PersonId, WorkspaceId } from '#domain/ids.ts';
import type { CommandAnswer, CommandSpec } from '#domain/records.ts';
import { instant } from '#domain/time.ts';
import { workspaceCommands } from '#domain/workspaces/commands.ts';
import { createApi, sendCommand } from '#lib/api/client.ts';
import type { Api } from '#lib/api/client.ts';
import { readConfig } from '#server/config.ts';
import { startServer } from '#server/main.ts';
import type { RunningServer, StartOptions } from '#server/main.ts';
import { quickPasswords } from './quick-passwords.ts';

export interface Person {
  personId: PersonId;
  workspaceId: WorkspaceId;
  name: string;
  email: string;
  /** What the browser would send: cookie and origin. */
  headers: Record<string, string>;
  api: Api;
  /** Sends one command as this person, without a device. */
  command<Name extends string, Input>(
    spec: CommandSpec<Name, Input>,
    input: Input,
    options?: { commandId?: CommandId; baseSeq?: number | null },
  ): Promise<CommandAnswer>;
  /** Opens a document's room as an unmodified y-websocket client does. */
  openRoom(documentId: string): Promise<Room>;
}

export interface Room {
  doc: Y.Doc;
  provider: WebsocketProvider;
  close(): void;
}

export interface World {
  url: string;
  server: RunningServer;
  workspaceId: WorkspaceId;
  owner: Person;
  invite(role: Role, name: string): Promise<Person>;
  /** A new session for somebody; their headers carry it from now on. */
  signIn(person: Person): Promise<void>;
  newId(): string;
  /** The folder of everything the server keeps. */
  dataDir: string;
  /** Stops the server and starts it again on the same folder and port; `meanwhile` has the folder for itself. */
  restart(meanwhile?: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

export interface WorldOptions extends Omit<StartOptions, 'pages'> {
  /** Ids 0, 1, 2 … in place of random ones, so that a failing run can be read. */
  countedIds?: boolean;
  /** Further settings, as the environment gives them. */
  environment?: Record<string, string>;
  /** PostgreSQL in place of the folder's SQLite files. */
  databaseUrl?: string | undefined;
}

export const testPassword = 'a long enough secret';

/** Tests make many people and links from one address. */
const generous = { limit: 100_000, windowMs: 60_000 };
const generousLimits = {
  signIn: generous,
  signInFromAddress: generous,
  signInToAccount: generous,
  links: generous,
};

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const dataDir = await mkdtemp(join(tmpdir(), 'stoa-test-'));
  const { countedIds = false, databaseUrl = '', environment = {}, ...startOptions } = options;
  const nowMs = options.nowMs ?? Date.now;
  let counter = 0;
  const newId = (): string => {
    counter += 1;
    const bytes = new Uint8Array(10);
    new DataView(bytes.buffer).setUint32(6, counter);
    return uuidv7(nowMs(), countedIds ? bytes : randomBytes(10));
  };
  const start = (port: string) =>
    startServer(
      readConfig({
        PORT: port,
        DATA_DIR: dataDir,
        HOST: '127.0.0.1',
        LOG_LEVEL: 'silent',
        DATABASE_URL: databaseUrl,
        ...environment,
      }),
      {
        limits: generousLimits,
        passwords: quickPasswords,
        ...startOptions,
        pages: 'none',
      },
    );
  let server = await start('0');
  const { url } = server;

  /** A visitor's client that collects the cookies it is given. */
  function visit() {
    const cookies: string[] = [];
    const api = createApi({
      baseUrl: url,
      headers: () => ({ origin: url }),
      fetch: async (input, init) => {
        const response = await fetch(input, init);
        cookies.push(...response.headers.getSetCookie());
        return response;
      },
    });
    return {
      api,
      headers: () => ({ cookie: cookies.map((line) => line.split(';')[0]).join('; '), origin: url }),
    };
  }

  async function redeem(token: string, name: string): Promise<Person> {
    const email = `${name.toLowerCase().replaceAll(/[^a-z]/g, '.')}@example.org`;
    const visitor = visit();
    const redeemed = await visitor.api.links.redeem.mutate({ token, name, email, password: testPassword });
    const { personId, workspaceId } = redeemed;
    const api = createApi({ baseUrl: url, fetch, headers: () => person.headers });
    const person: Person = {
      personId,
      workspaceId,
      name,
      email,
      headers: visitor.headers(),
      api,
      command: (spec, input, { commandId = newId() as CommandId, baseSeq = null } = {}) =>
        sendCommand(api, spec.name, {
          commandId,
          workspaceId,
          baseSeq,
          occurredAt: instant(nowMs()),
          input,
        }),
      openRoom: (documentId) => openRoom(url, documentId, person.headers),
    };
    return person;
  }

  const setUpToken = tokenOf(server.setUpLink);
  const owner = await redeem(setUpToken, 'Olivia');

  return {
    url,
    get server() {
      return server;
    },
    workspaceId: owner.workspaceId,
    owner,
    newId,
    invite: async (role, name) => {
      const invitationId = newId() as InvitationId;
      await owner.command(workspaceCommands['people.invite'], {
        invitationId,
        role,
        scope: { kind: 'workspace' },
        email: null,
        expiresInDays: 7,
        endsAt: null,
      });
      const open = await owner.api.people.invitations.query({ workspaceId: owner.workspaceId });
      return redeem(tokenOf(open.find(({ id }) => id === invitationId)?.link ?? null), name);
    },
    signIn: async (person) => {
      const visitor = visit();
      await visitor.api.account.signIn.mutate({ email: person.email, password: testPassword });
      person.headers = visitor.headers();
    },
    dataDir,
    restart: async (meanwhile) => {
      await server.stop();
      await meanwhile?.();
      server = await start(String(server.port));
    },
    stop: async () => {
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function tokenOf(link: string | null): string {
  const token = link?.split('#')[1];
  if (!token) throw new Error('there is no such link');
  return token;
}

async function openRoom(url: string, documentId: string, headers: Record<string, string>): Promise<Room> {
  class SocketWithCookie extends NodeWebSocket {
    constructor(address: string | URL, protocols?: string | string[]) {
      super(address, protocols, { headers });
    }
  }
  const doc = new Y.Doc();
  const provider = new WebsocketProvider(`${url.replace('http', 'ws')}/sync/document`, documentId, doc, {
    WebSocketPolyfill: SocketWithCookie as unknown as typeof WebSocket,
    disableBc: true,
  });
  const close = (): void => {
    provider.destroy();
    doc.destroy();
  };
  await new Promise<void>((resolve, reject) => {
    provider.once('sync', () => resolve());
    provider.once('connection-close', (event) => {
      // y-websocket comes back by itself; a final code says that it must not.
      if (event && event.code >= 4400 && event.code < 4500) {
        close();
        reject(new Error(`closed with ${event.code}`));
      }
    });
  });
  return { doc, provider, close };
}
