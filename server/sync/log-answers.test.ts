import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { createCompactor, shadowBytesLimit } from './compact.ts';
import { createAnswers, heldBytesLimit, heldRoomsLimit } from './log-answers.ts';
import { openSqliteLog } from './log-sqlite.ts';
import { wrongRowsLimit } from './log-upkeep.ts';
import { compactionBytesLimit, compactionRowsLimit } from './log.ts';
import type { Log } from './log.ts';
import { openLogForReading, openSqliteRows } from './rows-sqlite.ts';
import type { RowSource } from './log-rows.ts';

let folder: string;
let log: Log;
let rows: RowSource;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stoa-answers-'));
  log = await openSqliteLog(join(folder, 'log.db'));
  rows = openSqliteRows(openLogForReading(join(folder, 'log.db')));
});
afterEach(async () => {
  await rows.close();
  await log.close();
  rmSync(folder, { recursive: true });
});

const write = async (room: string, clientID: number, text: string): Promise<void> => {
  const doc = new Y.Doc();
  doc.clientID = clientID;
  doc.getText('text').insert(0, text);
  const bytes = Y.encodeStateAsUpdate(doc);
  await log.append([{ workspaceId: 'w', room, user: 'ana', bytes, claims: [] }]);
};

const textOf = (updates: readonly Uint8Array[]): string => {
  const doc = new Y.Doc();
  for (const update of updates) Y.applyUpdate(doc, update);
  return doc.getText('text').toJSON();
};

describe('More rooms than are kept at hand (L7)', () => {
  it('are answered for all the same, with what was written since', async () => {
    const answers = createAnswers(rows);
    const names = Array.from({ length: heldRoomsLimit + 5 }, (_, index) => `room/${index}`);
    await log.append(
      names.map((room) => ({
        workspaceId: 'w',
        room,
        user: 'ana',
        bytes: new Uint8Array([0, 0]),
        claims: [],
      })),
    );
    for (let round = 1; round <= 2; round += 1)
      for (const [index, room] of names.entries()) {
        if (index % 20 === 0) await write(room, round, `${round}`);
        const { head, updates } = await answers.state({ room, stateVector: null });
        expect(head).toBe(index % 20 === 0 ? 1 + round : 1);
        expect(textOf(updates)).toHaveLength(index % 20 === 0 ? round : 0);
      }
  });

  it('and larger ones than are kept at hand, also by the compactor', async () => {
    const answers = createAnswers(rows);
    const compactor = createCompactor(rows);
    const large = 'x'.repeat(Math.max(heldBytesLimit, shadowBytesLimit) * 0.7);
    for (const room of ['a', 'b', 'c']) await write(room, 1, large);
    for (let round = 2; round <= 3; round += 1)
      for (const room of ['a', 'b', 'c']) {
        await write(room, round, 'y');
        expect(await compactor.check(room)).toBe(null);
        const { updates } = await answers.state({ room, stateVector: null });
        expect(textOf(updates)).toHaveLength(large.length + round - 1);
      }
  });
});

describe('More rows than one compaction takes in (L10)', () => {
  it('are left for the next', async () => {
    const nothing = { workspaceId: 'w', room: 'r', user: 'ana', bytes: new Uint8Array([0, 0]), claims: [] };
    const list = Array.from({ length: 5_000 }, () => nothing);
    for (let count = 0; count <= compactionRowsLimit; count += list.length) await log.append(list);
    const answer = await createCompactor(rows).compact('r');
    expect(answer.kind === 'plan' && answer.plan.snapshot.uptoSeq).toBe(compactionRowsLimit);
    expect((await log.upkeep.compact('r')).upTo).toBe(compactionRowsLimit);
    expect((await log.upkeep.compact('r')).upTo).toBe(compactionRowsLimit + list.length);
  });

  it('also when they are few and large', async () => {
    const third = Math.ceil(compactionBytesLimit / 3);
    for (let client = 1; client <= 5; client += 1) await write('r', client, 'x'.repeat(third));
    const answer = await createCompactor(rows).compact('r');
    expect(answer.kind === 'plan' && answer.plan.snapshot.uptoSeq).toBe(3);
  });
});

describe('Many rows that are wrong (L14)', () => {
  it('are all set aside', async () => {
    const wrong = { workspaceId: 'w', room: 'r', user: 'ana', bytes: new Uint8Array([9]), claims: [] };
    await log.append(Array.from({ length: wrongRowsLimit + 50 }, () => wrong));
    await write('r', 1, 'right');
    expect(await log.upkeep.check('r')).toHaveLength(wrongRowsLimit + 50);
    expect((await log.upkeep.compact('r')).quarantined).toEqual([]);
    expect(textOf((await log.state('r', null)).updates)).toBe('right');
  });
});
