import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { ClientTable } from './client-table.ts';
import { digestOf } from './digest.ts';
import { Known } from './known.ts';
import { Ranges } from './ranges.ts';
import { walkUpdate } from './walk.ts';

const range = fc.record({ clock: fc.integer({ min: 0, max: 60 }), length: fc.integer({ min: 1, max: 9 }) });

describe('Ranges of clocks', () => {
  it('hold what a plain set of clocks holds, however they were put in', () => {
    fc.assert(
      fc.property(fc.array(range), fc.array(fc.array(range, { maxLength: 50 })), (first, later) => {
        const ranges = new Ranges(first);
        const plain = new Set<number>();
        const put = ({ clock, length }: { clock: number; length: number }) => {
          for (let at = clock; at < clock + length; at += 1) plain.add(at);
        };
        first.forEach(put);
        for (const list of later) {
          if (list.length === 1) for (const { clock, length } of list) ranges.add(clock, length);
          else ranges.addAll(list);
          list.forEach(put);
        }
        const held = [...ranges];
        expect(held.flatMap(({ clock, length }) => Array.from({ length }, (_, at) => clock + at))).toEqual(
          [...plain].sort((a, b) => a - b),
        );
        // Neighbours never touch: otherwise they would be one.
        for (let at = 1; at < held.length; at += 1)
          expect(held[at]?.clock).toBeGreaterThan((held[at - 1]?.clock ?? 0) + (held[at - 1]?.length ?? 0));
        for (let clock = 0; clock < 70; clock += 1)
          expect(ranges.covers(clock, 2)).toBe(plain.has(clock) && plain.has(clock + 1));
      }),
    );
  });
});

describe('The table of clients', () => {
  it('answers as two maps would', () => {
    const id = fc.integer({ min: 0, max: 12 }).map((number) => number * 0x1_9999_9999);
    const step = fc.oneof(
      fc.record({ client: id, clock: fc.integer({ min: 1, max: 2 ** 31 - 1 }) }),
      fc.record({ client: id, person: fc.constantFrom('ana', 'bia', 'caio') }),
    );
    fc.assert(
      fc.property(fc.array(step), fc.nat(20), (steps, taken) => {
        const clocks = new Map<number, number>();
        const owners = new Map<number, string>();
        let table = new ClientTable();
        steps.forEach((one, index) => {
          if (index === taken) table = new ClientTable(clocks, owners);
          if ('clock' in one) {
            clocks.set(one.client, one.clock);
            table.setClock(one.client, one.clock);
          } else {
            owners.set(one.client, one.person);
            table.setOwner(one.client, one.person);
          }
        });
        expect(new Map([...table.clocks()].sort())).toEqual(new Map([...clocks].sort()));
        for (let number = 0; number <= 12; number += 1) {
          const client = number * 0x1_9999_9999;
          expect(table.clockOf(client)).toBe(clocks.get(client) ?? 0);
          expect(table.ownerOf(client)).toBe(owners.get(client));
        }
      }),
    );
  });
});

describe('Clients that come in large numbers', () => {
  it('are known as they would be had each come alone, among those who were there', () => {
    const ids = fc.uniqueArray(fc.integer({ min: 0, max: 2 ** 53 - 1 }), { minLength: 33, maxLength: 200 });
    fc.assert(
      fc.property(ids, ids, (before, added) => {
        const table = new ClientTable(new Map(before.map((client) => [client, 7])));
        table.meet(added);
        const clocks = new Map(before.map((client) => [client, 7]));
        expect(new Map(table.clocks())).toEqual(clocks);
        for (const client of added) {
          table.setClock(client, 9);
          clocks.set(client, 9);
        }
        expect(new Map(table.clocks())).toEqual(clocks);
        expect(table.writers).toBe(clocks.size);
      }),
    );
  });

  it('cost what sorting them costs', () => {
    const count = 200_000;
    const structs = new Map(
      Array.from({ length: count }, (_, index) => [
        count - index,
        [{ clock: 0, length: 1, skip: false, refs: [] }],
      ]),
    );
    const known = new Known();
    const startedAtMs = performance.now();
    known.claim([...structs.keys()], 'ana');
    known.add({ structs, deletes: new Map() });
    // One by one it takes twenty seconds.
    expect(performance.now() - startedAtMs).toBeLessThan(5_000);
    expect(known.writers).toBe(count);
  });
});

