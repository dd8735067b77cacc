/** People and access on both databases: links, roles, grants, tokens, sessions, and what stays on record. */
import { beforeEach, expect, it } from 'vitest';
import { errorCodeOf } from '#domain/errors.ts';
import type { DocumentId, GrantId, WorkspaceId } from '#domain/ids.ts';
import { day, hour, instant, minute } from '#domain/time.ts';
import type { StoredRecord } from '#domain/records.ts';
import { recordPageLimit } from '#domain/workspaces/history.ts';
import type { RecordPage } from '#server/workspaces/history.ts';
import { createLinks } from '#server/workspaces/links.ts';
import { invitationsListedLimit } from '#server/workspaces/service.ts';
import { tokensLimit } from '#server/workspaces/tokens.ts';
import { cookieOf, openPeopleHouse, password, visitor } from '../people-house.ts';
import type { PeopleHouse } from '../people-house.ts';
import { describeOnEachDatabase } from './each-database.ts';

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => {
      const code = errorCodeOf(error);
      if (!code) throw error;
      return code;
    },
  );
const valueOf = (records: readonly StoredRecord[], kind: StoredRecord['kind']) =>
  records.find((record) => record.kind === kind)?.value;

describeOnEachDatabase('people and access', (open) => {
  let house: PeopleHouse;
  beforeEach(async () => {
    house = await openPeopleHouse(await open());
  });

  const join = (token: string, email: string) =>
    house.links.redeem({ token, name: 'Ana', email, password }, null, visitor);

  it('gives the set-up link until somebody is here, and one link at every start', async () => {
    const fresh = await open();
    const second = await openPeopleHouse(fresh);
    expect(second.setUpToken).toHaveLength(64);
    expect(await second.links.setUpToken()).toBeNull();
    expect(await codeOf(second.links.look(second.setUpToken))).toBe('already_set_up');
  });

  it('gives it while only others than an owner were let in, and it makes the owner then', async () => {
    const fresh = await openPeopleHouse(await open());
    await fresh.db.write(async (tx) => {
      await tx.deleteFrom('grants').execute();
      await tx.deleteFrom('members').execute();
    });
    const token = (await fresh.links.setUpToken()) ?? '';
    const zoe = { email: 'zoe@example.org', name: 'Zoe', role: 'editor' as const };
    await fresh.people.addPerson(fresh.workspaceId, zoe);
    expect(await fresh.links.setUpToken()).toBe(token);
    expect(await fresh.links.look(token)).toMatchObject({ kind: 'setup' });
    await fresh.people.addPerson(fresh.workspaceId, { ...zoe, role: 'owner' });
    expect(await fresh.links.setUpToken()).toBeNull();
    expect(await codeOf(fresh.links.look(token))).toBe('already_set_up');
  });

  it('makes one owner when two claim the set-up link at the same moment', async () => {
    await house.db.write(async (tx) => {
      await tx.deleteFrom('grants').execute();
      await tx.deleteFrom('members').execute();
    });
    const token = (await house.links.setUpToken()) ?? '';
    expect(await house.links.setUpToken()).toBe(token);
    const claim = (name: string) =>
      codeOf(house.links.redeem({ token, name, email: `${name}@example.org`, password }, null, visitor));
    const outcomes = await Promise.all([claim('one'), claim('two'), claim('three')]);
    expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'already_set_up')).toHaveLength(2);
    const left = await house.db.read.selectFrom('users').select('email').execute();
    // Whoever lost leaves no account behind.
    expect(left.filter(({ email }) => /^(one|two|three)@/.test(email))).toHaveLength(1);
  });

  it('takes an invitation once, also when two people open it at the same moment', async () => {
    const { token } = await house.invite(house.ownerId);
    expect(await house.links.look(token)).toMatchObject({
      kind: 'invite',
      role: 'editor',
      scope: 'workspace',
    });
    const outcomes = await Promise.all([
      codeOf(join(token, 'ana@example.org')),
      codeOf(join(token, 'bia@example.org')),
    ]);
    expect(outcomes.sort()).toEqual(['done', 'link_used']);
    expect(await codeOf(house.links.look(token))).toBe('link_used');
  });

  it('signs in whoever redeems an invitation, with the role it gives', async () => {
    const { token } = await house.invite(house.ownerId, { role: 'commenter' });
    const { cookies, workspaceId } = await join(token, 'Ana@Example.org');
    const { account } = await house.accounts.identify(cookieOf(cookies));
    expect(account).toMatchObject({ name: 'Ana', email: 'ana@example.org', via: 'session' });
    const actor = await house.accounts.actorIn(account, workspaceId);
    expect(actor.grants).toEqual([{ scope: { kind: 'workspace' }, role: 'commenter', endsAt: null }]);
  });

  it('refuses expired, revoked and invented links, each with its code', async () => {
    const expiring = await house.invite(house.ownerId, { expiresInDays: 1 });
    const revoked = await house.invite(house.ownerId);
    const revoke = { invitationId: revoked.invitationId as never };
    await house.people.revokeInvitation(
      await house.received(house.ownerId, 'people.revokeInvitation', revoke),
    );
    expect(await codeOf(join(revoked.token, 'ana@example.org'))).toBe('link_expired');
    house.skip(day + minute);
    expect(await codeOf(join(expiring.token, 'ana@example.org'))).toBe('link_expired');
    expect(await codeOf(house.links.look('../../etc/passwd'))).toBe('link_unknown');
    expect(await codeOf(house.links.look('A'.repeat(64)))).toBe('link_unknown');
    // The right id with a wrong secret.
    const forged = `${expiring.token.slice(0, 40)}${'A'.repeat(24)}`;
    expect(await codeOf(house.links.look(forged))).toBe('link_unknown');
  });

  it('asks for a password worth the name and an address nobody has', async () => {
    const { token } = await house.invite(house.ownerId);
    const wish = { token, name: 'Ana', email: 'ana@example.org' };
    const redeem = (more: object) => codeOf(house.links.redeem({ ...wish, ...more }, null, visitor));
    expect(await redeem({ password: 'short' })).toBe('weak_password');
    expect(await redeem({ password: 'ANA@example.org' })).toBe('weak_password');
    expect(await redeem({})).toBe('bad_input');
    expect(await redeem({ email: 'OLGA@example.org', password })).toBe('email_taken');
    expect(await redeem({ password })).toBe('done');
  });

  it('lets somebody who is signed in take an invitation with the account they have', async () => {
    const viewer = await house.add('viewer');
    const { account } = await house.accounts.identify(
      cookieOf(await house.accounts.openSession(viewer, visitor)),
    );
    const { token } = await house.invite(house.ownerId, { role: 'editor' });
    const { personId, cookies } = await house.links.redeem({ token }, account, visitor);
    expect(personId).toBe(viewer);
    expect(cookies).toEqual([]);
    expect((await house.actorOf(viewer)).grants).toMatchObject([{ role: 'editor' }]);
  });

  it('invites a specialist to one document until a day', async () => {
    const id = house.newId<DocumentId>();
    house.documents.add(id);
    const editor = await house.add('editor');
    const endsAt = instant(Date.now() + 2 * day);
    const scope = { kind: 'document', id } as const;
    const { token } = await house.invite(editor, { role: 'commenter', scope, endsAt });
    const { personId } = await join(token, 'guest@example.org');
    const guest = await house.actorOf(personId);
    expect(guest.grants).toEqual([{ scope, role: 'commenter', endsAt }]);
    const seen = await house.loaders.person(house.db.read, guest, [house.ownerId, personId]);
    expect(seen.get(house.ownerId)).toMatchObject({ name: 'Olga', email: null, role: 'owner' });
    expect(seen.get(personId)).toMatchObject({ email: 'guest@example.org', role: null });

    const told: string[] = [];
    house.people.onAccessChanged((who) => void told.push(who));
    house.queue.start();
    await house.queue.idle();
    // What the command line did to others is told at once; the guest only when their time is over.
    expect(told).not.toContain(personId);
    house.skip(2 * day + minute);
    house.queue.wake();
    await house.queue.idle();
    expect(told).toContain(personId);
    expect(await codeOf(house.actorOf(personId))).toBe('not_allowed');
    await house.queue.stop();
  });

  it('does not let an editor give more than they hold, or invite to the whole workspace', async () => {
    const editor = await house.add('editor');
    expect(await codeOf(house.invite(editor))).toBe('not_allowed');
    const id = house.newId<DocumentId>();
    house.documents.add(id);
    const scope = { kind: 'document', id } as const;
    expect(await codeOf(house.invite(editor, { scope, role: 'owner' }))).toBe('not_allowed');
    const viewer = await house.add('viewer');
    const give = (by: typeof editor, role: 'owner' | 'editor') =>
      house
        .received(by, 'grants.give', {
          grantId: house.newId<GrantId>(),
          personId: viewer,
          scope,
          role,
          endsAt: null,
        })
        .then((command) => codeOf(house.people.giveGrant(command)));
    expect(await give(viewer, 'editor')).toBe('not_allowed');
    expect(await give(editor, 'owner')).toBe('not_allowed');
    expect(await give(editor, 'editor')).toBe('done');
  });

  it('never loses its last owner: not by leaving, demotion or deactivation', async () => {
    const { ownerId } = house;
    const demote = async (by: typeof ownerId, personId: typeof ownerId) =>
      codeOf(
        house.people.changeRole(
          await house.received(by, 'people.changeRole', { personId, role: 'editor', endsAt: null }),
        ),
      );
    const leave = async (by: typeof ownerId) =>
      codeOf(house.people.leave(await house.received(by, 'people.leave', {})));
    const deactivate = async (by: typeof ownerId, personId: typeof ownerId) =>
      codeOf(house.people.deactivate(await house.received(by, 'people.deactivate', { personId })));
    expect(await demote(ownerId, ownerId)).toBe('last_owner');
    expect(await leave(ownerId)).toBe('last_owner');
    expect(await deactivate(ownerId, ownerId)).toBe('last_owner');

    const other = await house.add('owner');
    // Both still owners when their commands come in.
    const [one, two] = await Promise.all([
      house.received(ownerId, 'people.changeRole', { personId: other, role: 'editor', endsAt: null }),
      house.received(other, 'people.changeRole', { personId: ownerId, role: 'editor', endsAt: null }),
    ]);
    const race = await Promise.all([
      codeOf(house.people.changeRole(one)),
      codeOf(house.people.changeRole(two)),
    ]);
    expect(race.sort()).toEqual(['done', 'last_owner']);
  });

  it('lets everybody change their own name, which is then new everywhere at once and stays on record', async () => {
    const viewer = await house.add('viewer');
    const rename = await house.received(viewer, 'people.rename', { name: 'Ana Prado' });
    const answer = await house.people.renamePerson(rename);
    expect(valueOf(answer.records, 'person')).toMatchObject({
      id: viewer,
      name: 'Ana Prado',
      role: 'viewer',
    });
    expect(await house.people.renamePerson(rename)).toEqual(answer);
    expect((await house.actorOf(viewer)).name).toBe('Ana Prado');
    const { account } = await house.accounts.identify(
      cookieOf(await house.accounts.openSession(viewer, visitor)),
    );
    expect(account).toMatchObject({ personId: viewer, name: 'Ana Prado' });
    const feed = await house.loaders.person(house.db.read, await house.actorOf(house.ownerId), [viewer]);
    expect(feed.get(viewer)).toMatchObject({ name: 'Ana Prado' });
    const { acts } = await house.history.page(await house.actorOf(house.ownerId), null);
    expect(acts[0]).toMatchObject({ name: 'people.rename', by: viewer, byName: 'Ana Prado' });
  });

  it('tells every workspace of a person their new name, and no script may change it', async () => {
    const viewer = await house.add('viewer');
    const elsewhere = house.newId<WorkspaceId>();
    const at = house.now();
    await house.db.write(async (tx) => {
      await tx
        .insertInto('workspaces')
        .values({ id: elsewhere, name: 'Feira', created_at: at, feed_seq: 0, feed_epoch: 'first' })
        .execute();
      await tx
        .insertInto('members')
        .values({
          workspace_id: elsewhere,
          person_id: viewer,
          joined_at: at,
          invited_by: null,
          deactivated_at: null,
        })
        .execute();
    });
    const seqOf = async () =>
      (
        await house.db.read
          .selectFrom('changes')
          .select('seq')
          .where('workspace_id', '=', elsewhere)
          .where('record_id', '=', viewer)
          .executeTakeFirst()
      )?.seq;
    expect(await seqOf()).toBeUndefined();
    const rename = await house.received(viewer, 'people.rename', { name: 'Ana Prado' });
    await house.people.renamePerson(rename);
    expect(await seqOf()).toBe(1);
    const byScript = await house.received(viewer, 'people.rename', { name: 'A script' });
    const actor = { ...(await house.actorOf(viewer)), via: 'token' } as const;
    expect(await codeOf(house.people.renamePerson({ ...byScript, actor }))).toBe('not_allowed');
  });

  it('hands ownership over in one step', async () => {
    const editor = await house.add('editor');
    const answer = await house.people.transferOwnership(
      await house.received(house.ownerId, 'people.transferOwnership', { personId: editor }),
    );
    expect(answer.records.filter(({ kind }) => kind === 'person').map(({ value }) => value)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ id: editor, role: 'owner' }),
        expect.objectContaining({ id: house.ownerId, role: 'editor' }),
      ]),
    );
  });

  it('ends sessions and tokens at once when a person is deactivated, and says so to their sockets', async () => {
    const editor = await house.add('editor');
    const cookies = cookieOf(await house.accounts.openSession(editor, visitor));
    const { token } = await house.tokens.add(await house.actorOf(editor), {
      name: 'script',
      expiresAt: null,
    });
    const shown = { ...visitor, token };
    expect((await house.accounts.identify(shown)).account).toMatchObject({ via: 'token', personId: editor });
    const told: string[] = [];
    house.people.onAccessChanged((personId) => void told.push(personId));
    const answer = await house.people.deactivate(
      await house.received(house.ownerId, 'people.deactivate', { personId: editor }),
    );
    expect(valueOf(answer.records, 'person')).toMatchObject({ id: editor, active: false });
    expect(told).toEqual([editor]);
    expect((await house.accounts.identify(cookies)).account).toBeNull();
    expect((await house.accounts.identify(shown)).account).toBeNull();
    expect(await codeOf(house.actorOf(editor))).toBe('person_deactivated');
    await house.people.reactivate(
      await house.received(house.ownerId, 'people.reactivate', { personId: editor }),
    );
    expect((await house.actorOf(editor)).grants).toHaveLength(1);
  });

  it('signs in with the right password only, and tells nobody which half was wrong', async () => {
    const signIn = (email: string, given: string) =>
      codeOf(house.accounts.signIn({ email, password: given }, visitor));
    expect(await signIn('olga@example.org', password)).toBe('done');
    expect(await signIn('olga@example.org', 'an old stone brigde')).toBe('wrong_credentials');
    expect(await signIn('nobody@example.org', password)).toBe('wrong_credentials');
    const added = await house.add('viewer');
    // No password yet: only a link lets them in.
    expect(await signIn('viewer1@example.org', '')).toBe('wrong_credentials');
    const link = await house.links.createSignInToken(house.workspaceId, added);
    const { personId } = await house.links.redeem({ token: link, password }, null, visitor);
    expect(personId).toBe(added);
    expect(await signIn('viewer1@example.org', password)).toBe('done');
    expect(await codeOf(house.links.redeem({ token: link }, null, visitor))).toBe('link_used');
  });

  it('resets a password by an owner’s link, which ends every older session', async () => {
    const editor = await house.add('editor');
    const cookies = cookieOf(await house.accounts.openSession(editor, visitor));
    expect(await codeOf(house.people.resetLink(await house.actorOf(editor), house.ownerId))).toBe(
      'not_allowed',
    );
    const { link } = await house.people.resetLink(await house.actorOf(house.ownerId), editor);
    const token = link.split('#')[1] ?? '';
    expect(await codeOf(house.links.redeem({ token }, null, visitor))).toBe('bad_input');
    await house.links.redeem({ token, password: 'a brand new bridge' }, null, visitor);
    expect((await house.accounts.identify(cookies)).account).toBeNull();
  });

  it('changes a password against the old one, ending the other sessions', async () => {
    const session = async () => cookieOf(await house.accounts.openSession(house.ownerId, visitor));
    const here = await session();
    const elsewhere = await session();
    const { account } = await house.accounts.identify(here);
    const change = (current: string, next: string) =>
      house.accounts.changePassword(account, { current, next }, here);
    expect(await codeOf(change('wrong password', 'a brand new bridge'))).toBe('wrong_credentials');
    expect(await codeOf(change(password, 'short'))).toBe('weak_password');
    const cookies = await change(password, 'a brand new bridge');
    expect((await house.accounts.identify(elsewhere)).account).toBeNull();
    expect((await house.accounts.identify(cookieOf(cookies))).account).toMatchObject({ name: 'Olga' });
  });

  it('takes a first password without a current one, once and through a session only', async () => {
    const added = await house.add('editor');
    const session = async () => cookieOf(await house.accounts.openSession(added, visitor));
    const here = await session();
    const elsewhere = await session();
    const { account } = await house.accounts.identify(here);
    const set = (who: typeof account, next: string) =>
      codeOf(house.accounts.changePassword(who, { current: null, next }, here));
    expect(await set(null, 'a brand new bridge')).toBe('not_signed_in');
    expect(account && (await set({ ...account, sessionId: null, via: 'token' }, 'a brand new bridge'))).toBe(
      'not_allowed',
    );
    expect(await set(account, 'short')).toBe('weak_password');
    expect(account && (await house.accounts.facts(account)).hasPassword).toBe(false);
    const both = await Promise.all([
      set(account, 'a brand new bridge'),
      set(account, 'a brand other bridge'),
    ]);
    expect(both.sort()).toEqual(['done', 'wrong_credentials']);
    expect(await set(account, 'another new bridge')).toBe('wrong_credentials');
    expect((await house.accounts.identify(here)).account).toMatchObject({ personId: added });
    expect(account && (await house.accounts.facts(account)).hasPassword).toBe(true);
    expect((await house.accounts.identify(elsewhere)).account).toBeNull();
  });

  it('lists one’s own sessions and ends another one', async () => {
    const session = async () => cookieOf(await house.accounts.openSession(house.ownerId, visitor));
    const here = await session();
    const there = await session();
    const { account } = await house.accounts.identify(here);
    const listed = await house.accounts.listSessions(account);
    expect(listed.filter(({ isThis }) => isThis)).toHaveLength(1);
    expect(listed[0]?.device).toBe('a browser');
    const { account: other } = await house.accounts.identify(there);
    const told: string[] = [];
    house.people.onAccessChanged((personId) => void told.push(personId));
    await house.accounts.revokeSession(account, other?.sessionId ?? '');
    expect(told).toEqual([house.ownerId]);
    expect((await house.accounts.identify(there)).account).toBeNull();
    const stranger = await house.add('viewer');
    const { account: strange } = await house.accounts.identify(
      cookieOf(await house.accounts.openSession(stranger, visitor)),
    );
    expect(await codeOf(house.accounts.revokeSession(strange, account?.sessionId ?? ''))).toBe('not_found');
    told.length = 0;
    await house.accounts.signOut(here);
    expect(told).toEqual([house.ownerId]);
    expect((await house.accounts.identify(here)).account).toBeNull();
  });

  it('keeps tokens to one workspace, to their time and to their number', async () => {
    const actor = await house.actorOf(house.ownerId);
    const expiresAt = instant(Date.now() + hour);
    const { token } = await house.tokens.add(actor, { name: 'nightly', expiresAt });
    expect(token).toMatch(/^stoa_[0-9a-f-]{36}_[A-Za-z0-9_-]{43}$/);
    const { account } = await house.accounts.identify({ ...visitor, token });
    const elsewhere = house.newId<typeof house.workspaceId>();
    expect(await codeOf(house.accounts.actorIn(account, elsewhere))).toBe('not_allowed');
    expect(await codeOf(house.accounts.listSessions(account))).toBe('not_allowed');
    const byToken = await house.accounts.actorIn(account, house.workspaceId);
    expect(await codeOf(house.tokens.list(byToken))).toBe('not_allowed');
    const stored = await house.db.read.selectFrom('access_tokens').selectAll().execute();
    expect(JSON.stringify(stored)).not.toContain(token.slice(-43));
    const wrong = token.at(-2) === 'A' ? 'B' : 'A';
    const forged = `${token.slice(0, -2)}${wrong}${token.slice(-1)}`;
    expect((await house.accounts.identify({ ...visitor, token: forged })).account).toBeNull();
    house.skip(2 * hour);
    expect((await house.accounts.identify({ ...visitor, token })).account).toBeNull();
    for (let made = 1; made < tokensLimit; made += 1)
      await house.tokens.add(actor, { name: `script ${made}`, expiresAt: null });
    expect(await codeOf(house.tokens.add(actor, { name: 'one too many', expiresAt: null }))).toBe(
      'too_large',
    );
  });

  it('keeps on record who let whom in, for owners to read', async () => {
    const { token } = await house.invite(house.ownerId, { role: 'viewer', email: 'ana@example.org' });
    const { personId } = await join(token, 'ana@example.org');
    await house.people.changeRole(
      await house.received(house.ownerId, 'people.changeRole', { personId, role: 'editor', endsAt: null }),
    );
    const { acts } = await house.history.page(await house.actorOf(house.ownerId), null);
    const told = acts.map(({ name, byName, personName, role }) => ({ name, byName, personName, role }));
    expect(told).toEqual([
      { name: 'people.changeRole', byName: 'Olga', personName: 'Ana', role: 'editor' },
      { name: 'people.join', byName: 'Ana', personName: 'Ana', role: null },
      { name: 'people.invite', byName: 'Olga', personName: null, role: 'viewer' },
      { name: 'workspaces.setUp', byName: 'Olga', personName: 'Olga', role: null },
    ]);
    expect(await codeOf(house.history.page(await house.actorOf(personId), null))).toBe('not_allowed');
  });

  it('turns the pages of the record without losing an act or telling one twice', async () => {
    const owner = await house.actorOf(house.ownerId);
    const receipt = await house.db.read.selectFrom('receipts').selectAll().executeTakeFirstOrThrow();
    const total = recordPageLimit + 50;
    // Three acts a millisecond, so that the end of a page falls among equals.
    const rows = Array.from({ length: total }, (_, index) => ({
      ...receipt,
      command_id: `act-${index}`,
      name: 'people.invite',
      recorded_at: instant(Date.now() + Math.floor(index / 3)),
    }));
    await house.db.write((tx) => tx.insertInto('receipts').values(rows).execute());
    const ids: string[] = [];
    let before: number | null = null;
    do {
      const page: RecordPage = await house.history.page(owner, before);
      expect(page.acts.length).toBeLessThanOrEqual(recordPageLimit);
      ids.push(...page.acts.map(({ commandId }) => commandId));
      before = page.before;
    } while (before !== null);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => id.startsWith('act-'))).toHaveLength(total);
  });

  it('lists a bounded number of invitations, and lets older ones be revoked all the same', async () => {
    const first = await house.invite(house.ownerId);
    await house.db.write(async (tx) => {
      for (let made = 0; made < invitationsListedLimit; made += 1)
        await house.links.create(tx, {
          workspaceId: house.workspaceId,
          kind: 'invite',
          expiresAt: instant(Date.now() + day),
          role: 'viewer',
        });
    });
    const listed = await house.people.invitations(await house.actorOf(house.ownerId));
    expect(listed).toHaveLength(invitationsListedLimit);
    expect(listed.map(({ id }) => id)).not.toContain(first.invitationId);
    const revoke = { invitationId: first.invitationId as never };
    await house.people.revokeInvitation(
      await house.received(house.ownerId, 'people.revokeInvitation', revoke),
    );
    expect(await codeOf(house.links.look(first.token))).toBe('link_expired');
  });

  it('stores no link token and no password in clear', async () => {
    const { token } = await house.invite(house.ownerId);
    await join(token, 'ana@example.org');
    const tables = ['links', 'receipts', 'credentials', 'users'] as const;
    for (const table of tables) {
      const text = JSON.stringify(await house.db.read.selectFrom(table).selectAll().execute());
      expect(text).not.toContain(token.slice(24));
      expect(text).not.toContain(password);
    }
  });

  it('shows an invitation again, but not with another secret', async () => {
    await house.invite(house.ownerId);
    const row = await house.db.read
      .selectFrom('links')
      .selectAll()
      .where('kind', '=', 'invite')
      .executeTakeFirstOrThrow();
    expect(house.links.tokenAgain(row)).toHaveLength(64);
    const other = createLinks({
      ...house,
      commands: null as never,
      secrets: { derive: () => Buffer.alloc(32) },
    });
    expect(other.tokenAgain(row)).toBeNull();
  });
});
