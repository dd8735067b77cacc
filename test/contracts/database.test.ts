/** The contract of the database port: `server/storage/database.ts`. */
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { errorCodeOf } from '#domain/errors.ts';
import type { Database, Tx } from '#server/storage/database.ts';
import { isUniqueViolation } from '#server/storage/faults.ts';
import { describeOnEachDatabase } from './each-database.ts';

const workspace = (id: string, feedSeq = 0) => ({
  id,
  name: `Workspace ${id}`,
  created_at: '2030-01-01T00:00:00.000Z',
  feed_seq: feedSeq,
  feed_epoch: 'first',
});
const addWorkspace = (tx: Tx, id: string, feedSeq = 0) =>
  tx.insertInto('workspaces').values(workspace(id, feedSeq)).execute();
const workspaceIds = async (db: Pick<Database['read'], 'selectFrom'>) =>
  (await db.selectFrom('workspaces').select('id').orderBy('id').execute()).map((row) => row.id);

/** Resolves when it is told to: holds a transaction open without waiting for time. */
function gate(): { opened: Promise<void>; open: () => void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

describeOnEachDatabase('the database', (open) => {
  it('reads what was written, from every handle', async () => {
    const db = await open();
    await db.write((tx) => addWorkspace(tx, 'a'));
    const read = await db.read.selectFrom('workspaces').selectAll().execute();
    expect(read).toEqual([workspace('a')]);
    expect(await db.snapshot(workspaceIds)).toEqual(['a']);
    expect(await db.raw.selectFrom('workspaces').selectAll().execute()).toEqual(read);
  });

  it('keeps nothing of a transaction that throws', async () => {
    const db = await open();
    const attempt = db.write(async (tx) => {
      await addWorkspace(tx, 'a');
      throw new Error('changed my mind');
    });
    await expect(attempt).rejects.toThrow('changed my mind');
    expect(await workspaceIds(db.read)).toEqual([]);
    await db.write((tx) => addWorkspace(tx, 'a'));
    expect(await workspaceIds(db.read)).toEqual(['a']);
  });

  it('hides a transaction from readers until it commits', async () => {
    const db = await open();
    const written = gate();
    const go = gate();
    const writing = db.write(async (tx) => {
      await addWorkspace(tx, 'a');
      written.open();
      await go.opened;
    });
    await written.opened;
    expect(await workspaceIds(db.read)).toEqual([]);
    go.open();
    await writing;
    expect(await workspaceIds(db.read)).toEqual(['a']);
  });

  it('shows a snapshot one picture while others write, and lets single reads see the new one', async () => {
    const db = await open();
    await db.write((tx) => addWorkspace(tx, 'a'));
    await db.snapshot(async (tx) => {
      expect(await workspaceIds(tx)).toEqual(['a']);
      await db.write((write) => addWorkspace(write, 'b'));
      expect(await workspaceIds(tx)).toEqual(['a']);
      expect(await workspaceIds(db.read)).toEqual(['a', 'b']);
    });
  });

  it('answers many snapshots and reads at once', async () => {
    const db = await open();
    await db.write((tx) => addWorkspace(tx, 'a'));
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        index % 2 === 0 ? db.snapshot(workspaceIds) : workspaceIds(db.read),
      ),
    );
    expect(answers.every((ids) => ids.length === 1)).toBe(true);
  });

  it('loses no increment when many transactions add to one number', async () => {
    const db = await open();
    await db.write((tx) => addWorkspace(tx, 'a'));
    await Promise.all(
      Array.from({ length: 40 }, () =>
        db.write((tx) =>
          tx
            .updateTable('workspaces')
            .set((column) => ({ feed_seq: column('feed_seq', '+', 1) }))
            .execute(),
        ),
      ),
    );
    expect(await db.read.selectFrom('workspaces').select('feed_seq').executeTakeFirst()).toEqual({
      feed_seq: 40,
    });
  });

  it('recognises a unique violation, and nothing else as one', async () => {
    const db = await open();
    await db.write((tx) => addWorkspace(tx, 'a'));
    const twice = await db.write((tx) => addWorkspace(tx, 'a')).catch((error: unknown) => error);
    expect(isUniqueViolation(twice)).toBe(true);
    const orphan = await db
      .write((tx) =>
        tx
          .insertInto('changes')
          .values({ workspace_id: 'nobody', kind: 'case', record_id: 'c', seq: 1 })
          .execute(),
      )
      .catch((error: unknown) => error);
    expect(orphan).toBeInstanceOf(Error);
    expect(isUniqueViolation(orphan)).toBe(false);
    expect(isUniqueViolation(new Error('UNIQUE constraint failed'))).toBe(false);
  });

  it('says nothing about values in its errors', async () => {
    const db = await open();
    await db.write((tx) => addWorkspace(tx, 'ana@example.test'));
    const error = await db
      .write((tx) => addWorkspace(tx, 'ana@example.test'))
      .catch((fault: unknown) => fault);
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('ana@');
  });

  it('refuses the outer handle inside a write transaction instead of waiting for ever', async () => {
    const db = await open();
    for (const inside of [
      () => workspaceIds(db.read),
      () => db.raw.selectFrom('workspaces').selectAll().execute(),
      () => db.snapshot(workspaceIds),
      () => db.write((tx) => addWorkspace(tx, 'b')),
    ])
      await expect(db.write(async () => inside())).rejects.toThrow('use its own handle');
    await db.write((tx) => addWorkspace(tx, 'a'));
    expect(await workspaceIds(db.read)).toEqual(['a']);
  });

  it('answers counts, sums and big sequence numbers as numbers', async () => {
    const db = await open();
    const big = Number.MAX_SAFE_INTEGER;
    await db.write((tx) => addWorkspace(tx, 'a', big));
    const row = await db.read
      .selectFrom('workspaces')
      .select(({ fn }) => [
        fn.countAll().as('count'),
        fn.sum('feed_seq').as('sum'),
        fn.max('feed_seq').as('max'),
      ])
      .executeTakeFirst();
    expect(row).toEqual({ count: 1, sum: big, max: big });
  });

  it('refuses a number that JavaScript cannot hold exactly', async () => {
    const db = await open();
    await db.write((tx) => addWorkspace(tx, 'a'));
    await db.write((tx) => sql`update workspaces set feed_seq = 9007199254740993`.execute(tx));
    await expect(db.read.selectFrom('workspaces').select('feed_seq').execute()).rejects.toThrow();
  });

  it('brings bytes back as they were', async () => {
    const db = await open();
    const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => (index * 7) % 256);
    const type = sql.raw(db.dialect === 'sqlite' ? 'blob' : 'bytea');
    await sql`create table things (content ${type})`.execute(db.raw);
    await db.write((tx) => sql`insert into things (content) values (${bytes})`.execute(tx));
    const { rows } = await sql<{ content: Uint8Array }>`select content from things`.execute(db.raw);
    expect(rows).toHaveLength(1);
    expect(Buffer.compare((rows[0] as { content: Uint8Array }).content, bytes)).toBe(0);
  });

  it('says how many rows a statement touched', async () => {
    const db = await open();
    await db.write(async (tx) => {
      await addWorkspace(tx, 'a');
      await addWorkspace(tx, 'b');
    });
    const updated = await db.write((tx) =>
      tx.updateTable('workspaces').set({ name: 'x' }).executeTakeFirst(),
    );
    expect(updated.numUpdatedRows).toBe(2n);
    const deleted = await db.raw.deleteFrom('workspaces').where('id', '=', 'a').executeTakeFirst();
    expect(deleted.numDeletedRows).toBe(1n);
  });

  it('brings a long answer back whole and in order', async () => {
    const db = await open();
    const ids = Array.from({ length: 3_000 }, (_, index) => String(index).padStart(5, '0'));
    await db.write(async (tx) => {
      for (let from = 0; from < ids.length; from += 500)
        await tx
          .insertInto('workspaces')
          .values(ids.slice(from, from + 500).map((id) => workspace(id)))
          .execute();
    });
    expect(await workspaceIds(db.read)).toEqual(ids);
  });

  it('lets a library run transactions of its own', async () => {
    const db = await open();
    const attempt = db.raw.transaction().execute(async (tx) => {
      await addWorkspace(tx, 'a');
      throw new Error('no');
    });
    await expect(attempt).rejects.toThrow('no');
    await db.raw.transaction().execute((tx) => addWorkspace(tx, 'b'));
    expect(await workspaceIds(db.read)).toEqual(['b']);
  });

  it('finishes a transaction before it closes, and starts none after', async () => {
    const where = await open.place();
    const db = await open.at(where);
    const inside = gate();
    const go = gate();
    const writing = db.write(async (tx) => {
      inside.open();
      await go.opened;
      await addWorkspace(tx, 'a');
    });
    await inside.opened;
    const closing = db.close();
    go.open();
    await Promise.all([writing, closing]);
    const late = await db.write((tx) => addWorkspace(tx, 'b')).catch((error: unknown) => error);
    expect(errorCodeOf(late)).toBe('stopping');
    const again = await open.at(where);
    expect(await workspaceIds(again.read)).toEqual(['a']);
  });

  it('sees what another process wrote beside it', async () => {
    const where = await open.place();
    const [one, other] = [await open.at(where), await open.at(where)];
    await one.write((tx) => addWorkspace(tx, 'a'));
    await other.write((tx) => addWorkspace(tx, 'b'));
    expect(await workspaceIds(one.read)).toEqual(['a', 'b']);
    expect(await workspaceIds(other.read)).toEqual(['a', 'b']);
  });
});
