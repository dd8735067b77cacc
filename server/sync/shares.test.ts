import { walkedInThreadFrom } from './digest.ts';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { closeCodes } from '#domain/sync/wire.ts';
import { documentId, until } from '../../test/fuzz/sync-harness.ts';
import { acknowledged, codeOf, update, useSyncServer } from '../../test/sync-server.ts';
import { presenceFrame, readFrame, step1Frame, updateFrame } from './frames.ts';
import {
  Intake,
  messageCost,
  newAccount,
  queuedBytesFullMark,
  queuedMessagesMark,
  turnCostLeast,
  turnCostLimit,
  uncommittedBytesLimit,
  uncommittedMessagesLeast,
  uncommittedMessagesLimit,
} from './intake.ts';

const server = useSyncServer();
const { start, raw, rawIn, logText } = server;

const nextTurn = (intake: Intake) =>
  new Promise<void>((resolve) => {
    intake.later(resolve);
  });
const spendAll = (intake: Intake, account = newAccount()): number => {
  let messages = 0;
  while (intake.spend(account, 0)) messages += 1;
  return messages;
};

describe('The shares of sockets', () => {
  it('C11: one alone has the whole turn, many have equal parts, nobody less than the least', async () => {
    const intake = new Intake();
    await nextTurn(intake);
    await nextTurn(intake);
    expect(spendAll(intake)).toBe(turnCostLimit / messageCost);
    await nextTurn(intake);
    const crowd = Array.from({ length: 1_000 }, newAccount);
    for (const account of crowd) intake.spend(account, 0);
    await nextTurn(intake);
    expect(spendAll(intake, crowd[0])).toBe(turnCostLeast / messageCost);
    await nextTurn(intake);
    // One message may be larger than any share.
    expect(intake.spend(newAccount(), 10 * turnCostLimit)).toBe(true);
  });

  it('C4: the way to disk is shared out: the more want it, the sooner each has too much', () => {
    const intake = new Intake();
    const alone = newAccount();
    for (let count = 0; count < uncommittedMessagesLimit; count += 1) {
      expect(intake.hasTooMuch(alone)).toBe(false);
      intake.start(alone, 1);
    }
    expect(intake.hasTooMuch(alone)).toBe(true);
    intake.end(alone, uncommittedMessagesLimit, uncommittedMessagesLimit);
    intake.start(alone, uncommittedBytesLimit);
    expect(intake.hasTooMuch(alone)).toBe(true);
    intake.end(alone, 1, uncommittedBytesLimit);
    const crowd = Array.from({ length: queuedMessagesMark }, newAccount);
    for (const account of crowd) intake.start(account, 1);
    for (let count = 1; count < uncommittedMessagesLeast; count += 1) intake.start(alone, 1);
    expect(intake.hasTooMuch(alone)).toBe(false);
    intake.start(alone, 1);
    expect(intake.hasTooMuch(alone)).toBe(true);
  });

  it('C12: beyond the second mark nobody new comes in', () => {
    const intake = new Intake();
    const account = newAccount();
    intake.start(account, queuedBytesFullMark);
    expect(intake.isFull).toBe(false);
    intake.start(account, 1);
    expect(intake.isFull).toBe(true);
    intake.end(account, 1, 1);
    expect(intake.isFull).toBe(false);
  });

  it('C11: a flood in one room does not keep calm people in others waiting for its end', async () => {
    await start();
    const flood = await rawIn('ana', '&ack=1');
    const doc = new Y.Doc();
    const count = 8_000;
    doc.on('update', (made: Uint8Array) => flood.send(updateFrame(made)));
    const calm = await Promise.all(
      Array.from({ length: 9 }, (_, number) =>
        raw(`/sync/document/${documentId(900 + number)}?token=bia&ack=1`),
      ),
    );
    for (let index = 0; index < count; index += 1) doc.getText('text').insert(index, 'x');
    calm.forEach((client, index) => client.send(updateFrame(update('calm', 1 + index))));
    await until(() => calm.every((client) => acknowledged(client) === 1), 'the calm are safe');
    expect(acknowledged(flood)).toBeLessThan(count / 2);
    await until(() => acknowledged(flood) === count, 'nothing of the flood is lost');
  });

  it('C13: a large update is walked apart, and what its sender says next waits behind it', async () => {
    const client = await rawIn('ana', '&ack=1');
    const doc = new Y.Doc();
    doc.on('update', (made: Uint8Array) => client.send(updateFrame(made)));
    const large = 'x'.repeat(walkedInThreadFrom);
    doc.getText('text').insert(0, large);
    for (const letter of 'abc') doc.getText('text').insert(doc.getText('text').length, letter);
    await until(() => acknowledged(client) === 4, 'all is stored');
    expect(await logText()).toBe(`${large}abc`);
    client.send(updateFrame(new Uint8Array(walkedInThreadFrom).fill(1)));
    expect(await codeOf(client)).toBe(closeCodes.malformed.code);
  });
});

