/** One writer's letters, the same in every process: the n-th row of a room is its n-th letter. */
import * as Y from 'yjs';
import type { LogEntry } from '#server/sync/log.ts';

const letterAt = (index: number): string => String.fromCharCode(97 + (index % 26));

export const textOfLetters = (count: number): string =>
  Array.from({ length: count }, (_, index) => letterAt(index)).join('');

export function letters(from: number, count: number): Uint8Array[] {
  const doc = new Y.Doc();
  doc.clientID = 1;
  const updates: Uint8Array[] = [];
  const text = doc.getText('text');
  for (let index = 0; index < from; index += 1) text.insert(index, letterAt(index));
  doc.on('update', (update: Uint8Array) => updates.push(update));
  for (let index = from; index < from + count; index += 1) text.insert(index, letterAt(index));
  return updates;
}

export const entryOf = (room: string, bytes: Uint8Array): LogEntry => ({
  workspaceId: '01890000-0000-7000-8000-000000000001',
  room,
  user: 'ana',
  bytes,
  claims: [],
});
