/** The witness itself: it would be worth nothing if it missed a loss. */
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { acknowledgementFrame, updateFrame } from '#server/sync/frames.ts';
import { Observer } from './observer.ts';

/** One who wrote "one", then " two", then took the first letter away. */
function story() {
  const doc = new Y.Doc();
  const updates: Uint8Array[] = [];
  doc.on('update', (update: Uint8Array) => updates.push(update));
  doc.getText('text').insert(0, 'one');
  doc.getText('text').insert(3, ' two');
  doc.getText('text').delete(0, 1);
  return updates;
}

const holding = (updates: readonly Uint8Array[]): Y.Doc => {
  const doc = new Y.Doc();
  for (const update of updates) Y.applyUpdate(doc, update);
  return doc;
};

describe('The observer on the wire', () => {
  it('misses what was acknowledged, and only that', () => {
    const observer = new Observer();
    const socket = {};
    const updates = story();
    observer.opened(socket);
    for (const update of updates) observer.sent(socket, updateFrame(update));
    expect(observer.missingIn(holding([]))).toEqual([]);
    observer.received(socket, acknowledgementFrame(2));
    expect(observer.missingIn(holding(updates.slice(0, 2)))).toEqual([]);
    expect(observer.missingIn(holding(updates.slice(0, 1)))).toHaveLength(1);
    observer.received(socket, acknowledgementFrame(3));
    expect(observer.missingIn(holding(updates.slice(0, 2)))).toHaveLength(1);
    expect(observer.missingIn(holding(updates))).toEqual([]);
    expect(observer.acknowledged).toBe(3);
  });

  it('misses what was relayed, alone or in a bundle', () => {
    const [first, second, third] = story().map(updateFrame) as [Uint8Array, Uint8Array, Uint8Array];
    const observer = new Observer();
    const socket = {};
    observer.opened(socket);
    observer.received(socket, first);
    expect(observer.missingIn(holding([]))).toHaveLength(1);
    observer.received(socket, new Uint8Array([121, second.length, ...second, third.length, ...third]));
    expect(observer.missingIn(holding(story().slice(0, 1))).length).toBeGreaterThan(0);
    expect(observer.relayed).toBe(3);
  });
});
