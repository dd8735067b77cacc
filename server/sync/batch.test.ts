import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import {
  batchDocumentsLimit,
  batchOutcomes,
  readBatch,
  readBatchAnswers,
  writeBatch,
  writeBatchAnswer,
  batchAnswerHead,
} from '#domain/sync/batch.ts';
import type { BatchEntry } from '#domain/sync/batch.ts';
import { frameBytesLimit } from '#domain/sync/wire.ts';
import { personHeader } from '#domain/access.ts';
import { documentId, until } from '../../test/fuzz/sync-harness.ts';
import { synced, type, update, useSyncServer } from '../../test/sync-server.ts';
import { batchesPerPersonLimit } from './batch.ts';

const server = useSyncServer();

async function post(token: string | null, body: Uint8Array<ArrayBuffer>, headers = {}, query = '') {
  const response = await fetch(`http://127.0.0.1:${server.harness.port}/sync/batch${query}`, {
    method: 'POST',
    body,
    headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers },
  });
  const bytes = new Uint8Array(await response.arrayBuffer());
  return { status: response.status, answers: response.ok ? readBatchAnswers(bytes) : [] };
}

const entry = (part: Partial<BatchEntry>): BatchEntry => ({
  documentId: server.room,
  stateVector: null,
  update: null,
  ...part,
});
const send = async (token: string, ...parts: Partial<BatchEntry>[]) =>
  (await post(token, writeBatch(parts.map(entry)))).answers;

describe('The form of a batch', () => {
  const bytes = fc.uint8Array({ maxLength: 50 });
  it('is read as it was written, and nothing else is', () => {
    const entries = fc.array(
      fc.record({
        documentId: fc.string({ unit: 'grapheme', maxLength: 40 }),
        stateVector: fc.option(bytes),
        update: fc.option(bytes),
      }),
    );
    fc.assert(
      fc.property(entries, (some) => {
        const body = writeBatch(some);
        expect(readBatch(body)).toEqual(some);
        if (some.length > 0) expect(() => readBatch(body.subarray(0, -1))).toThrow('');
      }),
    );
    fc.assert(fc.property(bytes, (noise) => void tryRead(noise)));
  });
  const tryRead = (noise: Uint8Array) => {
    try {
      readBatch(noise);
      readBatchAnswers(noise);
    } catch (error) {
      expect((error as { code: string }).code).toBe('malformed_batch');
    }
  };

  it('holds for answers too', () => {
    const answer = {
      documentId: 'ç',
      outcome: 4423,
      epoch: 'e@1',
      stateVector: new Uint8Array([1]),
      updates: [new Uint8Array([2, 3]), new Uint8Array()],
    };
    const body = new Uint8Array([...batchAnswerHead(), ...writeBatchAnswer(answer)]);
    expect(readBatchAnswers(body)).toEqual([answer]);
  });
});

