import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { documentRoom } from '#domain/sync/wire.ts';
import { createServerLog } from '../log.ts';
import { openHouse } from '../open.ts';
import { lastRestoreMs } from '../storage/epochs.ts';
import { lockFolder } from '../storage/lock.ts';
import { update } from '../../test/sync-server.ts';
import { runAdmin } from './run.ts';

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'stoa-backup-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const admin = async (dataDir: string, ...args: string[]) => {
  const out: string[] = [];
  const notes: string[] = [];
  const code = await runAdmin(
    args,
    { DATA_DIR: dataDir },
    { out: (line) => out.push(line), note: (line) => notes.push(line) },
  );
  return { code, out, notes: notes.join('\n') };
};

const openOn = (dataDir: string) =>
  openHouse({ config: { dataDir, databaseUrl: null }, log: createServerLog('silent') });

const room = documentRoom('01890000-0000-7000-8000-000000000001');

/** A folder with a workspace named `1` and one row in the log. */
async function folderWithSomething(): Promise<string> {
  const dataDir = newFolder();
  const house = await openOn(dataDir);
  await write(house, 1);
  await house.close();
  return dataDir;
}

/** A row of the log, and then the records say that it is there. */
async function write(house: Awaited<ReturnType<typeof openOn>>, number: number): Promise<void> {
  const workspaceId = await house.db.write((tx) => house.services.links.firstWorkspace(tx));
  const bytes = update(`row ${number}`, number);
  await house.updates.append([{ workspaceId, room, user: 'ana', bytes, claims: [number] }]);
  await house.db.write((tx) =>
    tx
      .updateTable('workspaces')
      .set({ name: String(number) })
      .execute(),
  );
}

const workspaceIn = async (dataDir: string) => {
  const house = await openOn(dataDir);
  const { name, feed_epoch: feedEpoch } = await house.db.read
    .selectFrom('workspaces')
    .selectAll()
    .executeTakeFirstOrThrow();
  const { head, epoch, owners } = await house.updates.knowledge(room);
  const restoredAtMs = await lastRestoreMs(house.db.read);
  const { rows } = await house.updates.read(room, 0);
  await house.close();
  return { name, feedEpoch, head, epoch, owners, restoredAtMs, rows: rows.length };
};

describe('a backup', () => {
  it('made while the server writes is whole: the log is at least as new as the records say', async () => {
    const dataDir = newFolder();
    const house = await openOn(dataDir);
    onTestFinished(() => house.close());
    const acknowledged = 20;
    for (let number = 1; number <= acknowledged; number += 1) await write(house, number);
    const target = join(newFolder(), 'copy');
    const copying = spawn(
      process.execPath,
      [fileURLToPath(new URL('../admin.ts', import.meta.url)), 'backup', target],
      { env: { ...process.env, DATA_DIR: dataDir }, stdio: 'ignore' },
    );
    const ended = once(copying, 'exit');
    let written = acknowledged;
    while (copying.exitCode === null) await write(house, (written += 1));
    expect((await ended)[0]).toBe(0);
    expect(written).toBeGreaterThan(acknowledged + 10);

    const other = newFolder();
    expect((await admin(other, 'restore', target)).code).toBe(0);
    expect((await admin(other, 'verify')).code).toBe(0);
    const found = await workspaceIn(other);
    expect(Number(found.name)).toBeGreaterThanOrEqual(acknowledged);
    expect(found.head).toBeGreaterThanOrEqual(Number(found.name));
    expect(found.rows).toBe(found.head);
    expect(found.owners.get(1)).toBe('ana');
  });

  it('is not written over another, nor made of nothing', async () => {
    const dataDir = await folderWithSomething();
    const target = join(newFolder(), 'copy');
    expect((await admin(dataDir, 'backup', target)).code).toBe(0);
    const again = await admin(dataDir, 'backup', target);
    expect(again.code).toBe(1);
    expect(again.notes).toContain('is there already');
    const empty = await admin(newFolder(), 'backup', `${target}-2`);
    expect(empty.notes).toContain('There is nothing to copy');
    expect(readdirSync(join(target, '..'))).toEqual(['copy']);
  });
});

/** The command line in a process that may write no file beyond 8 kB: a disk that is full. */
function onFullDisk(dataDir: string, ...args: string[]) {
  const script = fileURLToPath(new URL('../admin.ts', import.meta.url));
  return spawnSync(
    'bash',
    ['-c', 'trap "" XFSZ; ulimit -f 8; exec "$0" "$@"', process.execPath, script, ...args],
    {
      env: { ...process.env, DATA_DIR: dataDir, NODE_COMPILE_CACHE: '' },
      encoding: 'utf8',
    },
  );
}

describe('a backup that cannot be made', () => {
  it('of what is damaged says so in one sentence', async () => {
    for (const name of ['stoa.db', 'log.db']) {
      const dataDir = await folderWithSomething();
      const bytes = readFileSync(join(dataDir, name));
      writeFileSync(join(dataDir, name), bytes.fill(0xa5, 2 * 4096));
      const target = join(newFolder(), 'copy');
      const { code, out, notes } = await admin(dataDir, 'backup', target);
      expect({ code, out }).toEqual({ code: 1, out: [] });
      expect(notes).toContain(`${join(dataDir, name)} is damaged and cannot be copied`);
      expect(notes.split('\n')).toHaveLength(1);
      expect(readdirSync(join(target, '..'))).toEqual([]);
      const json = await admin(dataDir, 'backup', target, '--json');
      expect(JSON.parse(json.out[0] ?? '')).toMatchObject({ error: { code: 'cannot_start' } });
    }
  });

  it('for want of room or of a place leaves nothing behind', async () => {
    const dataDir = await folderWithSomething();
    const target = join(newFolder(), 'copy');
    const { status, stdout, stderr } = onFullDisk(dataDir, 'backup', target);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).not.toContain('"fault"');
    expect(readdirSync(join(target, '..'))).toEqual([]);
    const nowhere = await admin(dataDir, 'backup', '/proc/nowhere/copy');
    expect([nowhere.code, nowhere.notes]).toEqual([1, '/proc/nowhere: there is no such file or folder.']);
    const inFile = await admin(dataDir, 'backup', join(dataDir, 'secret', 'copy'));
    expect(inFile.notes).toContain('part of this path is a file, not a folder');
  });
});