describe('Questions (C5)', () => {
  it('of one socket are answered with a pause between them, the newest of those that wait', async () => {
    await start({ timings: { questionEveryMs: 200 } });
    const client = await rawIn('ana');
    const isAnswer = (frame: Uint8Array) => frame[0] === 0 && frame[1] === 1;
    const answers = () => client.frames.filter(isAnswer).length;
    const askedAtMs = performance.now();
    for (let times = 0; times < 1_000; times += 1) client.send(step1Frame(new Map()));
    await until(() => answers() === 2, 'the first and the last are answered');
    expect(performance.now() - askedAtMs).toBeGreaterThan(200 - 5);
  });
});

describe('Large frames (C4, C13)', () => {
  it('of one person are read and walked one after the other, and counted until they are judged', async () => {
    await start();
    const bytes = 4 * 1024 * 1024;
    const nonsense = updateFrame(new Uint8Array(bytes).fill(1));
    const clients = await Promise.all(Array.from({ length: 6 }, () => rawIn('ana')));
    for (const client of clients) client.send(nonsense);
    let worst = 0;
    await until(() => {
      worst = Math.max(worst, server.harness.sync.gauges().queuedBytes);
      return clients.every((client) => client.closed() === closeCodes.malformed.code);
    }, 'all are refused');
    expect(worst).toBe(bytes);
  });

  it('that do not come to their end are let go when others wait', async () => {
    await start({ timings: { lagPatienceMs: 200, tickMs: 20 } });
    const large = updateFrame(update('x'.repeat(2 * 1024 * 1024), 1));
    const begun = await rawIn('ana');
    // The rest of the message never comes.
    begun.socket.send(large.subarray(0, large.length / 2), { fin: false, binary: true });
    await until(() => begun.socket.bufferedAmount === 0, 'half of it is there');
    const other = await rawIn('ana', '&ack=1');
    other.send(large);
    expect(await codeOf(begun)).toBe(closeCodes.lagging.code);
    await until(() => acknowledged(other) === 1, 'the other is heard');
  });
});

describe('Presence without measure', () => {
  const presence = (clock: number) => presenceFrame([{ client: 5, clock, state: `{"at":${clock}}` }]);

  it('P9: thousands of states of one socket reach the others as a few, the newest last', async () => {
    const count = 3_000;
    const witness = await rawIn('bia');
    witness.send([0, 0, 1, 0]);
    await until(() => witness.frames.some((frame) => frame[1] === 1), 'it has joined');
    const loud = await rawIn('ana');
    for (let clock = 1; clock <= count; clock += 1) loud.send(presence(clock));
    const heard = () =>
      witness.frames.flatMap((frame) => {
        const message = readFrame(frame);
        return message.kind === 'presence' ? message.presences : [];
      });
    await until(() => heard().at(-1)?.clock === count, 'the newest has come');
    expect(heard().length).toBeLessThan(count / 10);
  });

  it('C14: asking who is here without reading the answers is answered a bounded number of times', async () => {
    const loud = await rawIn('ana');
    const large = JSON.stringify({ text: 'x'.repeat(4_000) });
    loud.send(presenceFrame([{ client: 5, clock: 1, state: large }]));
    const deaf = await rawIn('bia');
    deaf.socket.pause();
    for (let times = 0; times < 20_000; times += 1) deaf.send([3]);
    // Its questions are read in order: when what it says last is heard, all have been.
    deaf.send(presenceFrame([{ client: 6, clock: 1, state: '{}' }]));
    await until(() => loud.frames.some((frame) => frame[0] === 1 && frame[3] === 6), 'all are read');
    const [room] = [...server.harness.sync.rooms.live()].filter(({ name }) => name.endsWith(server.room));
    for (const member of room?.members ?? []) expect(member.backlogBytes).toBeLessThan(1024 * 1024);
  });
});
