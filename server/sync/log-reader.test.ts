import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import * as Y from 'yjs';
import { openSqliteLog } from './log-sqlite.ts';

it('C5: what a returning client lacks is looked for beside everything else', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'stoa-reader-'));
  const log = await openSqliteLog(join(folder, 'log.db'));
  onTestFinished(async () => {
    await log.close();
    await rm(folder, { recursive: true });
  });
  const doc = new Y.Doc();
  const made: Uint8Array[] = [];
  doc.on('update', (bytes: Uint8Array) => made.push(bytes));
  for (let count = 0; count < 5_000; count += 1) doc.getText('text').insert(count >> 1, 'x');
  const claims = [doc.clientID];
  await log.append(made.map((bytes) => ({ workspaceId: 'w', room: 'long', user: 'ana', bytes, claims })));
  const answered: string[] = [];
  const vector = Y.encodeStateVector(new Map([[4, 1]]));
  await log.head('other');
  await Promise.all([
    log.state('long', vector).then(() => answered.push('difference')),
    log.knowledge('other').then(() => answered.push('knowledge')),
    log.state('other', null).then(() => answered.push('everything')),
  ]);
  expect(answered).toEqual(['knowledge', 'everything', 'difference']);
});
