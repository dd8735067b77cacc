import fc from 'fast-check';
import * as encoding from 'lib0/encoding';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { Known } from './known.ts';
import { clockLimit, emptyRunLimit, isMalformedUpdate, nestedValuesLimit, walkUpdate } from './walk.ts';
import { nestedAny, nestedJson } from '../../test/poison.ts';

const refusalOf = (bytes: Uint8Array): string => {
  try {
    walkUpdate(bytes);
  } catch (error) {
    if (isMalformedUpdate(error)) return error.message;
    throw error;
  }
  return 'accepted';
};

/** A document touched in every way Yjs offers, and the updates that made it. */
function busyDocument(seed: number): { doc: Y.Doc; updates: Uint8Array[] } {
  const doc = new Y.Doc();
  doc.clientID = seed;
  const updates: Uint8Array[] = [];
  doc.on('update', (update: Uint8Array) => updates.push(update));
  const text = doc.getText('text');
  text.insert(0, 'Grüße, 😀 world');
  text.format(0, 5, { bold: true, link: { href: 'x' } });
  text.insertEmbed(3, { image: 'a' });
  text.delete(1, 4);
  const map = doc.getMap('map');
  map.set('a', 1);
  map.set('a', { deep: [1, null, 'x', true, 1.5, 2n ** 40n] });
  map.set('bytes', new Uint8Array([1, 2, 3]));
  map.set('doc', new Y.Doc());
  const array = doc.getArray('array');
  array.push([1, 'two', null, { three: 3 }]);
  array.delete(1, 2);
  const fragment = doc.getXmlFragment('xml');
  const paragraph = new Y.XmlElement('paragraph');
  paragraph.setAttribute('clauseId', 'c1');
  paragraph.insert(0, [new Y.XmlText('hello')]);
  fragment.insert(0, [paragraph, new Y.XmlElement('rule')]);
  fragment.delete(1, 1);
  return { doc, updates };
}

describe('W1: the walk accepts what Yjs writes', () => {
  it('reads every kind of content, alone and as a whole state', () => {
    const { doc, updates } = busyDocument(7);
    for (const update of updates) expect(refusalOf(update)).toBe('accepted');
    const whole = walkUpdate(Y.encodeStateAsUpdate(doc));
    const end = whole.structs.get(7)?.at(-1);
    expect((end?.clock ?? 0) + (end?.length ?? 0)).toBe(Y.getState(doc.store, 7));
  });

  it('accepts any value that fits into a text, a list or a map, nested up to the limit', () => {
    const deepest = (levels: number): unknown => {
      let value: unknown = 'deep';
      for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { '"[{': value };
      return value;
    };
    const leaf = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.double(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
    );
    const nested = fc.oneof(
      fc.anything({ values: [leaf], maxDepth: 8 }),
      fc.integer({ min: 0, max: nestedValuesLimit - 1 }).map(deepest),
    );
    fc.assert(
      fc.property(nested, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value, big) => {
        const doc = new Y.Doc();
        const text = doc.getText('text');
        text.insert(0, 'text');
        text.insertEmbed(1, { value });
        text.format(0, 2, { mark: value });
        doc.getMap('map').set('key', value);
        doc.getArray('list').push([value, { big, none: undefined, bytes: new Uint8Array(3), quarter: 0.25 }]);
        doc.getMap('map').set('doc', new Y.Doc({ meta: { big } }));
        expect(refusalOf(Y.encodeStateAsUpdate(doc))).toBe('accepted');
      }),
      { numRuns: 300 },
    );
  });

  it('accepts an update of nothing', () => {
    expect(refusalOf(new Uint8Array([0, 0]))).toBe('accepted');
  });

  it('knows after each update exactly what the document knows', () => {
    const { doc, updates } = busyDocument(7);
    const known = new Known();
    for (const update of updates) {
      const walked = walkUpdate(update);
      expect(known.judge(walked).verdict).toBe('new');
      known.add(walked);
      expect(known.judge(walked).verdict).toBe('known');
    }
    expect(known.clocks()).toEqual(Y.decodeStateVector(Y.encodeStateVector(doc)));
    expect(known.judge(walkUpdate(Y.encodeStateAsUpdate(doc))).verdict).toBe('known');
  });
});

