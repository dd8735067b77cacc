/**
 * A websocket client that does as little as possible, so that the server is what is measured: frames are cut
 * out of what comes and looked at, not decoded; what is sent is masked with zeros, as the standard allows.
 */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { messageTypes } from '#domain/sync/wire.ts';

export interface Client {
  socket: Socket;
  /** A message, as one frame. */
  send(message: Uint8Array): void;
  closed: () => boolean;
}

export async function openClient(
  port: number,
  path: string,
  onMessage: (bytes: Buffer) => void,
): Promise<Client> {
  const socket = connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  let isClosed = false;
  socket.on('close', () => (isClosed = true));
  let rest: Buffer = Buffer.alloc(0);
  let isOpen = false;
  const opened = new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('closed before it was open')));
    socket.on('data', (data) => {
      rest = rest.length === 0 ? data : Buffer.concat([rest, data]);
      if (!isOpen) {
        const end = rest.indexOf('\r\n\r\n');
        if (end < 0) return;
        if (!rest.toString('latin1', 0, 12).endsWith('101')) return reject(new Error('not admitted'));
        isOpen = true;
        rest = rest.subarray(end + 4);
        resolve();
      }
      rest = cut(rest, onMessage);
    });
  });
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
  );
  await opened;
  return { socket, send: (message) => socket.write(masked(message)), closed: () => isClosed };
}

/** Takes whole frames off the front; bundles are opened. Answers what is left. */
function cut(bytes: Buffer, onMessage: (bytes: Buffer) => void): Buffer {
  let at = 0;
  while (bytes.length - at >= 2) {
    let length = (bytes[at + 1] as number) & 127;
    let head = 2;
    if (length === 126) {
      if (bytes.length - at < 4) break;
      length = bytes.readUInt16BE(at + 2);
      head = 4;
    } else if (length === 127) {
      if (bytes.length - at < 10) break;
      length = Number(bytes.readBigUInt64BE(at + 2));
      head = 10;
    }
    if (bytes.length - at < head + length) break;
    if (((bytes[at] as number) & 15) === 2) {
      if (bytes[at + head] === messageTypes.bundle)
        unbundle(bytes, at + head + 1, at + head + length, onMessage);
      else onMessage(bytes.subarray(at + head, at + head + length));
    }
    at += head + length;
  }
  return at === 0 ? bytes : bytes.subarray(at);
}

function unbundle(bytes: Buffer, from: number, to: number, onMessage: (bytes: Buffer) => void): void {
  for (let at = from; at < to;) {
    let length = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = bytes[at++] as number;
      length += (byte & 127) * shift;
      if (byte < 128) break;
    }
    onMessage(bytes.subarray(at, at + length));
    at += length;
  }
}

/** A client's frame must be masked; a mask of zeros leaves the bytes as they are. */
export function masked(message: Uint8Array): Buffer {
  const { length } = message;
  const head = length < 126 ? 6 : length < 65_536 ? 8 : 14;
  const frame = Buffer.alloc(head + length);
  frame[0] = 0x82;
  if (length < 126) frame[1] = 0x80 | length;
  else if (length < 65_536) {
    frame[1] = 0x80 | 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 0x80 | 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.set(message, head);
  return frame;
}
