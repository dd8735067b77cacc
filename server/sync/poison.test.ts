import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { closeCodes, documentRoom, frameBytesLimit } from '#domain/sync/wire.ts';
import { until } from '../../test/fuzz/sync-harness.ts';
import { nestedAny, nestedJson } from '../../test/poison.ts';
import { codeOf, update, useSyncServer } from '../../test/sync-server.ts';
import { step2Frame, updateFrame } from './frames.ts';

const server = useSyncServer();
const { start, stock, rawIn, logText } = server;

describe('Poison (W1-W8, R3-R6)', () => {
  const foreign = () => update('mine', 77);
  const poison: [string, () => Uint8Array, number][] = [
    ['a V2 update', () => v2(), closeCodes.malformed.code],
    ['a truncated update', () => updateFrame(update('x', 3).slice(0, -3)), closeCodes.malformed.code],
    ['a truncated frame', () => updateFrame(update('x', 3)).slice(0, -3), closeCodes.malformed.code],
    ['trailing bytes', () => updateFrame(new Uint8Array([...update('x', 3), 0])), closeCodes.malformed.code],
    ['two messages in one frame', () => join2(updateFrame(update('x', 3)), [3]), closeCodes.malformed.code],
    ['zero structs', () => updateFrame(new Uint8Array([1, 0, 5, 0, 0])), closeCodes.malformed.code],
    [
      'a forged run of another client',
      () => updateFrame(new Uint8Array([1, 1, 77, 4, 0, 100, 0])),
      closeCodes.foreignClient.code,
    ],
    [
      'a run of impossible length',
      () => updateFrame(new Uint8Array([1, 1, 5, 0, 0, 255, 255, 255, 255, 15, 0])),
      closeCodes.malformed.code,
    ],
    [
      'bad JSON in an embed',
      () => updateFrame(new Uint8Array([1, 1, 5, 0, 5, 1, 1, 116, 1, 123, 0])),
      closeCodes.malformed.code,
    ],
    [
      'JSON of 5,000 levels in an embed',
      () => updateFrame(nestedJson(5, 'embed', 5_000)),
      closeCodes.malformed.code,
    ],
    ['a value of 5,000 levels', () => updateFrame(nestedAny(5, 5_000)), closeCodes.malformed.code],
    [
      'a circle of origins',
      () => updateFrame(new Uint8Array([2, 1, 6, 0, 0x84, 5, 0, 1, 97, 1, 5, 0, 0x84, 6, 0, 1, 97, 0])),
      closeCodes.malformed.code,
    ],
    ['an unknown message', () => new Uint8Array([99]), closeCodes.malformed.code],
    [
      'a state vector of too many clients',
      () => new Uint8Array([0, 0, 4, 255, 255, 255, 127]),
      closeCodes.malformed.code,
    ],
    ['a frame one byte too large', () => new Uint8Array(frameBytesLimit + 1), closeCodes.tooLarge.code],
    [
      'a huge delete range',
      () => updateFrame(new Uint8Array([0, 1, 77, 1, 0, 255, 255, 255, 255, 7])),
      closeCodes.gap.code,
    ],
  ];
  const v2 = () => {
    const doc = new Y.Doc();
    doc.getText('text').insert(0, 'v2');
    return updateFrame(Y.encodeStateAsUpdateV2(doc));
  };
  const join2 = (a: Uint8Array, b: number[]) => new Uint8Array([...a, ...b]);

  it.each(poison)(
    '%s: the sender is refused, the room is unharmed, a newcomer has everything',
    async (_name, bytes, code) => {
      await start({ timings: { gapPatienceMs: 50, tickMs: 10 } });
      const victim = await rawIn('bia', '&ack=1');
      victim.send(updateFrame(foreign()));
      await until(() => victim.frames.some((frame) => frame[0] === 120), 'the victim has written');
      const attacker = await rawIn('ana');
      attacker.send(bytes());
      expect(await codeOf(attacker)).toBe(code);
      const doc = new Y.Doc();
      Y.applyUpdate(doc, foreign());
      doc.clientID = 77;
      doc.getText('text').insert(4, ' later');
      victim.send(updateFrame(Y.encodeStateAsUpdate(doc)));
      const newcomer = stock('caio');
      await until(() => newcomer.text() === 'mine later', 'a newcomer has everything');
      expect(victim.closed()).toBeNull();
      expect(await server.harness.log.head(documentRoom(server.room))).toBe(2);
    },
  );

  it('takes offline edits of the same person under an older client id, from any device', async () => {
    const first = await rawIn('ana');
    first.send(updateFrame(update('a', 9)));
    first.socket.close();
    const doc = new Y.Doc();
    doc.clientID = 9;
    doc.getText('text').insert(0, 'a');
    doc.getText('text').insert(1, 'b');
    const second = await rawIn('ana', '&ack=1');
    second.send(step2Frame(Y.encodeStateAsUpdate(doc)));
    await until(() => second.frames.some((frame) => frame[0] === 120), 'it is stored');
    expect(await logText()).toBe('ab');
  });
});
