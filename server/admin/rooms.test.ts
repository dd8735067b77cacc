import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { documentId } from '../../test/fuzz/sync-harness.ts';
import { openSqliteLog } from '../sync/log-sqlite.ts';
import type { Log } from '../sync/log.ts';
import { runAdmin } from './run.ts';

let dataDir: string;
let log: Log;
const busy = `document/${documentId(1)}`;
const small = `document/${documentId(2)}`;

const admin = async (...args: string[]) => {
  const out: string[] = [];
  const notes: string[] = [];
  const print = { out: (line: string) => out.push(line), note: (line: string) => notes.push(line) };
  return { code: await runAdmin(args, { DATA_DIR: dataDir }, print), out, notes: notes.join('\n') };
};

/** The log stays open beside the command line, as in a running server. */
beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'stoa-rooms-'));
  log = await openSqliteLog(join(dataDir, 'log.db'));
  for (const [room, count] of [
    [busy, 40],
    [small, 3],
  ] as const) {
    const doc = new Y.Doc();
    const updates: Uint8Array[] = [];
    doc.on('update', (update: Uint8Array) => updates.push(update));
    for (let index = 0; index < count; index += 1) {
      doc.getText('text').insert(index, 'x');
      if (index % 5 === 4) doc.getText('text').delete(0, 1);
    }
    for (const bytes of updates)
      await log.append([{ workspaceId: 'w', room, user: 'ana', bytes, claims: [doc.clientID] }]);
  }
});
afterAll(async () => {
  await log.close();
  rmSync(dataDir, { recursive: true });
});

const change = (statement: string) => {
  const db = new DatabaseSync(join(dataDir, 'log.db'));
  db.exec(statement);
  db.close();
};

describe('the log on the command line, while a server has it open', () => {
  it('is listed in figures, without content', async () => {
    const { code, out, notes } = await admin('rooms', '--sort', 'rows');
    expect(code).toBe(0);
    expect(out.map((line) => line.split('\t').slice(0, 2))).toEqual([
      [busy, '48'],
      [small, '3'],
    ]);
    expect(notes).toContain('2 rooms');
    expect((await admin('rooms', '--sort', 'colour')).code).toBe(2);
  });

  it('is compacted and found sound, its rows compared with the snapshot', async () => {
    expect((await admin('verify')).code).toBe(0);
    const compacted = await admin('compact', busy);
    expect(compacted.out).toEqual([`${busy}\tswapped\t48`]);
    const { code, out, notes } = await admin('verify');
    expect({ code, out }).toEqual({ code: 0, out: [] });
    expect(notes).toContain('2 rooms looked through, 0 damaged; the rows of 1 compared');
  });

  it('is written out as rows and as a state that say the same', async () => {
    const folder = join(dataDir, 'out');
    expect((await admin('export', busy, folder)).code).toBe(0);
    const [rows, state] = [new Y.Doc(), new Y.Doc()];
    const lines = readFileSync(join(folder, 'rows.jsonl'), 'utf8').trim().split('\n');
    expect(lines).toHaveLength(48);
    for (const line of lines)
      Y.applyUpdate(rows, Buffer.from((JSON.parse(line) as { bytes: string }).bytes, 'base64'));
    const bytes = readFileSync(join(folder, 'state.bin'));
    for (let at = 0; at < bytes.length; at += 4 + bytes.readUInt32BE(at))
      Y.applyUpdate(state, bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at)));
    expect(rows.getText('text').toJSON()).toBe('x'.repeat(32));
    expect(state.getText('text').toJSON()).toBe('x'.repeat(32));
    expect((await admin('export', busy, folder)).notes).toContain('is there already');
    expect((await admin('export', 'document/none', `${folder}2`)).code).toBe(2);
  });

  it.each([
    [
      'a row whose bytes have changed',
      `UPDATE log_updates SET bytes = x'0000' WHERE seq = 2 AND room_id = (SELECT id FROM log_rooms WHERE room = '${small}')`,
      'Row 2 is damaged',
    ],
    [
      'a row that is missing',
      `DELETE FROM log_updates WHERE seq = 3 AND room_id = (SELECT id FROM log_rooms WHERE room = '${small}')`,
      'Row 3 is missing',
    ],
    [
      'packed rows that cannot be read',
      `UPDATE log_segments SET bytes = zeroblob(length(bytes))`,
      'The packed rows 1 to 48 cannot be read',
    ],
    [
      'a snapshot that has changed',
      `UPDATE log_snapshots SET state = zeroblob(length(state))`,
      'The snapshot up to row 48 is damaged',
    ],
  ])('tells of %s, with exit code 1', async (_what, statement, sentence) => {
    change(statement);
    const { code, out } = await admin('verify');
    expect(code).toBe(1);
    expect(out.join('\n')).toContain(sentence);
  });

  it('shows rows that were set aside, and how they begin', async () => {
    expect((await admin('quarantine')).out).toEqual([]);
    change(
      `UPDATE log_updates SET status = 'quarantined', reason = 'damaged' WHERE seq = 2 AND room_id = (SELECT id FROM log_rooms WHERE room = '${small}')`,
    );
    const { out } = await admin('quarantine');
    expect(out).toHaveLength(1);
    expect(out[0]?.split('\t')).toEqual([small, '2', expect.any(String), 'ana', 'damaged', '2', '0000']);
    expect((await admin('verify', small)).notes).toContain('Row 2 was set aside (damaged)');
  });
});
