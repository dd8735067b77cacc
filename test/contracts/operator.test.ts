/** What the operator's command line does with the log and its epochs, on each database. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runAdmin } from '#server/admin/run.ts';
import { createServerLog } from '#server/log.ts';
import { openHouse } from '#server/open.ts';
import { lastRestoreMs } from '#server/storage/epochs.ts';
import type { Where } from '#server/storage/open.ts';
import { update } from '../sync-server.ts';
import { describeOnEachDatabase } from './each-database.ts';

const room = 'document/01890000-0000-7000-8000-000000000001';

describeOnEachDatabase("the operator's command line", (open) => {
  let folder: string;
  let where: Where;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stoa-operator-'));
    where = await open.place();
  });
  afterEach(() => rm(folder, { recursive: true }));

  const dataDir = () => where.dataDir ?? folder;
  const openOn = () =>
    openHouse({
      config: { dataDir: dataDir(), databaseUrl: where.databaseUrl ?? null, logRetentionDays: 7 },
      log: createServerLog('silent'),
    });
  const admin = async (...args: string[]) => {
    const out: string[] = [];
    const notes: string[] = [];
    const code = await runAdmin(
      args,
      { DATA_DIR: dataDir(), DATABASE_URL: where.databaseUrl ?? '' },
      { out: (line) => out.push(line), note: (line) => notes.push(line) },
    );
    return { code, out, notes: notes.join('\n') };
  };
  const epochs = async () => {
    const house = await openOn();
    const { feed_epoch: feed } = await house.db.read
      .selectFrom('workspaces')
      .select('feed_epoch')
      .executeTakeFirstOrThrow();
    const { epoch, head } = await house.updates.knowledge(room);
    const restored = await lastRestoreMs(house.db.read);
    await house.close();
    return { feed, epoch, head, restored };
  };

  it('looks through, compacts and lists the log, and renews all epochs', async () => {
    const nothing = await admin('verify');
    expect([nothing.code, nothing.notes.split('\n').length]).toEqual([1, 1]);
    expect(nothing.notes).toMatch(
      where.databaseUrl === undefined ? /^There is no log\.db in / : /holds no log: /,
    );
    const house = await openOn();
    const workspaceId = await house.db.write((tx) => house.services.links.firstWorkspace(tx));
    for (const client of [1, 2, 3])
      await house.updates.append([
        { workspaceId, room, user: 'ana', bytes: update('text', client), claims: [client] },
      ]);
    await house.close();

    expect((await admin('compact')).out).toEqual([`${room}\tswapped\t3`]);
    const verified = await admin('verify');
    expect({ ...verified, notes: '' }).toEqual({ code: 0, out: [], notes: '' });
    expect(verified.notes).toContain('the rows of 1 compared');
    expect((await admin('rooms')).out[0]?.split('\t').slice(0, 2)).toEqual([room, '3']);

    const before = await epochs();
    expect(before.restored).toBeNull();
    expect((await admin('restore', '--epochs')).code).toBe(0);
    const after = await epochs();
    expect(after.head).toBe(3);
    expect(after.epoch).not.toBe(before.epoch);
    expect(after.feed).not.toBe(before.feed);
    expect(Date.now() - (after.restored ?? 0)).toBeLessThan(60_000);

    if (where.databaseUrl === undefined) return;
    const backup = await admin('backup', join(folder, 'copy'));
    expect(backup.code).toBe(1);
    expect(backup.notes).toContain('pg_dump');
    expect((await admin('restore', folder)).notes).toContain('pg_restore');
  });
});
