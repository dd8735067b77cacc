import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { lockPostgres } from './lock.ts';
import { openDatabase, prepareDataFolder } from './open.ts';

function place(): string {
  const folder = mkdtempSync(join(tmpdir(), 'stoa-open-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const startError = (words: string) => ({
  name: 'StartError',
  message: expect.stringContaining(words) as string,
});

describe('opening the data folder', () => {
  it('makes it with everything above it', () => {
    const folder = join(place(), 'one', 'two');
    expect(prepareDataFolder(folder)).toBe(folder);
    expect(existsSync(folder)).toBe(true);
    // Nobody else's on this machine to read.
    expect(statSync(folder).mode & 0o077).toBe(0);
    expect(prepareDataFolder(folder)).toBe(folder);
  });

  it('says in one sentence which folder it cannot use', () => {
    const file = join(place(), 'file');
    writeFileSync(file, '');
    for (const folder of [file, join(file, 'below')])
      expect(() => prepareDataFolder(folder)).toThrow(expect.objectContaining(startError(folder)) as Error);
  });

  it.runIf(existsSync('/proc/self'))('gives up below /proc, where nothing can be made', () => {
    expect(() => prepareDataFolder('/proc/stoa/data')).toThrow('/proc/stoa/data');
  });

  it('says which database it cannot open', async () => {
    const folder = place();
    writeFileSync(join(folder, 'stoa.db'), 'a shopping list '.repeat(500));
    await expect(openDatabase({ dataDir: folder })).rejects.toMatchObject(startError('stoa.db'));
  });

  it('never shows the address of a database that does not answer: it holds a password', async () => {
    const databaseUrl = 'postgres://ana:secret@127.0.0.1:1/stoa';
    for (const attempt of [openDatabase({ databaseUrl }), lockPostgres(databaseUrl, { onLost: () => {} })]) {
      const error = await attempt.catch((fault: unknown) => fault);
      expect(error).toMatchObject(startError('DATABASE_URL'));
      expect((error as Error).message).not.toContain('secret');
    }
  });
});
