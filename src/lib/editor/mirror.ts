/**
 * A one-way copy of a Y.Doc. Rendering can write (it deletes what it cannot build, repairs what it does not
 * like), so whoever may only read looks at a copy from which nothing flows back.
 */
import * as Y from 'yjs';

export interface Mirror {
  doc: Y.Doc;
  stop: () => void;
}

export function mirrorOf(source: Y.Doc): Mirror {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(source), 'mirror');
  const follow = (update: Uint8Array) => Y.applyUpdate(doc, update, 'mirror');
  source.on('update', follow);
  return {
    doc,
    stop: () => {
      source.off('update', follow);
      doc.destroy();
    },
  };
}
