/** The contract of commands: each has one effect and one answer, whatever is sent again. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DomainError, errorCodeOf } from '#domain/errors.ts';
import type { WorkspaceId } from '#domain/ids.ts';
import { createLocalQueue } from '#server/jobs/local.ts';
import { createChanges } from '#server/storage/changes.ts';
import type { Database } from '#server/storage/database.ts';
import { createCommands } from '#server/storage/receipts.ts';
import { rounds } from '../rounds.ts';
import { describeOnEachDatabase } from './each-database.ts';
import { addWorkspace, appendName, commandOf, home, loaders, person, prepareThings } from './things.ts';
import { saveThing, thingNames } from './things.ts';

function build(db: Database) {
  const changes = createChanges({ db });
  const queue = createLocalQueue({ db, nowMs: Date.now, newId: () => crypto.randomUUID() });
  const commands = createCommands({ db, changes, queue });
  return { changes, queue, commands };
}

const codeFrom = (attempt: Promise<unknown>) =>
  attempt.then(
    () => 'accepted' as const,
    (error: unknown) => errorCodeOf(error) ?? String(error),
  );

describeOnEachDatabase('commands', (open) => {
  const prepare = async () => {
    const db = await open();
    await prepareThings(db);
    return { db, ...build(db) };
  };

  it('have one effect and one answer when sent twice', async () => {
    const { db, commands } = await prepare();
    const command = commandOf('c1', { id: 'x', name: 'a' });
    const first = await commands.decide(command, appendName);
    expect(first).toMatchObject({ seq: 1, records: [{ kind: 'workspace', id: 'x', seq: 1 }], notes: [] });
    expect(await commands.decide(command, appendName)).toEqual(first);
    expect(await thingNames(db)).toEqual(['a']);
    expect(await db.read.selectFrom('jobs').selectAll().execute()).toHaveLength(1);
  });

  it('have one effect and one answer when sent twice at the same moment', async () => {
    const { db, commands } = await prepare();
    const command = commandOf('c1', { id: 'x', name: 'a' });
    const answers = await Promise.all(Array.from({ length: 8 }, () => commands.decide(command, appendName)));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(await thingNames(db)).toEqual(['a']);
  });

  it('are recognised whatever order the client wrote the input in', async () => {
    const { commands } = await prepare();
    const first = await commands.decide(commandOf('c1', { id: 'x', name: 'a' }), appendName);
    expect(await commands.decide(commandOf('c1', { name: 'a', id: 'x' }), appendName)).toEqual(first);
  });

  it.each([
    ['other input', { input: { id: 'x', name: 'b' } }],
    ['another person', { actor: person('ben') }],
    ['another command name', { name: 'things.rename' }],
    ['another workspace', { workspaceId: 'away' as WorkspaceId }],
  ])('refuse an id that was used with %s', async (_words, change) => {
    const { db, commands } = await prepare();
    await addWorkspace(db, 'away');
    const command = commandOf('c1', { id: 'x', name: 'a' });
    await commands.decide(command, appendName);
    expect(await codeFrom(commands.decide({ ...command, ...change }, appendName))).toBe('command_reused');
    expect(await thingNames(db)).toEqual(['a']);
  });

  it('refuse an id that another workspace uses at the same moment', async () => {
    const { db, commands } = await prepare();
    await addWorkspace(db, 'away');
    const command = commandOf('c1', { id: 'x', name: 'a' });
    const codes = await Promise.all(
      [home, 'away' as WorkspaceId].map((workspaceId) =>
        codeFrom(commands.decide({ ...command, workspaceId }, appendName)),
      ),
    );
    expect(codes.sort()).toEqual(['accepted', 'command_reused']);
    expect(await thingNames(db)).toEqual(['a']);
  });

  it('keep a refusal and repeat it, and keep nothing else of the attempt', async () => {
    const { db, commands } = await prepare();
    const command = commandOf('c1', { id: 'x', name: 'no' });
    const first = await commands.decide(command, appendName).catch((error: unknown) => error);
    expect(first).toMatchObject({ code: 'not_allowed', details: { thing: 'x' } });
    expect(await thingNames(db)).toEqual([]);
    const again = await commands
      .decide(command, () => Promise.reject(new Error('must not be decided again')))
      .catch((error: unknown) => error);
    expect(again).toMatchObject({ code: 'not_allowed', details: { thing: 'x' } });
    const receipts = await db.read.selectFrom('receipts').select(['outcome', 'seq']).execute();
    expect(receipts).toEqual([{ outcome: 'refused', seq: null }]);
    expect(await codeFrom(commands.decide({ ...command, actor: person('ben') }, appendName))).toBe(
      'command_reused',
    );
  });

  it.each(['busy', 'rate_limited', 'storage_failed'] as const)(
    'are decided anew after %s, which says nothing about them',
    async (code) => {
      const { db, commands } = await prepare();
      const command = commandOf('c1', { id: 'x', name: 'a' });
      const refused = commands.decide(command, () => Promise.reject(new DomainError(code)));
      expect(await codeFrom(refused)).toBe(code);
      await commands.decide(command, appendName);
      expect(await thingNames(db)).toEqual(['a']);
    },
  );

  it('leave no trace when something unexpected happens', async () => {
    const { db, commands } = await prepare();
    const command = commandOf('c1', { id: 'x', name: 'a' });
    const fault = commands.decide(command, async (tx, given, context) => {
      await appendName(tx, given, context);
      throw new TypeError('a fault of ours');
    });
    await expect(fault).rejects.toThrow('a fault of ours');
    expect(await db.read.selectFrom('receipts').selectAll().execute()).toEqual([]);
    expect(await thingNames(db)).toEqual([]);
    await commands.decide(command, appendName);
  });

  it('can still record a refusal after a statement of theirs failed', async () => {
    const { db, commands } = await prepare();
    const command = commandOf('c1', { id: 'x', name: 'a' });
    const refused = commands.decide(command, async (tx) => {
      await tx
        .insertInto('workspaces')
        .values({ id: home, name: 'again', created_at: '', feed_seq: 0, feed_epoch: '' })
        .execute()
        .catch(() => {
          throw new DomainError('slug_taken');
        });
      return { records: [] };
    });
    expect(await codeFrom(refused)).toBe('slug_taken');
    expect(await db.read.selectFrom('receipts').select('outcome').execute()).toEqual([
      { outcome: 'refused' },
    ]);
  });

  it('know the number that their first record will get', async () => {
    const { commands } = await prepare();
    for (const [index, id] of ['x', 'y', 'z'].entries()) {
      const known: number[] = [];
      const answer = await commands.decide(
        commandOf(`c${index}`, { id, name: 'a' }),
        async (tx, _command, { seq }) => {
          known.push(seq);
          return { records: [await saveThing(tx, id, 'a'), await saveThing(tx, `${id}2`, 'a')] };
        },
      );
      expect(answer.records.map((record) => record.seq)).toEqual([known[0], (known[0] as number) + 1]);
    }
  });

  it('are not found in a workspace that does not exist', async () => {
    const { commands } = await prepare();
    const command = commandOf('c1', { id: 'x', name: 'a' }, { workspaceId: 'nowhere' as WorkspaceId });
    expect(await codeFrom(commands.decide(command, appendName))).toBe('not_found');
  });

  it('announce and wake after the commit only, and not for a repetition', async () => {
    const { db, changes, queue } = await prepare();
    const heard: string[] = [];
    const commands = createCommands({
      db,
      changes: { ...changes, announce: (workspaceId, seq) => heard.push(`${workspaceId} ${seq}`) },
      queue: { ...queue, wake: () => heard.push('wake') },
    });
    const command = commandOf('c1', { id: 'x', name: 'a' });
    await commands.decide(command, appendName);
    await commands.decide(command, appendName);
    await commands.decide(commandOf('c2', { id: 'x', name: 'no' }), appendName).catch(() => {});
    expect(heard).toEqual(['home 1', 'wake']);
  });

  it('lose no job and no change when the process dies between commit and notification', async () => {
    const where = await open.place();
    const before = await open.at(where);
    await prepareThings(before);
    await before.close();

    const script = fileURLToPath(new URL('./crashing-server.ts', import.meta.url));
    const child = spawn('node', [script, JSON.stringify(where)], { stdio: ['ignore', 'inherit', 'inherit'] });
    const signal = await new Promise((resolve) => child.once('exit', (_code, killedBy) => resolve(killedBy)));
    expect(signal).toBe('SIGKILL');

    const db = await open.at(where);
    const { changes, queue, commands } = build(db);
    const told: unknown[] = [];
    queue.handle('things.tell', async (payload) => void told.push(payload));
    queue.start();
    await queue.idle();
    await queue.stop();
    expect(told).toEqual([{ name: 'a' }]);
    expect((await changes.since(person('ana'), null, loaders)).records).toHaveLength(1);
    const repeated = await commands.decide(commandOf('command-1', { id: 'thing', name: 'a' }), appendName);
    expect(repeated.seq).toBe(1);
    expect(await thingNames(db)).toEqual(['a']);
  });

  it('end in the same names whatever is repeated, dropped and sent at once', async () => {
    const { db, commands } = await prepare();
    let round = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ command: fc.nat(5), thing: fc.nat(2) }), { minLength: 1, maxLength: 12 }),
        async (sendings) => {
          round += 1;
          const before = (await thingNames(db)).join('').length;
          const sent = sendings.map(({ command, thing }) =>
            commandOf(`r${round}-${command}-${thing}`, { id: `t${thing}`, name: 'a' }),
          );
          await Promise.all(sent.map((command) => commands.decide(command, appendName)));
          const effects = new Set(sent.map((command) => command.commandId)).size;
          expect((await thingNames(db)).join('').length - before).toBe(effects);
        },
      ),
      { numRuns: rounds(15) },
    );
  });
});
