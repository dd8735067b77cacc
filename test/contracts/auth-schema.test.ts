/** The four tables that better-auth brings are made by our migration; it must find them as it wants them. */
import { getMigrations } from 'better-auth/db/migration';
import { expect, it } from 'vitest';
import { authOptions } from '#server/workspaces/auth.ts';
import { slowPasswords } from '#server/workspaces/passwords.ts';
import { createSecrets, secretBytes } from '#server/workspaces/secrets.ts';
import { describeOnEachDatabase } from './each-database.ts';

describeOnEachDatabase('the tables of better-auth', (open) => {
  it('lack nothing that better-auth would add', async () => {
    const db = await open();
    const secrets = createSecrets(new Uint8Array(secretBytes));
    const options = authOptions({ db, secrets, passwords: slowPasswords, newId: () => 'id' });
    const { toBeAdded, toBeCreated } = await getMigrations({
      ...options,
      // Its finder reads the catalogue of the database that is really there.
      database: { ...options.database, type: db.dialect },
    });
    expect(toBeCreated).toEqual([]);
    expect(toBeAdded).toEqual([]);
  });
});
