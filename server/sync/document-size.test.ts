import { zstdCompressSync } from 'node:zlib';
import { expect, it } from 'vitest';
import * as Y from 'yjs';
import { closeCodes, documentRoom } from '#domain/sync/wire.ts';
import { until } from '../../test/fuzz/sync-harness.ts';
import { acknowledged, codeOf, useSyncServer } from '../../test/sync-server.ts';
import { growthOf, unpackedLength } from './document-size.ts';
import { step2Frame, updateFrame } from './frames.ts';

const server = useSyncServer();
const { start, rawIn, logText } = server;
const documentSize = { softBytes: 400_000, hardBytes: 1_000_000 };

it('R15: a packed snapshot says how long it is', () => {
  for (const length of [0, 1, 255, 256, 300, 65_791, 65_792, 5_000_000])
    expect(unpackedLength(zstdCompressSync(Buffer.alloc(length, 'some text')).subarray(0, 18))).toBe(length);
});

async function writer() {
  const client = await rawIn('ana', '&ack=1');
  const doc = new Y.Doc();
  let sent = 0;
  doc.on('update', (made: Uint8Array) => {
    sent += 1;
    client.send(updateFrame(made));
  });
  const stored = () => until(() => acknowledged(client) === sent, 'all is stored');
  return { client, doc, text: doc.getText('text'), stored };
}

it('R15: a text beyond the limit is refused what makes it larger, and takes what makes it smaller', async () => {
  await start({ documentSize, timings: { measureEveryMs: 20, tickMs: 10 } });
  const { client, doc, text, stored } = await writer();
  for (let count = 0; count < 4; count += 1) text.insert(0, 'x'.repeat(240_000));
  await stored();
  expect(server.harness.reports.filter((report) => report === 'document_large')).toHaveLength(1);
  const before = Y.encodeStateVector(doc);
  text.insert(0, 'y'.repeat(240_000));
  // It may have to be packed first.
  expect(await codeOf(client)).toBe(closeCodes.reload.code);
  const isFinal = async () => {
    const again = await rawIn('ana', '&ack=1');
    again.send(step2Frame(Y.encodeStateAsUpdate(doc, before)));
    return (await codeOf(again)) === closeCodes.documentFull.code;
  };
  await until(isFinal, 'that is final');
  expect(await logText()).toHaveLength(960_000);
  const third = await rawIn('bia', '&ack=1');
  const copy = new Y.Doc();
  for (const update of (await server.harness.log.state(documentRoom(server.room), null)).updates)
    Y.applyUpdate(copy, update);
  copy.on('update', (made: Uint8Array) => third.send(updateFrame(made)));
  copy.getText('text').delete(0, 800_000);
  await until(() => acknowledged(third) === 1, 'the deletion is taken');
  expect((await logText()).length).toBe(160_000);
  // Once it is packed, there is room again.
  await server.harness.log.upkeep.compact(documentRoom(server.room));
  const words = new Y.Doc();
  words.getText('text').insert(0, 'z'.repeat(240_000));
  const isTaken = async () => {
    const again = await rawIn('caio', '&ack=1');
    again.send(updateFrame(Y.encodeStateAsUpdate(words)));
    await until(() => acknowledged(again) === 1 || again.closed() !== null, 'an answer');
    return again.closed() === null;
  };
  await until(isTaken, 'there is room');
});

it('R15: many small updates are no large text, however long their tail is', async () => {
  await start({ documentSize });
  const { client, text, stored } = await writer();
  for (let count = 0; count < 60_000; count += 1) text.insert(count, 'x');
  await stored();
  expect(client.closed()).toBeNull();
  const [figures] = await server.harness.log.upkeep.rooms();
  expect(figures?.tailBytes).toBeGreaterThan(documentSize.hardBytes);
  expect(growthOf(1)).toBe(1);
});
