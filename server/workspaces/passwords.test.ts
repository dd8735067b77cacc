import { scryptSync } from 'node:crypto';
import { expect, it } from 'vitest';
import { slowPasswords } from './passwords.ts';

it('costs 32 MiB and one long computation for each password that is tried', async () => {
  const kept = await slowPasswords.hash('an old stone bridge');
  const [salt = '', key] = kept.split(':');
  const cost = { N: 16_384, r: 16, p: 1, maxmem: 64 * 1024 * 1024 };
  expect(scryptSync('an old stone bridge', salt, 64, cost).toString('hex')).toBe(key);
  expect(await slowPasswords.verify({ hash: kept, password: 'an old stone bridge' })).toBe(true);
  expect(await slowPasswords.verify({ hash: kept, password: 'an old stone brigde' })).toBe(false);
});
