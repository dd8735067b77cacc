/** Dice with a printed seed, and the edits that they choose. */
import * as Y from 'yjs';

/** FUZZ_SEED shows a printed seed again. */
export const firstSeed = Number(process.env.FUZZ_SEED ?? Date.now() % 1_000_000);

/** Mulberry32: small, and the same everywhere. */
export function chance(seed: number) {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return { next, below, pick: <One>(list: readonly One[]): One => list[below(list.length)] as One };
}
export type Chance = ReturnType<typeof chance>;

/** What a round is about: everything, everything but formats, taking away only, or going back and forth. */
export const moods = ['anything', 'plain', 'deletes', 'undo'] as const;
export type Mood = (typeof moods)[number];

export interface Hand {
  readonly doc: Y.Doc;
  edit(): void;
}

/** Somebody who edits a document as an editor would: text with formats, a map, nested blocks, undo. */
export function handOn(doc: Y.Doc, luck: Chance, mood: Mood = 'plain'): Hand {
  const text = doc.getText('text');
  const blocks = doc.getXmlFragment('blocks');
  const isBackAndForth = mood === 'undo' || mood === 'anything';
  const undo = isBackAndForth ? new Y.UndoManager([text, blocks], { captureTimeout: 0 }) : null;
  const { below, next, pick } = luck;
  const erase = () => {
    const at = below(Math.max(text.length - 2, 0));
    text.delete(at, Math.min(1 + below(3), text.length - at));
  };
  const gestures: Record<string, () => void> = {
    insert: () => text.insert(below(text.length + 1), 'abc \u00e9\u20ac def'.slice(0, 1 + below(8))),
    erase,
    set: () => {
      doc.getMap<number>('map').set(`key${below(3)}`, next());
    },
    unset: () => doc.getMap('map').delete(`key${below(3)}`),
    block: () => {
      const block = new Y.XmlElement('paragraph');
      block.setAttribute('clauseId', String(below(1_000)));
      block.insert(0, [new Y.XmlText('new')]);
      blocks.insert(below(blocks.length + 1), [block]);
    },
    unblock: () => {
      if (blocks.length > 0) blocks.delete(below(blocks.length), 1);
    },
    format: () => {
      const at = below(Math.max(text.length, 1));
      text.format(
        at,
        Math.min(1 + below(5), text.length - at),
        pick([{ bold: true }, { bold: null }, { em: 1 }]),
      );
    },
    undo: () => undo?.undo(),
    redo: () => undo?.redo(),
  };
  const plain = ['insert', 'insert', 'insert', 'erase', 'set', 'block', 'unblock'];
  const repertoire: Record<Mood, string[]> = {
    anything: [...plain, 'unset', 'format', 'format', 'undo'],
    plain,
    // Something to begin with: the first of them to come writes what all others take away.
    deletes: ['erase', 'erase', 'unblock', 'unset'],
    undo: [...plain, 'undo', 'undo', 'redo'],
  };
  return {
    doc,
    edit() {
      if (mood === 'deletes' && text.length === 0) {
        text.insert(0, 'there is something to take away here. '.repeat(6));
        gestures.block?.();
        gestures.block?.();
      } else gestures[pick(repertoire[mood])]?.();
    },
  };
}

export const contentOf = (doc: Y.Doc): string =>
  JSON.stringify([
    doc.getText('text').toDelta(),
    // In order of keys: a map's own order is the order in which its updates came.
    Object.entries(doc.getMap('map').toJSON()).sort(([a], [b]) => (a < b ? -1 : 1)),
    doc.getXmlFragment('blocks').toJSON(),
  ]);

export const isWhole = (doc: Y.Doc): boolean =>
  doc.store.pendingStructs === null && doc.store.pendingDs === null;

export const vectorOf = (doc: Y.Doc): Map<number, number> => Y.decodeStateVector(Y.encodeStateVector(doc));

export function sameVector(a: Y.Doc, b: Y.Doc): boolean {
  const [one, two] = [vectorOf(a), vectorOf(b)];
  return one.size === two.size && [...one].every(([client, clock]) => two.get(client) === clock);
}

export const sameDeletions = (a: Y.Doc, b: Y.Doc): boolean =>
  Y.equalDeleteSets(Y.createDeleteSetFromStructStore(a.store), Y.createDeleteSetFromStructStore(b.store));
