/** The server's secret in its data folder: made at the first start, readable by its owner alone. */
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from '../storage/start-error.ts';
import { secretBytes } from './secrets.ts';

export function openSecretFile(dataDir: string, randomBytes: (count: number) => Uint8Array): Uint8Array {
  const file = join(dataDir, 'secret');
  return read(file) ?? make(file, randomBytes);
}

function read(file: string): Uint8Array | undefined {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined;
    throw new StartError(`The secret ${file} cannot be read.`, error);
  }
  if (bytes.length !== secretBytes)
    throw new StartError(`The secret ${file} is damaged: it must hold ${secretBytes} bytes.`);
  return bytes;
}

/** Written beside it and linked into place: a crash leaves no half secret, and of two at once one wins. */
function make(file: string, randomBytes: (count: number) => Uint8Array): Uint8Array {
  const draft = `${file}.${Buffer.from(randomBytes(6)).toString('hex')}`;
  try {
    writeFileSync(draft, randomBytes(secretBytes), { mode: 0o600, flag: 'wx' });
    try {
      linkSync(draft, file);
    } catch (error) {
      if ((error as { code?: string }).code !== 'EEXIST') throw error;
    }
  } catch (error) {
    throw new StartError(`The secret ${file} cannot be written.`, error);
  } finally {
    rmSync(draft, { force: true });
  }
  return read(file) as Uint8Array;
}
