/**
 * The whole server goes back to a backup, and the devices of the people who worked on meanwhile bring back what
 * it has lost: records and texts, open or not, once each.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket as NodeWebSocket } from 'ws';
import * as Y from 'yjs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { caseCommands } from '#domain/cases/commands.ts';
import { documentCommands } from '#domain/documents/commands.ts';
import type { CaseId, DocumentId } from '#domain/ids.ts';
import { documentRoom } from '#domain/sync/wire.ts';
import { DocumentSession } from '#lib/sync/document-session.svelte.ts';
import { runAdmin } from '#server/admin/run.ts';
import { createDevice, until } from './devices.ts';
import type { Device, Tab } from './devices.ts';
import { startWorld } from './harness.ts';
import type { Person, World } from './harness.ts';

let world: World;
let folder: string;
let bruno: Person;
const devices: Device[] = [];
const sessions = new Set<DocumentSession>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stoa-copies-'));
  world = await startWorld();
  bruno = await world.invite('editor', 'Bruno');
});
afterEach(async () => {
  for (const session of sessions) await session.close();
  sessions.clear();
  for (const device of devices.splice(0)) await device.close();
});
afterAll(async () => {
  await world.stop();
  await rm(folder, { recursive: true });
});

const newDevice = (person: Person): Device => {
  const device = createDevice(world, person);
  devices.push(device);
  return device;
};

async function admin(...args: string[]): Promise<void> {
  const notes: string[] = [];
  const note = (line: string) => notes.push(line);
  const code = await runAdmin(args, { DATA_DIR: world.dataDir }, { out: note, note });
  if (code !== 0) throw new Error(notes.join('\n'));
}

function openText(
  device: Device,
  tab: Tab,
  documentId: DocumentId,
  options: { frameLimit?: number } = {},
): DocumentSession {
  class SocketOfDevice extends NodeWebSocket {
    constructor(address: string | URL, protocols?: string | string[]) {
      super(device.line.isUp ? address : 'ws://127.0.0.1:9', protocols, { headers: device.headers });
    }
  }
  const { engine } = tab;
  const session = new DocumentSession({
    documentId,
    user: { id: engine.actor.personId, name: engine.actor.name, colour: 0 },
    rooms: engine.rooms,
    exchange: engine.exchange,
    // Devices share no browser: the channel between tabs is named after the address as it is written.
    socketUrl: `${world.url.replace('http', 'ws')}${'/.'.repeat(devices.indexOf(device) + 1)}`,
    socket: SocketOfDevice as unknown as typeof WebSocket,
    factory: device.factory,
    after: (delayMs, work) => {
      const timer = setTimeout(work, delayMs / 20);
      return () => clearTimeout(timer);
    },
    seed: null,
    ...options,
  });
  session.connect();
  sessions.add(session);
  return session;
}
const notes = (session: DocumentSession) => session.doc.getText('notes');
const write = (session: DocumentSession, text: string) => notes(session).insert(notes(session).length, text);
const onServer = (session: DocumentSession) =>
  until('the text is on the server', () => session.place === 'server').catch((error: unknown) => {
    const { place, isLoaded, isConnected, stop, saved, isRefusedToWrite } = session;
    throw new Error(JSON.stringify({ place, isLoaded, isConnected, stop, saved, isRefusedToWrite }), {
      cause: error,
    });
  });
const close = async (session: DocumentSession) => {
  sessions.delete(session);
  await session.close();
};

async function createDocument(tab: Tab, title: string): Promise<DocumentId> {
  const id = world.newId() as DocumentId;
  await tab.engine.send(documentCommands['documents.create'], {
    id,
    kind: 'policy',
    title,
    language: 'en',
    visibility: 'workspace' as const,
    folderId: null,
  });
  await arrived(tab);
  return id;
}
const arrived = (tab: Tab) =>
  until('everything is on the server', () => tab.engine.status.headline === 'on_server');

/** What lies in the log. */
async function textOnServer(id: DocumentId): Promise<string> {
  const { updates } = await world.server.house.updates.state(documentRoom(id), null);
  const doc = new Y.Doc();
  for (const update of updates) Y.applyUpdate(doc, update);
  return doc.getText('notes').toJSON();
}

