import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createServerLog } from '../log.ts';
import { lossName } from '#i18n/loss-words.ts';
import { openHouse } from '../open.ts';
import { runAdmin } from './run.ts';

function dataFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'stoa-admin-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function commandLine(dataDir = dataFolder(), environment: Record<string, string> = {}) {
  return async (...args: string[]) => {
    const out: string[] = [];
    const notes: string[] = [];
    const code = await runAdmin(
      args,
      { DATA_DIR: dataDir, ...environment },
      { out: (line) => out.push(line), note: (line) => notes.push(line) },
    );
    return { code, out, notes: notes.join('\n') };
  };
}

async function serverOn(dataDir: string) {
  const house = await openHouse({ config: { dataDir, databaseUrl: null }, log: createServerLog('silent') });
  onTestFinished(() => house.close());
  return house;
}

const tokenIn = (link: string | undefined) => link?.split('#')[1] ?? '';

// Each call opens and closes a whole house.
describe('the command line', { timeout: 60_000 }, () => {
  it('explains itself, as a whole and each command', async () => {
    const run = commandLine();
    const help = await run('--help');
    expect(help.code).toBe(0);
    for (const words of ['person add', 'token add', 'reset', 'DATA_DIR', '--json'])
      expect(help.out.join('\n')).toContain(words);
    const one = await run('person', 'add', '--help');
    expect(one).toMatchObject({ code: 0, notes: '' });
    expect(one.out.join('\n')).toContain('--role is one of viewer, commenter, editor, owner');
    expect(await run('help', 'person', 'add')).toEqual(one);
  });

  it.each([
    [['frobnicate'], 'There is no command "frobnicate"'],
    [['person', 'add'], 'Give one e-mail address'],
    [['person', 'add', 'nobody', '--role', 'editor'], '"nobody" is not an e-mail address'],
    [['person', 'add', 'ana@example.org', '--role', 'king'], '--role must be one of'],
    [['person', 'add', 'ana@example.org', '--rolle', 'editor'], "Unknown option '--rolle'"],
    [['token', 'add', 'ana@example.org'], 'Nobody here has the address'],
    [['person', 'list', '--workspace', 'Elsewhere'], 'There is no workspace "Elsewhere"'],
    [['person', 'list', 'extra'], '"extra" is one word too many'],
    [['rooms', 'extra'], '"extra" is one word too many'],
    [['quarantine', 'extra'], '"extra" is one word too many'],
    [['export', 'room', 'folder', 'extra'], '"extra" is one word too many'],
    [['backup', 'folder', 'extra'], '"extra" is one word too many'],
    [['rooms', '--workspace', 'Elsewhere'], "Unknown option '--workspace'"],
    [['compact', '--retain', '-1'], '--retain must be a number of days, 0 or more'],
    [['compact', '--retain'], '--retain wants a value'],
    [['compact', '--retain', '--json'], '--retain wants a value'],
    [['person'], 'There is no command "person"'],
    [['--frobnicate'], 'Say what to do'],
  ])('says what is wrong with %j and ends with 2', async (args, words) => {
    const { code, out, notes } = await commandLine()(...args);
    expect(code).toBe(2);
    const said = args.includes('--json') ? out.join() : notes;
    expect(args.includes('--json') ? notes : out.join()).toBe('');
    expect(said).toContain(words);
    expect(said).toMatch(
      args.includes('--json') ? /^\{"error":\{"code":"usage"/ : /\nUsage: npm run admin --/,
    );
  });

  it('lets somebody in before the first start, by a link that works once', async () => {
    const dataDir = dataFolder();
    const run = commandLine(dataDir, { PUBLIC_URL: 'https://stoa.example.org' });
    const { code, out } = await run('person', 'add', 'Ana@Example.org', '--role', 'owner', '--name', 'Ana');
    expect(code).toBe(0);
    expect(out).toHaveLength(1);
    expect(out[0]).toMatch(/^https:\/\/stoa\.example\.org\/link#\S+$/);

    const { services } = await serverOn(dataDir);
    expect(await services.links.look(tokenIn(out[0]))).toMatchObject({ kind: 'signIn' });
    expect(await services.links.setUpToken()).toBeNull();
    expect((await run('person', 'list')).out).toEqual(['ana@example.org\towner\tactive']);
  });

  it('works while the server runs, which hears of it', async () => {
    const dataDir = dataFolder();
    const house = await serverOn(dataDir);
    const run = commandLine(dataDir);
    await run('person', 'add', 'ana@example.org', '--role', 'owner');
    const workspaceId = await house.db.write((tx) => house.services.links.firstWorkspace(tx));
    const before = await new Promise<number>((resolve) => house.changes.subscribe(workspaceId, resolve));
    const heard = new Promise<number>((resolve) =>
      house.changes.subscribe(workspaceId, (seq) => seq > before && resolve(seq)),
    );
    await run('person', 'add', 'ben@example.org', '--role', 'viewer');
    expect(await heard).toBeGreaterThan(before);
  });

  it('tells the sockets of somebody whose role it changed, in the server', async () => {
    const dataDir = dataFolder();
    const house = await serverOn(dataDir);
    const { out } = await commandLine(dataDir)(
      'person',
      'add',
      'ana@example.org',
      '--role',
      'editor',
      '--json',
    );
    const { personId } = JSON.parse(out[0] ?? '') as { personId: string };
    const told = new Promise((resolve) => house.services.people.onAccessChanged(resolve));
    house.queue.start();
    expect(await told).toBe(personId);
  });

  it('changes the role of somebody who is here, but leaves no workspace without an owner', async () => {
    const run = commandLine();
    await run('person', 'add', 'ana@example.org', '--role', 'owner');
    await run('person', 'add', 'ben@example.org', '--role', 'viewer');
    expect((await run('person', 'add', 'ben@example.org', '--role', 'editor')).code).toBe(0);
    const refused = await run('person', 'add', 'ana@example.org', '--role', 'viewer', '--json');
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.out[0] ?? '')).toMatchObject({ error: { code: 'last_owner' } });
    expect((await run('person', 'list', '--json')).out.map((line) => JSON.parse(line) as unknown)).toEqual([
      [
        expect.objectContaining({ email: 'ana@example.org', role: 'owner', active: true }),
        expect.objectContaining({ email: 'ben@example.org', role: 'editor', active: true }),
      ],
    ]);
  });

  it('makes another workspace, whose owner may have an account here already', async () => {
    const dataDir = dataFolder();
    const run = commandLine(dataDir);
    await run('person', 'add', 'ana@example.org', '--role', 'editor');
    const made = await run('workspace', 'add', 'Loja Sul', '--owner', 'ana@example.org', '--json');
    const { workspaceId, personId } = JSON.parse(made.out[0] ?? '') as Record<string, string>;
    expect((await run('workspace', 'list')).out.at(-1)).toBe(`${workspaceId}\tLoja Sul`);
    expect((await run('workspace', 'add', 'Loja Sul', '--owner', 'ana@example.org')).code).toBe(2);
    expect((await run('workspace', 'add', 'Outra')).notes).toContain('--owner');
    expect((await run('person', 'list')).notes).toContain('--workspace');
    expect((await run('person', 'list', '--workspace', 'Loja Sul')).out).toEqual([
      'ana@example.org\towner\tactive',
    ]);
    const { db } = await serverOn(dataDir);
    const memberships = await db.read
      .selectFrom('members')
      .select('workspace_id')
      .where('person_id', '=', personId ?? '')
      .execute();
    expect(memberships).toHaveLength(2);
    const feed = await db.read
      .selectFrom('changes')
      .select(['kind', 'record_id'])
      .where('workspace_id', '=', workspaceId ?? '')
      .execute();
    expect(feed).toContainEqual({ kind: 'workspace', record_id: workspaceId });
  });

  it('makes a token that acts as that person', async () => {
    const dataDir = dataFolder();
    const run = commandLine(dataDir);
    await run('person', 'add', 'ana@example.org', '--role', 'editor');
    const { out, notes } = await run('token', 'add', 'ana@example.org', '--name', 'nightly', '--days', '30');
    expect(out).toHaveLength(1);
    expect(notes).toContain('not shown again');
    const { services } = await serverOn(dataDir);
    expect(await services.tokens.holderOf(out[0] ?? '')).toMatchObject({ email: 'ana@example.org' });
    expect((await run('token', 'add', 'ana@example.org', '--days', '0')).code).toBe(2);
  });

  it('lists tokens without what they are, and removes one by its id or by itself', async () => {
    const run = commandLine();
    await run('person', 'add', 'ana@example.org', '--role', 'editor');
    expect((await run('token', 'list')).notes).toBe('There are no tokens.');
    const token =
      (await run('token', 'add', 'ana@example.org', '--name', 'nightly', '--days', '3')).out[0] ?? '';
    await run('token', 'add', 'ana@example.org', '--name', 'weekly');
    const listed = await run('token', 'list', '--json');
    expect(listed.out[0]).not.toContain(token.split('_')[2]);
    expect(JSON.parse(listed.out[0] ?? '')).toEqual([
      expect.objectContaining({
        name: 'weekly',
        expiresAt: null,
        lastUsedAt: null,
        email: 'ana@example.org',
      }),
      expect.objectContaining({ name: 'nightly', expiresAt: expect.any(String) as string }),
    ]);
    expect((await run('token', 'remove', token)).notes).toBe(
      'The token "nightly" of ana@example.org has ended.',
    );
    const again = await run('token', 'remove', token);
    expect([again.code, again.notes.includes(token)]).toEqual([2, false]);
    const [left] = (await run('token', 'list')).out;
    expect((await run('token', 'remove', left?.split('\t')[0] ?? '')).code).toBe(0);
    expect((await run('token', 'list')).out).toEqual([]);
  });

  it('deactivates and reactivates a person, on record, but never the last owner', async () => {
    const dataDir = dataFolder();
    const run = commandLine(dataDir);
    await run('person', 'add', 'ana@example.org', '--role', 'owner');
    await run('person', 'add', 'ben@example.org', '--role', 'editor');
    const refused = await run('person', 'deactivate', 'ana@example.org', '--json');
    expect(JSON.parse(refused.out[0] ?? '')).toMatchObject({ error: { code: 'last_owner' } });
    expect((await run('person', 'deactivate', 'ben@example.org')).code).toBe(0);
    expect((await run('person', 'list')).out).toContain('ben@example.org\teditor\tdeactivated');
    expect((await run('person', 'deactivate', 'ben@example.org')).code).toBe(1);
    expect((await run('person', 'reactivate', 'ben@example.org')).code).toBe(0);
    expect((await run('person', 'list')).out).toContain('ben@example.org\teditor\tactive');
    const { db } = await serverOn(dataDir);
    const receipts = await db.read.selectFrom('receipts').select(['name', 'actor_id']).execute();
    for (const name of ['people.deactivate', 'people.reactivate'])
      expect(receipts).toContainEqual({ name, actor_id: 'system' });
  });

  it('makes a reset link, on record', async () => {
    const dataDir = dataFolder();
    const run = commandLine(dataDir);
    await run('person', 'add', 'ana@example.org', '--role', 'editor');
    const { out } = await run('reset', 'ana@example.org', '--json');
    const { link } = JSON.parse(out[0] ?? '') as { link: string };
    const { services, db } = await serverOn(dataDir);
    expect(await services.links.look(tokenIn(link))).toMatchObject({ kind: 'reset' });
    const receipts = await db.read.selectFrom('receipts').select(['name', 'actor_id']).execute();
    expect(receipts).toContainEqual({ name: 'people.makeResetLink', actor_id: 'system' });
  });

  it('imports files, names their rooms, lists what was not kept, and leaves out what cannot be read', async () => {
    const dataDir = dataFolder();
    const files = dataFolder();
    const file = (name: string, content: string | Uint8Array) => {
      writeFileSync(join(files, name), content);
      return join(files, name);
    };
    const good = file(
      'good.md',
      '---\ntitle: Returns\nlanguage: en\n---\n\n# Returns\n\nThirty days. <b>Really</b>.\n',
    );
    const bad = [
      file(
        'binary.md',
        Uint8Array.from({ length: 4_000 }, (_, index) => (index * 31) % 256),
      ),
      file('latin.md', Uint8Array.from([0x23, 0x20, 0x41, 0xe7, 0xe3, 0x6f, 0x0a])),
      file('front.md', '---\ntitle: [unfinished\n---\nText\n'),
      file('huge.md', 'word '.repeat(600_000)),
      join(files, 'absent.md'),
    ];
    const run = commandLine(dataDir);
    const { code, out, notes } = await run('import', good, ...bad);
    expect(code).toBe(1);
    expect(out).toEqual([expect.stringMatching(/^document\/[0-9a-f-]{36}$/)]);
    expect(notes).toContain('"Returns"');
    expect(notes).toContain(`not kept as it was: ${lossName('html', 'en')}, line 8`);
    for (const path of bad) expect(notes).toContain(`${path}: `);
    expect(notes).toContain('The file is 3 MB; the limit is 1.5 MB.');

    const again = await run('import', ...bad.slice(1, 2), '--encoding', 'windows-1252', '--json');
    expect(again.code).toBe(0);
    expect(JSON.parse(again.out[0] ?? '')).toMatchObject({
      imported: [{ title: 'A\u00e7\u00e3o' }],
      refused: [],
    });
    expect((await run('import')).code).toBe(2);

    const house = await serverOn(dataDir);
    const titles = await house.db.read.selectFrom('documents').select('title').orderBy('title').execute();
    expect(titles.map(({ title }) => title)).toEqual(['A\u00e7\u00e3o', 'Returns']);
  });

  it('gives what it imports to the first owner, or to whoever is named, and keeps the operator on record', async () => {
    const dataDir = dataFolder();
    const run = commandLine(dataDir);
    const file = join(dataFolder(), 'rules.md');
    writeFileSync(file, '# Rules\n');
    expect((await run('import', file)).notes).not.toContain('belong');
    await run('person', 'add', 'zoe@example.org', '--role', 'owner');
    await run('person', 'add', 'ana@example.org', '--role', 'owner');
    await run('person', 'add', 'ben@example.org', '--role', 'editor');
    expect((await run('import', file)).notes).toContain('They belong to zoe@example.org.');
    expect((await run('import', file, '--owner', 'Ben@example.org')).code).toBe(0);
    expect((await run('import', file, '--owner', 'nobody@example.org')).code).toBe(2);
    const { db } = await serverOn(dataDir);
    const owners = await db.read
      .selectFrom('documents')
      .leftJoin('users', 'users.id', 'documents.created_by')
      .select('users.email')
      .orderBy('documents.id')
      .execute();
    expect(owners.map(({ email }) => email)).toEqual([null, 'zoe@example.org', 'ben@example.org']);
    const receipts = await db.read.selectFrom('receipts').select(['name', 'actor_id']).execute();
    const imports = receipts.filter(({ name }) => name === 'documents.import');
    expect(imports.map(({ actor_id }) => actor_id)).toEqual(['system', 'system', 'system']);
  });

  it('says of a file that it is here already, and leaves it out when asked to', async () => {
    const run = commandLine();
    const files = dataFolder();
    const path = (name: string, text: string) => {
      writeFileSync(join(files, name), text);
      return join(files, name);
    };
    const returns = path('returns.md', '# Returns\n\nThirty days.\n');
    const first = await run('import', returns);
    expect(first.notes).not.toContain('warning');

    // On another system's line ends, and under another name: the text decides.
    const copy = path('copy.md', '# Returns\r\n\r\nThirty days.\r\n');
    const skipped = await run('import', copy, '--skip-same');
    expect([skipped.code, skipped.out]).toEqual([0, []]);
    expect(skipped.notes).toContain(`left out, imported before as "Returns" (${first.out[0]})`);

    const again = await run('import', copy);
    expect([again.code, again.out.length]).toEqual([0, 1]);
    expect(again.notes).toContain(`warning: this file was imported before as "Returns" (${first.out[0]})`);

    const other = path('other.md', '# Returns\n\nSeven days.\n');
    const named = await run('import', other, '--skip-same', '--json');
    expect(JSON.parse(named.out[0] ?? '')).toMatchObject({
      imported: [{ title: 'Returns', twin: { title: 'Returns', same: false } }],
      skipped: [],
    });
  });

  it.skipIf(!process.env['TEST_DATA_DIR'])(
    'imports every real policy (skipped without TEST_DATA_DIR)',
    async () => {
      const policies = join(process.env['TEST_DATA_DIR'] ?? '', 'policies');
      const files = readdirSync(policies, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.md'))
        .map((name) => join(policies, name));
      const { code, out } = await commandLine()('import', ...files, '--json');
      expect(code).toBe(0);
      const { imported } = JSON.parse(out[0] ?? '') as { imported: { room: string }[] };
      expect(new Set(imported.map(({ room }) => room)).size).toBe(files.length);
    },
  );

  it('says in one sentence why it cannot start', async () => {
    const { code, out, notes } = await commandLine('/dev/null/data')('person', 'list');
    expect({ code, out }).toEqual({ code: 1, out: [] });
    expect(notes).toContain('/dev/null/data');
    const wrong = await commandLine(dataFolder(), { PORT: 'many' })('person', 'list', '--json');
    expect(JSON.parse(wrong.out[0] ?? '')).toMatchObject({ error: { code: 'cannot_start' } });
  });
});
