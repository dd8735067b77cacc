/**
 * What happens to people and access: invitations, roles, grants, leaving. Every change is a command with a
 * receipt, so that who did it stays on record; whoever is concerned reads the change feed anew.
 */
import { can } from '#domain/access.ts';
import type { Action, Actor, PersonActor, Resource, SystemActor } from '#domain/access.ts';
import { DomainError } from '#domain/errors.ts';
import type { CommandId, PersonId, WorkspaceId } from '#domain/ids.ts';
import type { CommandAnswer, RecordPatch } from '#domain/records.ts';
import { day } from '#domain/time.ts';
import type { Instant } from '#domain/time.ts';
import type { CommandInput, GuestScope } from '#domain/workspaces/commands.ts';
import { requireGivable, requireOwnerBesides, rolesAfterTransfer } from '#domain/workspaces/rules.ts';
import type { Queue } from '../jobs/queue.ts';
import type { Changes } from '../storage/changes.ts';
import type { Database, ReadHandle, Tx } from '../storage/database.ts';
import type { Commands, Decision, ReceivedCommand } from '../storage/receipts.ts';
import type { AccessBell, AccessListener } from './bell.ts';
import { endOfGrantJob, grantsEndedKind } from './grant-ends.ts';
import { findLink, listOpenLinks, revokeLink } from './link-store.ts';
import { linkPath } from './links.ts';
import type { Links } from './links.ts';
import { grantPatch, mayShare, personPatches, workspacePatches } from './records.ts';
import type { Scopes } from './records.ts';
import * as store from './store.ts';

/** The job that tells a person's open sockets what another process changed. */
const accessChangedKind = 'people.accessChanged';

/** Open invitations of one workspace that are listed; older ones still work. */
export const invitationsListedLimit = 200;

export interface Invitation {
  id: string;
  role: string;
  scope: { kind: 'workspace' } | GuestScope;
  email: string | null;
  grantEndsAt: Instant | null;
  createdBy: string | null;
  createdAt: Instant;
  expiresAt: Instant | null;
  /** Path and fragment, to be put behind the server's address; null when the server's secret has changed. */
  link: string | null;
}

export interface PeopleParts {
  db: Database;
  changes: Changes;
  commands: Commands;
  queue: Queue;
  links: Links;
  scopes: Scopes;
  bell: AccessBell;
  now: () => Instant;
  newId: () => string;
}