describe('A text that nobody has open', () => {
  it('is delivered although the tab that wrote it was killed offline', async () => {
    const laptop = newDevice(world.owner);
    const tab = await laptop.openTab();
    const id = await createDocument(tab, 'Unsent');
    const session = openText(laptop, tab, id);
    await onServer(session);
    laptop.setLine(false);
    session.reconnect();
    await until('it is offline', () => !session.isConnected);
    write(session, 'never sent by this tab');
    await until('it is on the device', () => session.saved === 'saved' && session.place !== 'server');
    sessions.delete(session);
    await session.close();
    tab.kill();
    laptop.setLine(true);
    expect(await textOnServer(id)).toBe('');
    const again = await laptop.openTab();
    await until('the courier has been', () => again.engine.rooms.stateOf(id)?.waitingSince === null);
    expect(await textOnServer(id)).toBe('never sent by this tab');
  });
});

describe('A server that went back to a backup', () => {
  it('gets back what people did since then: records and texts, open and closed, once each', async () => {
    const [laptop, desk] = [newDevice(world.owner), newDevice(bruno)];
    const [olivia, edu] = [await laptop.openTab(), await desk.openTab()];
    const shared = await createDocument(olivia, 'Returns');
    await until('Bruno has read it', () => edu.engine.records.get('document', shared) !== undefined);
    const hers = openText(laptop, olivia, shared);
    const his = openText(desk, edu, shared);
    await Promise.all([onServer(hers), onServer(his)]);
    write(hers, 'before');
    await until('Bruno reads it', () => notes(his).length === 6);
    await Promise.all([onServer(hers), onServer(his)]);

    const copy = join(folder, 'copy');
    await admin('backup', copy);

    write(hers, ', after');
    await until('Bruno reads that too', () => notes(his).length === 13);
    await onServer(hers);
    // Closed before the restore: only the device's own storage still holds it.
    await close(hers);
    const closed = await createDocument(olivia, 'Written after the backup');
    const session = openText(laptop, olivia, closed);
    await onServer(session);
    write(session, 'only after');
    await onServer(session);
    await close(session);
    const caseId = world.newId() as CaseId;
    await olivia.engine.send(caseCommands['cases.open'], {
      caseId,
      track: 'violation' as const,
      title: 'Opened after the backup',
      narrative: '',
      severity: 'low' as const,
      about: null,
    });
    await arrived(olivia);
    expect(olivia.engine.rooms.stateOf(closed)?.waitingSince).toBeNull();

    laptop.setLine(false);
    await world.restart(() => admin('restore', copy));
    // He is first, with words of hers under her client id, and writes on at once.
    await until('Bruno is back', () => his.isConnected);
    write(his, ', and Bruno');
    await onServer(his);
    expect(await textOnServer(shared)).toBe('before, after, and Bruno');
    await expect(bruno.openRoom(closed)).rejects.toThrow('4404');

    laptop.setLine(true);
    await until('everything of hers is back', async () => {
      await olivia.engine.refresh();
      return (
        olivia.engine.status.headline === 'on_server' &&
        olivia.engine.rooms.stateOf(closed)?.waitingSince === null &&
        olivia.engine.rooms.stateOf(shared)?.waitingSince === null
      );
    });
    expect(await textOnServer(closed)).toBe('only after');
    expect(await textOnServer(shared)).toBe('before, after, and Bruno');
    expect(olivia.engine.needsYou).toEqual([]);

    const fresh = await newDevice(bruno).openTab();
    await until('everything was read', () => fresh.engine.records.complete);
    const cases = fresh.engine.records.all('case').filter(({ id }) => id === caseId);
    expect(cases).toMatchObject([{ title: 'Opened after the backup' }]);
    const events = fresh.engine.records.all('caseEvent').filter((event) => event.caseId === caseId);
    expect(events.filter(({ type }) => type === 'opened')).toHaveLength(1);
    expect(fresh.engine.records.get('document', closed)?.title).toBe('Written after the backup');
  });
});

describe('A difference larger than a frame', () => {
  it('travels by itself, and the socket opens again when the server has it', async () => {
    const laptop = newDevice(world.owner);
    const tab = await laptop.openTab();
    const id = await createDocument(tab, 'Large');
    const first = openText(laptop, tab, id);
    await onServer(first);
    await close(first);

    const session = openText(laptop, tab, id, { frameLimit: 100_000 });
    await until('it is loaded', () => session.isLoaded);
    write(session, 'x'.repeat(200_000));
    await onServer(session);
    expect(session.stop).toBeNull();
    expect((await textOnServer(id)).length).toBe(200_000);
    write(session, ' and on');
    await onServer(session);
    expect((await textOnServer(id)).endsWith(' and on')).toBe(true);
  });
});
