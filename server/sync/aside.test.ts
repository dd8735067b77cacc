import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { documentRoom } from '#domain/sync/wire.ts';
import { until } from '../../test/fuzz/sync-harness.ts';
import { synced, type, useSyncServer } from '../../test/sync-server.ts';
import { cutFor } from './aside.ts';
import { Known } from './known.ts';
import { walkUpdate } from './walk.ts';

const server = useSyncServer();
const { stock, logText } = server;

describe('What can never be filled (R6)', () => {
  /** A client that holds text of somebody whose earlier text is lost, as after a restore from an old backup. */
  const withHole = () => {
    const lost = new Y.Doc();
    lost.getText('text').insert(0, 'lost');
    const before = Y.encodeStateVector(lost);
    lost.getText('text').insert(4, ' and found');
    const doc = new Y.Doc();
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(lost, before));
    doc.getText('text').insert(0, 'offline');
    return { doc, lost };
  };
  const rows = async () => server.harness.log.head(documentRoom(server.room));

  it('does not keep an unmodified client from being heard, nor make it come back for ever', async () => {
    const { doc } = withHole();
    expect(doc.store.pendingStructs).not.toBeNull();
    const client = stock('ana', { doc, params: { ack: '1' } });
    await synced(client);
    type(client, ', and later');
    await until(async () => (await logText()) === 'offline, and later', 'what fits is stored');
    await until(() => client.durable() >= 3, 'all of it is safe');
    expect(client.closes).toEqual([]);
    expect(server.harness.reports).toContain('update_set_aside');
  });

  it('is stored once, however often it is offered', async () => {
    const { doc } = withHole();
    const first = stock('ana', { doc, params: { ack: '1' } });
    const witness = stock('bia');
    await until(() => first.durable() >= 2, 'it is safe');
    const before = await rows();
    for (let times = 0; times < 3; times += 1) {
      first.provider.disconnect();
      first.provider.connect();
      await synced(first);
      type(first, '.');
      await until(() => witness.text() === `offline${'.'.repeat(times + 1)}`, 'it is heard at once');
    }
    expect(await rows()).toBe(before + 3);
    expect(first.closes.filter((code) => code >= 4000)).toEqual([]);
  });

  it('is stored once, also when the room was freed meanwhile', async () => {
    const { doc, lost } = withHole();
    const first = stock('ana', { doc, params: { ack: '1' } });
    await until(() => first.durable() >= 2, 'it is safe');
    const before = await rows();
    first.provider.disconnect();
    await until(() => [...server.harness.sync.rooms.live()].length === 0, 'the room is freed');
    first.provider.connect();
    await synced(first);
    type(first, ', later');
    await until(async () => (await logText()) === 'offline, later', 'it is heard');
    expect(await rows()).toBe(before + 1);
    const witness = stock('bia');
    await synced(witness);
    const found = new Y.Doc();
    Y.applyUpdate(found, Y.encodeStateAsUpdate(lost));
    found.clientID = lost.clientID;
    stock('ana', { doc: found });
    await until(() => witness.text().includes('lost and found'), 'who was there meanwhile has it');
  });

  it('comes true when what was missing comes after all', async () => {
    const { doc, lost } = withHole();
    const client = stock('ana', { doc, params: { ack: '1' } });
    const witness = stock('bia');
    await until(() => client.durable() >= 2, 'it is safe');
    expect(witness.text()).toBe('offline');
    // Whoever wrote it is Ana too: from another device, found again.
    const found = new Y.Doc();
    Y.applyUpdate(found, Y.encodeStateAsUpdate(lost));
    found.clientID = lost.clientID;
    stock('ana', { doc: found });
    await until(() => witness.text().includes('lost and found'), 'everyone has it');
    await until(() => client.text() === witness.text(), 'and so has the client that held it');
    expect(await logText()).toBe(witness.text());
  });
});

describe('A cut', () => {
  it('loses nothing and puts nothing where it does not fit', () => {
    const step = fc.record({ writer: fc.nat(2), at: fc.nat(50), deleted: fc.nat(2), isHeard: fc.boolean() });
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 2, maxLength: 40 }),
        fc.infiniteStream(fc.nat(3)),
        (steps, dice) => {
          const docs = [1, 2, 3].map((client) => {
            const doc = new Y.Doc();
            doc.clientID = client;
            return doc;
          });
          const updates = steps.map(({ writer, at, deleted, isHeard }) => {
            const doc = docs[writer] as Y.Doc;
            if (isHeard) for (const other of docs) Y.applyUpdate(doc, Y.encodeStateAsUpdate(other));
            const before = Y.encodeStateVector(doc);
            doc.transact(() => {
              const text = doc.getText('text');
              text.insert(Math.min(at, text.length), 'ab');
              text.delete(0, Math.min(deleted, text.length));
            });
            return Y.encodeStateAsUpdate(doc, before);
          });
          const room = new Y.Doc();
          const known = new Known();
          const offered: Uint8Array[] = [];
          for (const update of updates) {
            const walked = walkUpdate(update);
            if (dice.next().value !== 0 && known.judge(walked).verdict === 'new') {
              known.add(walked);
              Y.applyUpdate(room, update);
            } else if (dice.next().value !== 0) offered.push(update);
          }
          const whole = Y.mergeUpdates(offered.length > 0 ? offered : updates);
          const { fits, rest } = cutFor(whole, known);
          if (fits !== null) {
            expect(known.judge(walkUpdate(fits)).verdict).not.toBe('gap');
            Y.applyUpdate(room, fits);
            known.add(walkUpdate(fits));
          }
          expect(room.store.pendingStructs).toBeNull();
          expect(room.store.pendingDs).toBeNull();
          if (rest !== null) expect(known.judge(walkUpdate(rest)).verdict).toBe('gap');
          // With everything there is, both halves say what the whole said.
          const [one, two] = [new Y.Doc(), new Y.Doc()];
          for (const update of [...updates, ...[fits, rest].flatMap((half) => half ?? [])])
            Y.applyUpdate(one, update);
          for (const update of [...updates, whole]) Y.applyUpdate(two, update);
          const halves = [fits, rest].flatMap((half) => half ?? []);
          const [left, right] = [new Y.Doc(), new Y.Doc()];
          for (const half of halves) Y.applyUpdate(left, half);
          Y.applyUpdate(right, whole);
          expect(left.getText('text').toJSON()).toBe(right.getText('text').toJSON());
          expect(one.getText('text').toJSON()).toBe(two.getText('text').toJSON());
        },
      ),
    );
  });
});