describe('A batch', () => {
  it('brings an update that is durable and relayed when it is answered, and asks for what is missing (T1, T3)', async () => {
    const bia = server.stock('bia');
    await synced(bia);
    type(bia, 'from the socket');
    await until(async () => (await server.logText()) === 'from the socket', 'it is stored');
    const [answer] = await send('ana', { update: update('from afar ', 9), stateVector: new Uint8Array([0]) });
    expect(answer?.outcome).toBe(batchOutcomes.taken);
    expect(await server.logText()).toContain('from afar');
    await until(() => bia.text().includes('from afar'), 'the others see it');
    const doc = new Y.Doc();
    for (const one of answer?.updates ?? []) Y.applyUpdate(doc, one);
    expect(doc.getText('text').toJSON()).toBe(bia.text());
    expect(answer?.epoch).toBe((await server.harness.log.knowledge(`document/${server.room}`)).epoch);
    expect(Y.decodeStateVector(answer?.stateVector ?? new Uint8Array()).get(9)).toBe(10);
  });

  it('takes an update that no socket takes (T6)', async () => {
    const doc = new Y.Doc();
    doc.getText('text').insert(0, 'x'.repeat(frameBytesLimit + 1));
    const [answer] = await send('ana', { update: Y.encodeStateAsUpdate(doc) });
    expect(answer?.outcome).toBe(batchOutcomes.taken);
    expect(await server.harness.log.head(`document/${server.room}`)).toBe(1);
  });

  it('passes the gates of the room, each entry by itself (T2, T3, T4)', async () => {
    const whole = new Y.Doc();
    whole.clientID = 3;
    whole.getText('text').insert(0, 'a');
    const before = Y.encodeStateVector(whole);
    whole.getText('text').insert(1, 'b');
    const part = Y.encodeStateAsUpdate(whole, before);
    const outcomes = async (token: string, ...parts: Partial<BatchEntry>[]) =>
      (await send(token, ...parts)).map(({ outcome }) => outcome);
    expect(await outcomes('leitor', { update: part })).toEqual([batchOutcomes.denied]);
    expect(
      await outcomes(
        'ana',
        { update: new Uint8Array([1, 2, 3]) },
        { documentId: '../etc' },
        { update: part },
        { update: Y.encodeStateAsUpdate(whole) },
        { update: part },
      ),
    ).toEqual([4422, 4400, 4505, batchOutcomes.taken, batchOutcomes.taken]);
    expect(await outcomes('bia', { update: update('stolen', 3) })).toEqual([4423]);
    expect(await outcomes('estranho', { stateVector: new Uint8Array([0]) })).toEqual([4403]);
    expect(await outcomes('leitor', { update: Y.encodeStateAsUpdate(whole) })).toEqual([batchOutcomes.taken]);
    expect(await server.harness.log.head(`document/${server.room}`)).toBe(1);
  });

  it('is refused as a whole to strangers, to other versions and for another person (T2)', async () => {
    const body = writeBatch([entry({})]);
    expect((await post(null, body)).status).toBe(401);
    expect((await post('nobody', body)).status).toBe(401);
    expect((await post('ana', body, { [personHeader]: 'bia' })).status).toBe(401);
    expect((await post('ana', body, { [personHeader]: 'ana' })).status).toBe(200);
    expect((await post('ana', body, {}, '?v=999.1')).status).toBe(412);
    expect((await post('ana', body, {}, '?v=x')).status).toBe(400);
    expect((await post('ana', new Uint8Array([7]))).status).toBe(400);
  });

  it('has bounds in bytes, in documents and for each person (T5)', async () => {
    await server.start({ batchBytesLimit: 1_000 });
    expect((await post('ana', new Uint8Array(1_001))).status).toBe(413);
    const streamed = await fetch(`http://127.0.0.1:${server.harness.port}/sync/batch`, {
      method: 'POST',
      headers: { authorization: 'Bearer ana' },
      body: new ReadableStream({
        pull: (controller) => controller.enqueue(new Uint8Array(600)),
      }),
      duplex: 'half',
    } as RequestInit).then(
      ({ status }) => status,
      () => 'cut',
    );
    expect([413, 'cut']).toContain(streamed);
    const short = { documentId: documentId(1) };
    const many = Array.from({ length: batchDocumentsLimit + 1 }, () => entry(short));
    await server.harness.stop();
    await server.start();
    expect((await post('ana', writeBatch(many))).status).toBe(413);

    const held: AbortController[] = [];
    const hold = (who = 'ana', bytes = 1) => {
      const control = new AbortController();
      held.push(control);
      void fetch(`http://127.0.0.1:${server.harness.port}/sync/batch`, {
        method: 'POST',
        headers: { authorization: `Bearer ${who}` },
        body: new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(bytes)) }),
        duplex: 'half',
        signal: control.signal,
      } as RequestInit).catch(() => undefined);
    };
    for (let index = 0; index < batchesPerPersonLimit; index += 1) hold();
    await until(async () => (await post('ana', writeBatch([entry({})]))).status === 503, 'Ana has enough');
    expect((await post('bia', writeBatch([entry({})]))).status).toBe(200);
    for (const control of held) control.abort();
    await until(async () => (await post('ana', writeBatch([entry({})]))).status === 200, 'they have ended');
    await server.harness.stop();

    // Three people, each within the limit of one; together they are beyond that of all.
    await server.start({ batchBytesLimit: 1_000 });
    for (const who of ['ana', 'bia']) hold(who, 990);
    const body = new Uint8Array(900);
    await until(async () => (await post('caio', body)).status === 503, 'all together have enough');
    for (const control of held) control.abort();
    await until(async () => (await post('caio', body)).status === 400, 'the others have gone');
  });

  it('says 4500 when the disk fails, and is durable when it comes again', async () => {
    let isBroken = true;
    await server.start({
      wrapLog: (log) => ({
        ...log,
        append: (entries) => (isBroken ? Promise.reject(new Error('disk')) : log.append(entries)),
      }),
    });
    const failed = await send('ana', { update: update('kept', 4) });
    expect(failed[0]?.outcome).toBe(4500);
    isBroken = false;
    const again = await send('ana', { update: update('kept', 4) });
    expect(again[0]?.outcome).toBe(batchOutcomes.taken);
    expect(await server.logText()).toBe('kept');
  });
});

describe('Bodies that do not come to their end (T5)', () => {
  it('keep nobody else from bringing theirs, and are let go when nothing comes of them', async () => {
    const batchBytesLimit = 100_000;
    await server.start({ batchBytesLimit, timings: { lagPatienceMs: 500 } });
    const lines = [1, 2].map(() => {
      const line = connect(server.harness.port, '127.0.0.1');
      line.on('error', () => undefined);
      line.write(
        'POST /sync/batch HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ana\r\nContent-Length: 90000\r\n\r\n',
      );
      line.write(Buffer.alloc(80_000));
      return { line, answer: once(line, 'data'), end: once(line, 'close') };
    });
    // One of the two is more than Ana may have.
    const refusal = await Promise.race(lines.map(({ answer }) => answer));
    expect(String(refusal)).toContain('503');
    const others = await post('bia', writeBatch([entry({ update: update('y'.repeat(80_000), 9) })]));
    expect(others.status).toBe(200);
    await Promise.all(lines.map(({ line, end }) => (line.resume(), end)));
  });
});
