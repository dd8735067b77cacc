import { describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { documentVersion, protocolVersion } from '#domain/sync/versions.ts';
import { closeCodes, documentRoom, socketsPerRoomLimit } from '#domain/sync/wire.ts';
import { documentId, until, workspaceId } from '../../test/fuzz/sync-harness.ts';
import { codeOf, isDenied, update, useSyncServer } from '../../test/sync-server.ts';
import { step1Frame, step2Frame, updateFrame } from './frames.ts';

const server = useSyncServer();
const { start, stock, raw, rawIn, logText } = server;

describe('The door (A1-A6)', () => {
  it('answers a wrong room, no session, no right and no document with codes of their own, all final', async () => {
    await start({ missing: [documentId(404)] });
    const paths: [string, number][] = [
      [`/sync/document/${server.room}`, 4401],
      [`/sync/document/${server.room}?token=nobody`, 4401],
      [`/sync/document/${server.room}?token=estranho`, 4403],
      [`/sync/document/${documentId(404)}?token=ana`, 4404],
      [`/sync/document/../../etc/passwd?token=ana`, 4400],
      [`/sync/document/..%2f..%2fetc%2fpasswd?token=ana`, 4400],
      [`/sync/document/${server.room.toUpperCase().replace('0', 'A')}?token=ana`, 4400],
      [`/sync/document/${'a'.repeat(3_000)}?token=ana`, 4400],
      [`/sync/document/?token=ana`, 4400],
      [`/sync/elsewhere/${server.room}?token=ana`, 4400],
      [`/sync/document/${server.room}?token=ana&v=x`, 4400],
      [`/sync/document/${server.room}?token=ana&v=${protocolVersion + 1}.${documentVersion}`, 4426],
      [`/sync/document/${server.room}?token=ana&v=${protocolVersion}.${documentVersion + 1}`, 4426],
      [`/sync/changes/${workspaceId}`, 4401],
      [`/sync/changes/${workspaceId}?token=estranho`, 4403],
    ];
    for (const [path, code] of paths) expect([path, await codeOf(await raw(path))]).toEqual([path, code]);
    expect(await server.harness.log.head(documentRoom(server.room))).toBe(0);
  });

  it('does not make the provider knock again', async () => {
    const stranger = stock('estranho');
    await until(() => stranger.closes.length > 0, 'the server closes');
    expect(stranger.closes).toEqual([4403]);
    expect(stranger.provider.shouldConnect).toBe(false);
  });

  it('takes only so many sockets in one room, and says that it is full', async () => {
    const sockets: WebSocket[] = [];
    for (let count = 0; count < socketsPerRoomLimit; count += 1) sockets.push((await rawIn('ana')).socket);
    expect(await codeOf(await rawIn('bia'))).toBe(closeCodes.full.code);
    sockets[0]?.terminate();
    await until(async () => {
      const client = await rawIn('bia');
      await until(() => client.closed() !== null || client.frames.length > 0, 'an answer');
      return client.closed() === null;
    }, 'a seat is free again');
  });

  it('takes a right away from an open socket, or a role, when asked again and when a grant ends', async () => {
    let now = Date.parse('2026-01-01T00:00:00Z');
    await start({ nowMs: () => now, timings: { tickMs: 10 } });
    server.harness.people.set('bia', { name: 'Bia', role: 'editor', endsAt: '2026-01-01T01:00:00.000Z' });
    const [ana, bia, caio] = [await rawIn('ana'), await rawIn('bia'), await rawIn('caio')];
    server.harness.people.set('ana', { name: 'Ana', role: 'viewer' });
    await server.harness.sync.recheck('ana');
    ana.send(updateFrame(update('no', 1)));
    await until(() => ana.frames.some(isDenied), 'Ana may no longer write');
    server.harness.people.delete('caio');
    await server.harness.sync.recheck('caio');
    expect(await codeOf(caio)).toBe(4401);
    now = Date.parse('2026-01-01T01:00:00Z');
    expect(await codeOf(bia)).toBe(4403);
    expect(ana.closed()).toBeNull();
  });

  it('finds by itself, after a while, that a right has gone', async () => {
    await start({ timings: { tickMs: 10, recheckMs: 50 } });
    const ana = await rawIn('ana');
    server.harness.people.delete('ana');
    expect(await codeOf(ana)).toBe(4401);
  });

  it('an app too old for the documents delivers what it wrote and is sent nothing', async () => {
    const old = await rawIn('ana', `&ack=1&v=${protocolVersion}.${documentVersion - 1}`);
    old.send(step1Frame(new Map()));
    old.send(step2Frame(update('from long ago', 1)));
    await until(() => old.frames.some((frame) => frame[0] === 120), 'it is acknowledged');
    expect(old.frames.some((frame) => frame[0] === 0 && frame[1] !== 0)).toBe(false);
    expect(await logText()).toBe('from long ago');
  });
});