describe('A large update, walked in a thread (C13)', () => {
  const step = fc.record({ writer: fc.nat(2), at: fc.nat(50), deleted: fc.nat(2), heard: fc.boolean() });

  it('is judged by its digest as it would be by itself, holes and all', () => {
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
          const updates = steps.map(({ writer, at, deleted, heard }) => {
            const doc = docs[writer] as Y.Doc;
            if (heard) for (const other of docs) Y.applyUpdate(doc, Y.encodeStateAsUpdate(other));
            const before = Y.encodeStateVector(doc);
            const text = doc.getText('text');
            doc.transact(() => {
              text.insert(Math.min(at, text.length), 'ab');
              text.delete(0, Math.min(deleted, text.length));
            });
            return Y.encodeStateAsUpdate(doc, before);
          });
          const known = new Known();
          const rest: Uint8Array[] = [];
          for (const update of updates) {
            const walked = walkUpdate(update);
            if (dice.next().value !== 0 && known.judge(walked).verdict === 'new') known.add(walked);
            else if (dice.next().value !== 0) rest.push(update);
          }
          // Several of them merged leave holes where the others were.
          const offered = walkUpdate(Y.mergeUpdates(rest.length > 0 ? rest : updates));
          const digest = digestOf(offered);
          const judgement = known.judge(offered);
          // They may name different things that are missing.
          expect(known.judge(digest)).toEqual(
            judgement.verdict === 'gap' ? expect.objectContaining({ verdict: 'gap' }) : judgement,
          );
          if (judgement.verdict === 'gap')
            for (const { missing } of [judgement, known.judge(digest)] as (typeof judgement)[]) {
              // With everything else of others there, it is still a gap: it need not be looked at before.
              const { client, clock } = missing;
              expect(known.clockOf(client)).toBeLessThanOrEqual(clock);
              const others = [1, 2, 3].map((other): [number, number] => [
                other,
                offered.structs.has(other) ? known.clockOf(other) : 10_000,
              ]);
              const all = new Known(new Map([...others, [client, clock]]));
              expect(all.judge(offered).verdict).toBe('gap');
              expect(all.judge(digest).verdict).toBe('gap');
            }
          if (judgement.verdict !== 'new') return;
          known.add(digest);
          expect(known.judge(offered).verdict).toBe('known');
          expect(known.judge(digest).verdict).toBe('known');
        },
      ),
    );
  });
});

describe('What a room knows', () => {
  it.skipIf(!process.env.TEST_DATA_DIR)(
    'of a text of 260,000 edits takes less than 64 KiB (needs TEST_DATA_DIR)',
    () => {
      const file = join(process.env.TEST_DATA_DIR ?? '', 'traces/automerge-paper.json.gz');
      const { txns } = JSON.parse(gunzipSync(readFileSync(file)).toString()) as {
        txns: { patches: [number, number, string][] }[];
      };
      const doc = new Y.Doc();
      const text = doc.getText('text');
      doc.transact(() => {
        for (const { patches } of txns)
          for (const [at, deleted, inserted] of patches) {
            if (deleted > 0) text.delete(at, deleted);
            if (inserted !== '') text.insert(at, inserted);
          }
      });
      const known = new Known();
      const walked = walkUpdate(Y.encodeStateAsUpdate(doc));
      expect(known.judge(walked).verdict).toBe('new');
      known.add(walked);
      expect(known.judge(walked).verdict).toBe('known');
      expect(known.bytes).toBeLessThan(64 * 1024);
    },
  );
});
