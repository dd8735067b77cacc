import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { addressOfServer, lockFolder } from './lock.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'stoa-lock-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Another process that holds the folder's lock until it is killed. */
async function holdElsewhere(path: string) {
  const module = JSON.stringify(fileURLToPath(new URL('./lock.ts', import.meta.url)));
  const script = `const { lockFolder } = await import(${module});
    (await lockFolder(process.argv[1])).noteAddress('http://localhost:4321');
    console.log('held');
    setInterval(() => {}, 1000);`;
  const child = spawn('node', ['--input-type=module', '-e', script, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  onTestFinished(() => void child.kill('SIGKILL'));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return { child, exited };
}

describe('the lock of a data folder', () => {
  it('lets one server in at a time, and names the folder to the other', async () => {
    const path = folder();
    const lock = await lockFolder(path);
    const second = lockFolder(path, { patienceMs: 0 });
    await expect(second).rejects.toMatchObject({
      name: 'StartError',
      message: expect.stringContaining(path) as string,
    });
    lock.release();
    (await lockFolder(path, { patienceMs: 0 })).release();
  });

  it('waits for a server that is just stopping', async () => {
    const path = folder();
    const lock = await lockFolder(path);
    const second = lockFolder(path);
    lock.release();
    (await second).release();
  });

  it('is released by the death of its holder, however it dies', async () => {
    const path = folder();
    const { child, exited } = await holdElsewhere(path);
    await expect(lockFolder(path, { patienceMs: 0 })).rejects.toThrow('Another server');
    child.kill('SIGKILL');
    await exited;
    (await lockFolder(path)).release();
  });

  it('says where its holder is reached, and no longer once the holder is gone, however it went', async () => {
    const path = folder();
    expect(addressOfServer(path)).toBeNull();
    const { child, exited } = await holdElsewhere(path);
    expect(addressOfServer(path)).toBe('http://localhost:4321');
    child.kill('SIGKILL');
    await exited;
    expect(addressOfServer(path)).toBeNull();
  });
});
