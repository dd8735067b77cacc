/** Rooms that hold what somebody wrote for a long time, compacted as a server leaves them that was up meanwhile. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as Y from 'yjs';
import { documentRoom } from '#domain/sync/wire.ts';
import { openSqliteLog } from '#server/sync/log-sqlite.ts';
import { storyOf } from '../../chaos/traces.ts';
import { documentId, workspaceId } from '../../fuzz/sync-harness.ts';

const typed = 250_000;
const handedInTogether = 500;

interface Written {
  /** For the table. */
  what: string;
  updates: Uint8Array[];
  end: string;
}

/** The editing trace with TEST_DATA_DIR; else one character after the other. */
function written(): Written {
  const data = process.env.TEST_DATA_DIR;
  if (data !== undefined) {
    const { steps, end } = storyOf('automerge-paper', data);
    return { what: `a trace of ${steps.length} edits`, updates: steps.map(({ update }) => update), end };
  }
  const doc = new Y.Doc();
  doc.clientID = 1;
  const updates: Uint8Array[] = [];
  doc.on('update', (update: Uint8Array) => updates.push(update));
  const text = doc.getText('text');
  for (let at = 0; at < typed; at += 1) text.insert(at, String.fromCharCode(97 + (at % 26)));
  return { what: `${typed} typed characters`, updates, end: text.toJSON() };
}

export interface Filled extends Omit<Written, 'updates'> {
  /** For `startServer`. */
  folder: string;
}

/** Its edits one by one in the first room; the others begin with the text they came to. */
export async function fillRooms(count: number): Promise<Filled> {
  const { what, updates, end } = written();
  const folder = await mkdtemp(join(tmpdir(), 'stoa-bench-'));
  const log = await openSqliteLog(join(folder, 'log.db'));
  const nameOf = (room: number) => documentRoom(documentId(room));
  const write = (room: number, some: readonly Uint8Array[]) =>
    log.append(some.map((bytes) => ({ workspaceId, room: nameOf(room), user: 'ana', bytes, claims: [] })));
  const compact = async (room: number) => {
    for (let upTo = -1; ;) {
      const done = await log.upkeep.compact(nameOf(room));
      if (done.upTo === upTo || done.outcome === 'nothing') return;
      ({ upTo } = done);
    }
  };
  for (let from = 0; from < updates.length; from += handedInTogether)
    await write(1, updates.slice(from, from + handedInTogether));
  await compact(1);
  const whole = (await log.state(nameOf(1), null)).updates;
  for (let room = 2; room <= count; room += 1) {
    await write(room, whole);
    await compact(room);
  }
  await log.close();
  return { what, end, folder };
}