export function createPeople(parts: PeopleParts) {
  const { db, changes, commands, queue, links, scopes, bell, now, newId } = parts;

  const onWorkspace = (workspaceId: WorkspaceId): Resource => ({ kind: 'workspace', workspaceId });

  function personOf(command: ReceivedCommand<unknown>, action?: Action): PersonActor {
    if (command.actor.kind !== 'person') throw new DomainError('not_allowed');
    if (action && !can(command.actor, action, onWorkspace(command.workspaceId)))
      throw new DomainError('not_allowed');
    return command.actor;
  }

  /** An owner, or the operator on the command line. */
  function requireManager({ actor, workspaceId }: ReceivedCommand<unknown>): void {
    if (!can(actor, 'people.manage', onWorkspace(workspaceId))) throw new DomainError('not_allowed');
  }

  async function activeMember(
    tx: ReadHandle,
    workspaceId: string,
    personId: string,
  ): Promise<store.StoredMember> {
    const member = await store.findMember(tx, workspaceId, personId);
    if (!member) throw new DomainError('not_found');
    if (!member.active) throw new DomainError('person_deactivated');
    return member;
  }

  async function workspaceGrant(
    tx: Tx,
    workspaceId: string,
    given: {
      personId: PersonId;
      role: CommandInput<'people.changeRole'>['role'];
      endsAt: Instant | null;
      by: PersonId;
      at: Instant;
    },
  ): Promise<Decision & { records: RecordPatch[] }> {
    const grant = await store.putGrant(tx, workspaceId, {
      id: newId(),
      personId: given.personId,
      scope: { kind: 'workspace' },
      role: given.role,
      endsAt: given.endsAt,
      grantedBy: given.by,
      grantedAt: given.at,
    });
    return { records: [grantPatch(grant)], jobs: endOfGrantJob(workspaceId, grant, given.at) };
  }

  const rename = (command: ReceivedCommand<CommandInput<'workspaces.rename'>>): Promise<CommandAnswer> =>
    commands.decide(command, async (tx, { workspaceId, input }) => {
      personOf(command, 'workspace.manage');
      await store.renameWorkspace(tx, workspaceId, input.name);
      return {
        records: [{ kind: 'workspace', id: workspaceId, value: { id: workspaceId, name: input.name } }],
      };
    });

  /** One's own name. An account has one name, so every workspace the person belongs to is told. */
  const renamePerson = async (
    command: ReceivedCommand<CommandInput<'people.rename'>>,
  ): Promise<CommandAnswer> => {
    const told: { workspaceId: string; seq: number }[] = [];
    const answer = await commands.decide(command, async (tx, { workspaceId, input }) => {
      const { personId } = personOf(command, 'account.own');
      const memberships = await store.listMemberships(tx, personId);
      // In one order: two people renamed at once in two workspaces would else wait for each other.
      const places = memberships.map(({ id }) => id).sort();
      for (const id of places) await changes.lock(tx, id);
      await store.renameUser(tx, personId, input.name, command.now);
      for (const id of places.filter((one) => one !== workspaceId)) {
        const people = await personPatches(tx, id, [personId], command.now);
        told.push({ workspaceId: id, seq: (await changes.record(tx, id, people)).seq });
      }
      return { records: await personPatches(tx, workspaceId, [personId], command.now) };
    });
    for (const { workspaceId, seq } of told) changes.announce(workspaceId, seq);
    return answer;
  };

  const invite = (command: ReceivedCommand<CommandInput<'people.invite'>>): Promise<CommandAnswer> =>
    commands.decide(command, async (tx, { workspaceId, input }) => {
      const actor = personOf(command);
      const resource =
        input.scope.kind === 'workspace'
          ? onWorkspace(workspaceId)
          : await scopes.resourceOf(tx, workspaceId, input.scope);
      if (resource === null) throw new DomainError('not_found');
      const isAllowed =
        resource.kind === 'workspace' ? can(actor, 'people.manage', resource) : mayShare(actor, resource);
      if (!isAllowed || actor.via === 'token') throw new DomainError('not_allowed');
      requireGivable(actor, resource, input, command.now);
      await links.create(tx, {
        id: input.invitationId,
        workspaceId,
        kind: 'invite',
        expiresAt: new Date(Date.parse(command.now) + input.expiresInDays * day).toISOString(),
        email: input.email,
        role: input.role,
        scope_kind: input.scope.kind,
        scope_id: input.scope.kind === 'workspace' ? workspaceId : input.scope.id,
        grant_ends_at: input.endsAt,
        created_by: actor.personId,
      });
      return { records: [] };
    });

  const revokeInvitation = (
    command: ReceivedCommand<CommandInput<'people.revokeInvitation'>>,
  ): Promise<CommandAnswer> =>
    commands.decide(command, async (tx, { workspaceId, input }) => {
      const actor = personOf(command, 'people.read');
      const row = await findLink(tx, input.invitationId);
      const isOwner = can(actor, 'people.manage', onWorkspace(workspaceId));
      if (!isOwner && row?.created_by !== actor.personId) throw new DomainError('not_allowed');
      if (row?.workspace_id !== workspaceId || row.kind !== 'invite') throw new DomainError('not_found');
      if (!(await revokeLink(tx, workspaceId, row.id, command.now))) throw new DomainError('link_used');
      return { records: [] };
    });

  /** Owners see all that is open, others what they handed out themselves. */
  async function invitations(actor: PersonActor): Promise<Invitation[]> {
    if (!can(actor, 'people.read', onWorkspace(actor.workspaceId))) throw new DomainError('not_allowed');
    const isOwner = can(actor, 'people.manage', onWorkspace(actor.workspaceId));
    const rows = await listOpenLinks(db.read, actor.workspaceId, {
      kind: 'invite',
      ...(isOwner ? {} : { createdBy: actor.personId }),
      limit: invitationsListedLimit,
    });
    const at = now();
    return rows
      .filter((row) => row.expires_at === null || row.expires_at > at)
      .map((row) => {
        // A leaked script token must not be able to read a way in for somebody else.
        const token = actor.via === 'session' ? links.tokenAgain(row) : null;
        return {
          id: row.id,
          role: row.role ?? 'viewer',
          scope:
            row.scope_kind === null || row.scope_kind === 'workspace'
              ? { kind: 'workspace' }
              : ({ kind: row.scope_kind, id: row.scope_id } as GuestScope),
          email: row.email,
          grantEndsAt: row.grant_ends_at,
          createdBy: row.created_by,
          createdAt: row.created_at,
          expiresAt: row.expires_at,
          link: token === null ? null : linkPath(token),
        };
      });
  }

  /** Runs a change of one person's standing and tells their devices and sockets afterwards. */
  async function changePerson<Input>(
    command: ReceivedCommand<Input>,
    concerned: string[],
    change: (tx: Tx) => Promise<Decision>,
  ): Promise<CommandAnswer> {
    const answer = await commands.decide(command, async (tx) => {
      const decision = await change(tx);
      for (const personId of concerned) await changes.recordAccessChange(tx, command.workspaceId, personId);
      const people = await personPatches(tx, command.workspaceId, concerned, command.now);
      return { ...decision, records: [...decision.records, ...people] };
    });
    await bell.ring(...concerned);
    return answer;
  }

  const changeRole = (command: ReceivedCommand<CommandInput<'people.changeRole'>>): Promise<CommandAnswer> =>
    changePerson(command, [command.input.personId], async (tx) => {
      const { workspaceId, input } = command;
      const actor = personOf(command, 'people.manage');
      // Else two owners who demote each other at once would each count the other.
      await changes.lock(tx, workspaceId);
      await activeMember(tx, workspaceId, input.personId);
      requireGivable(
        actor,
        onWorkspace(workspaceId),
        { ...input, scope: { kind: 'workspace' } },
        command.now,
      );
      if (input.role !== 'owner')
        requireOwnerBesides(await store.listMembers(tx, workspaceId), input.personId);
      return workspaceGrant(tx, workspaceId, { ...input, by: actor.personId, at: command.now });
    });

  const deactivate = (command: ReceivedCommand<CommandInput<'people.deactivate'>>): Promise<CommandAnswer> =>
    changePerson(command, [command.input.personId], async (tx) => {
      const { workspaceId, input } = command;
      requireManager(command);
      await changes.lock(tx, workspaceId);
      await activeMember(tx, workspaceId, input.personId);
      requireOwnerBesides(await store.listMembers(tx, workspaceId), input.personId);
      await store.setDeactivated(tx, workspaceId, input.personId, command.now);
      await store.endEntry(tx, workspaceId, input.personId, command.now);
      return { records: [] };
    });

  const reactivate = (command: ReceivedCommand<CommandInput<'people.reactivate'>>): Promise<CommandAnswer> =>
    changePerson(command, [command.input.personId], async (tx) => {
      const { workspaceId, input } = command;
      requireManager(command);
      if (!(await store.findMember(tx, workspaceId, input.personId))) throw new DomainError('not_found');
      await store.setDeactivated(tx, workspaceId, input.personId, null);
      return { records: [] };
    });

  const transferOwnership = (
    command: ReceivedCommand<CommandInput<'people.transferOwnership'>>,
  ): Promise<CommandAnswer> => {
    const giver = command.actor.kind === 'person' ? [command.actor.personId] : [];
    return changePerson(command, [...new Set([command.input.personId, ...giver])], async (tx) => {
      const { workspaceId, input } = command;
      const actor = personOf(command, 'people.manage');
      if (input.personId === actor.personId) throw new DomainError('bad_input', { field: 'personId' });
      await changes.lock(tx, workspaceId);
      await activeMember(tx, workspaceId, input.personId);
      const given = { endsAt: null, by: actor.personId, at: command.now };
      const up = await workspaceGrant(tx, workspaceId, {
        ...given,
        personId: input.personId,
        role: rolesAfterTransfer.receiver,
      });
      const down = await workspaceGrant(tx, workspaceId, {
        ...given,
        personId: actor.personId,
        role: rolesAfterTransfer.giver,
      });
      return { records: [...up.records, ...down.records] };
    });
  };

  const leave = (command: ReceivedCommand<CommandInput<'people.leave'>>): Promise<CommandAnswer> => {
    const self = command.actor.kind === 'person' ? [command.actor.personId] : [];
    return changePerson(command, self, async (tx) => {
      const { workspaceId } = command;
      const actor = personOf(command, 'account.own');
      await changes.lock(tx, workspaceId);
      requireOwnerBesides(await store.listMembers(tx, workspaceId), actor.personId);
      await store.setDeactivated(tx, workspaceId, actor.personId, command.now);
      await store.endEntry(tx, workspaceId, actor.personId, command.now);
      return { records: [] };
    });
  };

  const giveGrant = (command: ReceivedCommand<CommandInput<'grants.give'>>): Promise<CommandAnswer> =>
    changePerson(command, [command.input.personId], async (tx) => {
      const { workspaceId, input } = command;
      const actor = personOf(command, 'account.own');
      const resource = await scopes.resourceOf(tx, workspaceId, input.scope);
      if (!resource || !can(actor, resource.kind === 'folder' ? 'folder.read' : 'document.read', resource))
        throw new DomainError('not_found');
      if (!mayShare(actor, resource)) throw new DomainError('not_allowed');
      requireGivable(actor, resource, input, command.now);
      await activeMember(tx, workspaceId, input.personId);
      const grant = await store.putGrant(tx, workspaceId, {
        id: input.grantId,
        personId: input.personId,
        scope: input.scope,
        role: input.role,
        endsAt: input.endsAt,
        grantedBy: actor.personId,
        grantedAt: command.now,
      });
      return { records: [grantPatch(grant)], jobs: endOfGrantJob(workspaceId, grant, command.now) };
    });

  async function revokeGrant(
    command: ReceivedCommand<CommandInput<'grants.revoke'>>,
  ): Promise<CommandAnswer> {
    const concerned: string[] = [];
    const answer = await changePerson(command, concerned, async (tx) => {
      const { workspaceId, input } = command;
      const actor = personOf(command, 'account.own');
      const grant = await store.findGrant(tx, workspaceId, input.grantId);
      // The role in the workspace is changed, not taken: a person without one would hang in the air.
      if (!grant || grant.scope.kind === 'workspace') throw new DomainError('not_found');
      const resource = await scopes.resourceOf(tx, workspaceId, grant.scope as GuestScope);
      if (!mayShare(actor, resource) && !can(actor, 'people.manage', onWorkspace(workspaceId)))
        throw new DomainError('not_allowed');
      concerned.push(grant.personId);
      await store.deleteGrant(tx, grant.id);
      return { records: [{ kind: 'grant', id: grant.id, value: null }] };
    });
    return answer;
  }

  /**
   * A reset link for a member, made by an owner or on the command line; on record like everything that is
   * done to a person.
   */
  async function resetLink(actor: PersonActor | SystemActor, personId: string): Promise<{ link: string }> {
    let token = '';
    await decideNow(actor, { name: 'people.makeResetLink', personId }, async (tx) => {
      if (!can(actor, 'people.manage', onWorkspace(actor.workspaceId))) throw new DomainError('not_allowed');
      await activeMember(tx, actor.workspaceId, personId);
      const elsewhere = (await store.listMemberships(tx, personId)).some(
        (row) => row.id !== actor.workspaceId && row.deactivated_at === null,
      );
      // An account belongs to the person: an owner here must not take over a membership there.
      if (elsewhere && actor.kind === 'person') throw new DomainError('not_allowed');
      const by = actor.kind === 'person' ? actor.personId : null;
      token = await links.createResetToken(tx, actor.workspaceId, personId, by);
      return { records: [] };
    });
    return { link: linkPath(token) };
  }

  /** For the command line: somebody becomes a member without an invitation; found again by their address. */
  async function addPerson(
    workspaceId: WorkspaceId,
    wish: { email: string; name: string; role: CommandInput<'people.changeRole'>['role'] },
  ): Promise<PersonId> {
    const known = await store.findUserByEmail(db.read, wish.email);
    const personId = (known?.id ?? newId()) as PersonId;
    await decideNow(
      { kind: 'system', workspaceId },
      { name: 'people.add', personId, role: wish.role },
      async (tx, at) => {
        await changes.lock(tx, workspaceId);
        const member = await store.findMember(tx, workspaceId, personId);
        if (member && !member.active) throw new DomainError('person_deactivated');
        const members = await store.listMembers(tx, workspaceId);
        if (member && wish.role !== 'owner') requireOwnerBesides(members, personId);
        const account = { id: personId, ...wish, passwordHash: null, at, credentialId: newId() };
        if (!known && !(await store.insertUser(tx, account))) throw new DomainError('email_taken');
        await store.insertMember(tx, { workspaceId, personId, invitedBy: null, at });
        const grant = await store.putGrant(tx, workspaceId, {
          id: newId(),
          personId,
          scope: { kind: 'workspace' },
          role: wish.role,
          endsAt: null,
          grantedBy: null,
          grantedAt: at,
        });
        await changes.recordAccessChange(tx, workspaceId, personId);
        return {
          records: [
            // Nobody has read anything here yet: the workspace itself is news too.
            ...(members.length === 0 ? await workspacePatches(tx, workspaceId) : []),
            grantPatch(grant),
            ...(await personPatches(tx, workspaceId, [personId], at)),
          ],
          // The command line is a process of its own: the server, which holds the sockets, runs the job.
          jobs: [{ workspaceId, kind: accessChangedKind, key: personId, payload: { personId } }],
        };
      },
    );
    await bell.ring(personId);
    return personId;
  }

  /** For the command line: what an owner can do, on record as done by the operator. */
  const setActive = (
    workspaceId: WorkspaceId,
    personId: PersonId,
    isActive: boolean,
  ): Promise<CommandAnswer> =>
    (isActive ? reactivate : deactivate)(
      commandNow(
        { kind: 'system', workspaceId },
        { name: isActive ? 'people.reactivate' : 'people.deactivate', personId },
      ),
    );

  /** A change that no device queued, put on record like any other. */
  const decideNow = (
    actor: Actor & { workspaceId: WorkspaceId },
    what: { name: string; personId: string; role?: string },
    decide: (tx: Tx, at: Instant) => Promise<Decision>,
  ): Promise<CommandAnswer> => {
    const command = commandNow(actor, what);
    return commands.decide(command, (tx) => decide(tx, command.now));
  };

  const commandNow = <Input extends { personId: string }>(
    actor: Actor & { workspaceId: WorkspaceId },
    { name, ...input }: Input & { name: string },
  ): ReceivedCommand<Omit<Input & { name: string }, 'name'>> => {
    const at = now();
    return {
      commandId: newId() as CommandId,
      workspaceId: actor.workspaceId,
      baseSeq: null,
      occurredAt: at,
      name,
      aggregate: `person/${input.personId}`,
      input,
      actor,
      now: at,
    };
  };

  queue.handle(accessChangedKind, async ({ personId }) => bell.ring(String(personId)));

  // When a grant ends by its date nobody acts: the job tells devices and sockets at that moment.
  queue.handle(grantsEndedKind, async ({ grantId }, workspaceId) => {
    const ended = await db.write(async (tx) => {
      const grant = await store.findGrant(tx, workspaceId, String(grantId));
      if (!grant || grant.endsAt === null || grant.endsAt > now()) return null;
      await changes.recordAccessChange(tx, workspaceId, grant.personId);
      const people = await personPatches(tx, workspaceId, [grant.personId], now());
      const { seq } = await changes.record(tx, workspaceId, [grantPatch(grant), ...people]);
      return { seq, personId: grant.personId };
    });
    if (!ended) return;
    changes.announce(workspaceId, ended.seq);
    await bell.ring(ended.personId);
  });

  return {
    rename,
    renamePerson,
    invite,
    revokeInvitation,
    invitations,
    changeRole,
    deactivate,
    reactivate,
    transferOwnership,
    leave,
    giveGrant,
    revokeGrant,
    resetLink,
    addPerson,
    setActive,
    /** Calls back after a change of what a person may do, or of the sessions and tokens they came in with. */
    onAccessChanged: (listener: AccessListener) => bell.listen(listener),
  };
}

export type People = ReturnType<typeof createPeople>;
