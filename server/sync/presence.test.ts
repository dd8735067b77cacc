import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate } from 'y-protocols/awareness';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import {
  presenceExpiryMs,
  presenceStateBytesLimit,
  presencesPerPersonLimit,
  presencesPerRoomLimit,
} from '#domain/sync/wire.ts';
import { readFrame } from './frames.ts';
import type { Presence } from './frames.ts';
import { createPresenceBoard } from './presence.ts';

const ana = { personId: 'ana', name: 'Ana' };
const bia = { personId: 'bia', name: 'Bia' };
const state = (value: unknown = {}): string => JSON.stringify(value);
const board = (writers: Record<number, string> = {}) => createPresenceBoard((client) => writers[client]);
const read = (frame: Uint8Array | null): Presence[] => {
  if (frame === null) return [];
  const message = readFrame(frame);
  return message.kind === 'presence' ? message.presences : [];
};
const shown = (frame: Uint8Array | null) =>
  read(frame).map(({ client, clock, state: text }) => [client, clock, JSON.parse(text) as unknown]);

describe('Presence', () => {
  it('P2: carries the identity of the session, whatever the client claims', () => {
    const here = board();
    here.receive(ana, [{ client: 1, clock: 1, state: state({ user: { name: 'Boss' }, cursor: 7 }) }], 0);
    expect(shown(here.takeChanges())).toEqual([
      [1, 1, { cursor: 7, user: { id: 'ana', name: 'Ana', colour: expect.any(Number) as number } }],
    ]);
    expect(here.takeChanges()).toBeNull();
  });

  it('P1: ignores what is no object, no JSON or too large', () => {
    const here = board();
    const large = state({ text: 'x'.repeat(presenceStateBytesLimit) });
    for (const text of ['[]', '1', '{', large]) here.receive(ana, [{ client: 1, clock: 1, state: text }], 0);
    expect(here.everyone()).toBeNull();
  });

  it('P3: skips the clients of others, by presence and by what they wrote', () => {
    const here = board({ 9: 'ana' });
    here.receive(ana, [{ client: 1, clock: 1, state: state() }], 0);
    here.takeChanges();
    const foreign = [
      { client: 1, clock: 5, state: state({ fake: true }) },
      { client: 1, clock: 5, state: 'null' },
      { client: 9, clock: 1, state: state() },
    ];
    expect(here.receive(bia, foreign, 0)).toEqual([]);
    expect(here.takeChanges()).toBeNull();
  });

  it('P4: bounds the presences of a person and of a room', () => {
    const here = board();
    const many = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => ({ client: from + index, clock: 1, state: state() }));
    here.receive(ana, many(0, presencesPerPersonLimit + 3), 0);
    expect(read(here.everyone())).toHaveLength(presencesPerPersonLimit);
    for (let person = 1; person <= presencesPerRoomLimit; person += 1)
      here.receive({ personId: `p${person}`, name: '' }, many(1_000 * person, 1), 0);
    expect(read(here.everyone())).toHaveLength(presencesPerRoomLimit);
  });

  it('P4: remembers few of those who have gone, and nobody is kept out by them', () => {
    const here = board();
    for (let round = 0; round < presencesPerRoomLimit; round += 1) {
      const client = 1_000 + round;
      here.receive(ana, [{ client, clock: 1, state: state() }], round);
      here.receive(ana, [{ client, clock: 2, state: 'null' }], round);
      here.takeChanges();
    }
    for (let person = 1; person < presencesPerRoomLimit; person += 1) {
      const from = { personId: `p${person}`, name: '' };
      here.receive(from, [{ client: person, clock: 1, state: state() }], 0);
    }
    here.receive(bia, [{ client: 999, clock: 1, state: state() }], 0);
    expect(read(here.everyone())).toHaveLength(presencesPerRoomLimit);
    expect(read(here.everyone()).some(({ client }) => client === 999)).toBe(true);
  });

  it('P4: tells the end of all, also of those who are not remembered', () => {
    const here = board();
    const clients = Array.from({ length: presencesPerPersonLimit + 3 }, (_, index) => index);
    for (const client of clients) {
      here.receive(ana, [{ client, clock: 1, state: state() }], 0);
      here.receive(ana, [{ client, clock: 2, state: 'null' }], 0);
    }
    expect(shown(here.takeChanges())).toEqual(clients.map((client) => [client, 2, null]));
  });

  it('P5: ends with the connection, at the last clock, and a late echo does not bring it back', () => {
    const here = board();
    here.receive(ana, [{ client: 1, clock: 4, state: state() }], 0);
    here.takeChanges();
    here.leave(ana, 1);
    expect(shown(here.takeChanges())).toEqual([[1, 4, null]]);
    here.receive(bia, [{ client: 1, clock: 4, state: state() }], 2);
    expect(here.everyone()).toBeNull();
  });

  it('P5: another tab of the same person that echoes does not take the presence over', () => {
    const here = board();
    const otherTab = { ...ana };
    here.receive(ana, [{ client: 1, clock: 1, state: state() }], 0);
    here.receive(otherTab, [{ client: 1, clock: 1, state: state() }], 0);
    here.takeChanges();
    here.leave(ana, 1);
    expect(shown(here.takeChanges())).toEqual([[1, 1, null]]);
  });

  it('P6: a client that comes back with its old clock is made to raise it, by y-protocols itself', () => {
    const here = board();
    const client = new Awareness(new Y.Doc());
    client.setLocalState({ cursor: 1 });
    const id = client.clientID;
    const announce = (): Presence => ({
      client: id,
      clock: client.meta.get(id)?.clock ?? 0,
      state: JSON.stringify(client.getLocalState()),
    });
    here.receive(ana, [announce()], 0);
    here.leave(ana, 1);
    const [answer] = here.receive(ana, [announce()], 2);
    const update = answer?.subarray(2);
    applyAwarenessUpdate(client, update as Uint8Array, 'server');
    expect(client.getLocalState()).toEqual({ cursor: 1 });
    here.receive(ana, [announce()], 3);
    expect(read(here.everyone()).map((presence) => presence.client)).toEqual([id]);
    expect(encodeAwarenessUpdate(client, [id]).length).toBeGreaterThan(0);
    client.destroy();
  });

  it('P8: forgets who does not renew', () => {
    const here = board();
    here.receive(ana, [{ client: 1, clock: 1, state: state() }], 0);
    here.takeChanges();
    here.expire(presenceExpiryMs - 1);
    expect(here.takeChanges()).toBeNull();
    here.expire(presenceExpiryMs);
    expect(shown(here.takeChanges())).toEqual([[1, 1, null]]);
    here.expire(3 * presenceExpiryMs);
    here.receive(bia, [{ client: 1, clock: 1, state: state() }], 3 * presenceExpiryMs);
    expect(read(here.everyone())).toHaveLength(1);
  });
});