describe('a restore', () => {
  const backedUp = async () => {
    const dataDir = await folderWithSomething();
    const target = join(newFolder(), 'copy');
    await admin(dataDir, 'backup', target);
    return { dataDir, target };
  };

  it('brings back what was copied, under new epochs, and keeps what it replaces', async () => {
    const { dataDir, target } = await backedUp();
    const before = await workspaceIn(dataDir);
    const house = await openOn(dataDir);
    await write(house, 2);
    await house.close();
    const { code, out } = await admin(dataDir, 'restore', target);
    expect(code).toBe(0);
    const after = await workspaceIn(dataDir);
    expect(after).toMatchObject({ name: '1', head: 1 });
    expect(before.restoredAtMs).toBeNull();
    expect(Date.now() - (after.restoredAtMs ?? 0)).toBeLessThan(60_000);
    expect(after.feedEpoch).not.toBe(before.feedEpoch);
    expect(after.epoch).not.toBe(before.epoch);

    const replaced = out[0] ?? '';
    expect(replaced).toContain(join(dataDir, 'replaced-'));
    expect(await workspaceIn(replaced)).toMatchObject({ name: '2', head: 2 });
  });

  it('waits for nobody: it refuses while a server holds the folder', async () => {
    const { dataDir, target } = await backedUp();
    const lock = await lockFolder(dataDir);
    const refused = await admin(dataDir, 'restore', target);
    expect(refused.code).toBe(1);
    expect(refused.notes).toContain('Another server is using the data folder');
    lock.release();
    expect((await admin(dataDir, 'restore', target)).code).toBe(0);
  });

  it('touches nothing when the backup is not what was copied', async () => {
    const { dataDir, target } = await backedUp();
    const before = [...readdirSync(dataDir), 'lock'].sort();
    const damages: [(copy: string) => void, string][] = [
      [(copy) => truncateSync(join(copy, 'log.db'), 4096), 'log.db has been changed'],
      [(copy) => rmSync(join(copy, 'secret')), 'secret is missing'],
      [(copy) => rmSync(join(copy, 'backup.json')), 'holds no backup.json'],
      [(copy) => writeFileSync(join(copy, 'backup.json'), '{}'), 'newer version'],
    ];
    for (const [damage, words] of damages) {
      const copy = join(newFolder(), 'copy');
      cpSync(target, copy, { recursive: true });
      damage(copy);
      const refused = await admin(dataDir, 'restore', copy);
      expect(refused.code).toBe(1);
      expect(refused.notes).toContain(words);
    }
    expect(readdirSync(dataDir).sort()).toEqual(before);
  });

  it('for which there is no room leaves the folder as it was', async () => {
    const { dataDir, target } = await backedUp();
    const before = readdirSync(dataDir).sort();
    const { status, stderr } = onFullDisk(dataDir, 'restore', target);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^\S+incoming-\S+: .*choose another place\.\n$/);
    expect(readdirSync(dataDir).filter((name) => name !== 'lock')).toEqual(
      before.filter((name) => name !== 'lock'),
    );
    expect(await workspaceIn(dataDir)).toMatchObject({ name: '1', head: 1 });
  });

  it('says that there is no such backup, or that its lock is no lock', async () => {
    const { dataDir, target } = await backedUp();
    expect((await admin(dataDir, 'restore', `${target}-2`)).notes).toBe(`There is no backup ${target}-2.`);
    writeFileSync(join(dataDir, 'lock'), 'not a lock at all, and long enough to be one'.repeat(100));
    expect((await admin(dataDir, 'restore', target)).notes).toContain('delete it while no server runs');
  });

  it('cut short keeps everybody out until it is run again', async () => {
    const { dataDir, target } = await backedUp();
    // As a kill between two renamings leaves it: one file of the backup in place, one not yet.
    for (const name of ['incoming-x', 'incoming-of-another-try']) mkdirSync(join(dataDir, name));
    writeFileSync(join(dataDir, 'restoring'), 'incoming-x\n');
    rmSync(join(dataDir, 'stoa.db'));
    await expect(openOn(dataDir)).rejects.toThrow('was cut short');
    expect((await admin(dataDir, 'person', 'list')).code).toBe(1);
    expect((await admin(dataDir, 'restore', target)).code).toBe(0);
    expect(await workspaceIn(dataDir)).toMatchObject({ name: '1', head: 1 });
    expect(readdirSync(dataDir).filter((name) => /^(incoming|restoring)/.test(name))).toEqual([]);
  });

  it('of epochs alone leaves everything else as it is', async () => {
    const dataDir = await folderWithSomething();
    const before = await workspaceIn(dataDir);
    expect((await admin(dataDir, 'restore', '--epochs')).code).toBe(0);
    const after = await workspaceIn(dataDir);
    expect({ ...after, feedEpoch: '', epoch: '', restoredAtMs: null }).toEqual({
      ...before,
      feedEpoch: '',
      epoch: '',
    });
    expect(after.epoch).not.toBe(before.epoch);
    expect(after.restoredAtMs).not.toBeNull();
  });
});
