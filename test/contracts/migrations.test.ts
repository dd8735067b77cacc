/** Migrations on both databases: once, in order, forward only, never beside each other. */
import { expect, it } from 'vitest';
import type { Tx } from '#server/storage/database.ts';
import { migrations } from '#server/storage/migrations/index.ts';
import type { Migration } from '#server/storage/migrations/migration.ts';
import { migrate } from '#server/storage/migrations/run.ts';
import { describeOnEachDatabase } from './each-database.ts';

const now = () => '2030-01-01T00:00:00.000Z';

const adds = (id: string, table: string): Migration => ({
  id,
  up: async (tx: Tx, types) => {
    await tx.schema
      .createTable(table)
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('content', types.bytes)
      .execute();
  },
});

describeOnEachDatabase('migrations', (open) => {
  it('are applied once, in order', async () => {
    const db = await open();
    const list = [...migrations, adds('9001-one', 'one'), adds('9002-two', 'two')];
    expect(await migrate(db, now, list)).toEqual(['9001-one', '9002-two']);
    expect(await migrate(db, now, list)).toEqual([]);
  });

  it('are all applied by opening, and opening again finds nothing to do', async () => {
    const where = await open.place();
    const db = await open.at(where);
    expect(await migrate(db, now)).toEqual([]);
    await db.close();
    expect(await migrate(await open.at(where), now)).toEqual([]);
  });

  it('are applied once by processes that start at the same moment', async () => {
    const where = await open.place();
    const together = await Promise.all([open.at(where), open.at(where), open.at(where)]);
    const list = [...migrations, adds('9001-one', 'one')];
    const done = await Promise.all(together.map((db) => migrate(db, now, list)));
    expect(done.flat()).toEqual(['9001-one']);
  });

  it('leave nothing behind when one fails, and go on from there when it is mended', async () => {
    const db = await open();
    const broken: Migration = {
      id: '9001-one',
      up: async (tx, types, dialect) => {
        await adds('', 'one').up(tx, types, dialect);
        throw new Error('half way');
      },
    };
    await expect(migrate(db, now, [...migrations, broken])).rejects.toThrow('half way');
    expect(await migrate(db, now, [...migrations, adds('9001-one', 'one')])).toEqual(['9001-one']);
  });

  it('refuse a database that a newer version wrote', async () => {
    const db = await open();
    await migrate(db, now, [...migrations, adds('9001-future', 'future')]);
    await expect(migrate(db, now)).rejects.toMatchObject({
      name: 'StartError',
      message: expect.stringContaining('9001-future') as string,
    });
  });

  it('refuse a list out of order', async () => {
    const db = await open();
    await expect(migrate(db, now, [...migrations].reverse())).rejects.toThrow('order');
  });
});