describe('W2-W8: the walk refuses what Yjs would take in or choke on', () => {
  const good = Y.encodeStateAsUpdate(busyDocument(7).doc);

  it('refuses every V2 update, which V1 code would read as nothing', () => {
    const { doc } = busyDocument(7);
    expect(refusalOf(Y.encodeStateAsUpdateV2(doc))).not.toBe('accepted');
  });

  it('refuses every truncation', () => {
    for (let length = 0; length < good.length; length += 1)
      expect(refusalOf(good.slice(0, length))).not.toBe('accepted');
  });

  it('refuses a truncation that is a view on a longer buffer', () => {
    for (let length = 0; length < good.length; length += 1)
      expect(refusalOf(good.subarray(0, length))).not.toBe('accepted');
  });

  it('refuses trailing bytes', () => {
    expect(refusalOf(new Uint8Array([...good, 0]))).toBe('bytes are left over');
  });

  const encoded = (...numbers: number[]): Uint8Array => {
    const encoder = encoding.createEncoder();
    for (const number of numbers) encoding.writeVarUint(encoder, number);
    return encoding.toUint8Array(encoder);
  };

  it('refuses a client without structs, or twice', () => {
    expect(refusalOf(encoded(1, 0, 5, 0, 0))).toBe('a client without structs');
    expect(refusalOf(encoded(2, 1, 5, 0, 0, 1, 1, 5, 1, 0, 1, 0))).toBe('a client twice');
  });

  it('refuses collected and deleted runs that no text could have left', () => {
    expect(refusalOf(encoded(1, 1, 5, 0, 0, emptyRunLimit, 0))).toBe('accepted');
    expect(refusalOf(encoded(1, 1, 5, 0, 0, emptyRunLimit + 1, 0))).toBe('an empty run of impossible length');
    expect(refusalOf(encoded(1, 1, 5, 0, 0, 2 ** 52, 0))).toBe('an empty run of impossible length');
    expect(refusalOf(encoded(0, 1, 5, 1, 0, 2 ** 50))).toBe('a deletion of impossible length');
    expect(refusalOf(encoded(1, 1, 5, clockLimit - 1, 0, 1, 0))).toBe('a clock beyond the limit');
  });

  it('refuses an item that is its own origin', () => {
    // One text item "a" of client 5 at clock 0 with origin 5:0.
    expect(refusalOf(new Uint8Array([1, 1, 5, 0, 0b1000_0100, 5, 0, 1, 97, 0]))).toBe('builds on itself');
  });

  it('refuses bad JSON in an embed and in a format', () => {
    const embed = [1, 1, 5, 0, 5, 1, 1, 116, 1, 123, 0];
    const format = [1, 1, 5, 0, 6, 1, 1, 116, 1, 98, 1, 123, 0];
    expect(refusalOf(new Uint8Array(embed))).toBe('cannot be decoded');
    expect(refusalOf(new Uint8Array(format))).toBe('cannot be decoded');
  });

  it('refuses values nested beyond the limit, however they are written', () => {
    for (const kind of ['json', 'embed', 'format'] as const) {
      expect(refusalOf(nestedJson(5, kind, nestedValuesLimit))).toBe('accepted');
      for (const levels of [nestedValuesLimit + 1, 5_000, 100_000])
        expect(refusalOf(nestedJson(5, kind, levels))).toBe('values nested too deeply');
    }
    expect(refusalOf(nestedAny(5, nestedValuesLimit))).toBe('accepted');
    for (const levels of [nestedValuesLimit + 1, 5_000, 100_000])
      expect(refusalOf(nestedAny(5, levels))).toBe('values nested too deeply');
    const doc = new Y.Doc();
    doc.getText('text').insertEmbed(0, { brackets: '[{"'.repeat(5_000) });
    expect(refusalOf(Y.encodeStateAsUpdate(doc))).toBe('accepted');
  });

  it('refuses unknown content and unknown types', () => {
    expect(refusalOf(new Uint8Array([1, 1, 5, 0, 11, 1, 1, 116, 1, 0]))).toBe('an unknown kind of content');
    expect(refusalOf(new Uint8Array([1, 1, 5, 0, 7, 1, 1, 116, 7, 0]))).toBe('an unknown type');
  });

  it('never throws anything else, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        refusalOf(bytes);
      }),
      { numRuns: 2_000 },
    );
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(7), (at, bit) => {
        const mutant = good.slice();
        mutant[at] = (mutant[at] as number) ^ (1 << bit);
        refusalOf(mutant);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('R4-R7: what a room knows judges the next update', () => {
  /** Two people who write into each other's text, and every update in the order it was made. */
  function conversation(random: () => number): { doc: Y.Doc; updates: Uint8Array[] } {
    const docs = [new Y.Doc(), new Y.Doc(), new Y.Doc()];
    const updates: Uint8Array[] = [];
    docs.forEach((doc, index) => {
      doc.clientID = index + 1;
      doc.on('update', (update: Uint8Array, origin: unknown) => {
        if (origin === 'relay') return;
        updates.push(update);
        for (const other of docs) if (other !== doc) Y.applyUpdate(other, update, 'relay');
      });
    });
    for (let step = 0; step < 40; step += 1) {
      const text = (docs[Math.floor(random() * 3)] as Y.Doc).getText('text');
      const at = Math.floor(random() * (text.length + 1));
      if (random() < 0.3 && text.length > at) text.delete(at, 1);
      else text.insert(at, 'ab');
    }
    return { doc: docs[0] as Y.Doc, updates };
  }

  it('finds the gap when any one update is missing that another builds on, and closes it with the missing one', () => {
    fc.assert(
      fc.property(
        fc.noShrink(fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true }))),
        (stream) => {
          const { doc, updates } = conversation(() => stream.next().value as number);
          const left = 3;
          const known = new Known();
          const held: Uint8Array[] = [];
          updates.forEach((update, index) => {
            if (index === left) return;
            const verdict = known.judge(walkUpdate(update)).verdict;
            if (verdict === 'new') known.add(walkUpdate(update));
            else held.push(update);
          });
          for (let round = [updates[left] as Uint8Array, ...held]; round.length > 0;) {
            const rest = round.filter((update) => {
              const { verdict } = known.judge(walkUpdate(update));
              if (verdict === 'new') known.add(walkUpdate(update));
              return verdict === 'gap';
            });
            expect(rest.length).toBeLessThan(round.length);
            round = rest;
          }
          expect(known.clocks()).toEqual(Y.decodeStateVector(Y.encodeStateVector(doc)));
          expect(known.judge(walkUpdate(Y.encodeStateAsUpdate(doc))).verdict).toBe('known');
        },
      ),
      { numRuns: 100 },
    );
  });

  it('takes a whole state in which clients build on each other in both directions', () => {
    let turn = 0;
    const { doc } = conversation(() => (turn = (turn * 7 + 3) % 10) / 10);
    expect(new Known().judge(walkUpdate(Y.encodeStateAsUpdate(doc))).verdict).toBe('new');
  });

  it("recognises two clients whose items are each other's origin", () => {
    const circle = new Uint8Array([2, 1, 6, 0, 0x84, 5, 0, 1, 97, 1, 5, 0, 0x84, 6, 0, 1, 97, 0]);
    expect(new Known().judge(walkUpdate(circle)).verdict).toBe('circle');
  });

  it('calls a deletion of clocks it has not seen a gap', () => {
    expect(new Known().judge(walkUpdate(new Uint8Array([0, 1, 5, 1, 0, 1]))).verdict).toBe('gap');
  });
});
