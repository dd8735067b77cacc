/**
 * A small server of the same protocol as its authors would write it: a document and an awareness in memory for
 * each room, y-protocols to read and to answer, nothing stored, nothing checked. What ours is compared with.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { readSyncMessage, writeSyncStep1, writeUpdate } from 'y-protocols/sync';
import * as Y from 'yjs';

export interface Reference {
  readonly port: number;
  docOf(path: string): Y.Doc;
  stop(): void;
}

const syncMessage = 0;

export async function startReference(): Promise<Reference> {
  const rooms = new Map<string, { doc: Y.Doc; sockets: Set<WebSocket> }>();
  const roomOf = (path: string) => {
    const found = rooms.get(path);
    if (found !== undefined) return found;
    const room = { doc: new Y.Doc(), sockets: new Set<WebSocket>() };
    room.doc.on('update', (update: Uint8Array, origin: unknown) => {
      const encoder = encoding.createEncoder();
      encoding.writeVarUint(encoder, syncMessage);
      writeUpdate(encoder, update);
      for (const socket of room.sockets) if (socket !== origin) socket.send(encoding.toUint8Array(encoder));
    });
    rooms.set(path, room);
    return room;
  };
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (socket, request) => {
    const { doc, sockets } = roomOf((request.url ?? '').split('?')[0] ?? '');
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('message', (data) => {
      const decoder = decoding.createDecoder(new Uint8Array(data as Buffer));
      if (decoding.readVarUint(decoder) !== syncMessage) return;
      const encoder = encoding.createEncoder();
      encoding.writeVarUint(encoder, syncMessage);
      readSyncMessage(decoder, encoder, doc, socket);
      if (encoding.length(encoder) > 1) socket.send(encoding.toUint8Array(encoder));
    });
    const encoder = encoding.createEncoder();
    encoding.writeVarUint(encoder, syncMessage);
    writeSyncStep1(encoder, doc);
    socket.send(encoding.toUint8Array(encoder));
  });
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    docOf: (path) => roomOf(path).doc,
    stop() {
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };
}
