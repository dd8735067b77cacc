import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { actions, can, isAtLeast, liveGrants, roleOn, roles, workspaceRole } from './access.ts';
import type { Action, GrantScope, HeldGrant, PersonActor, Resource, Role } from './access.ts';
import type { PersonId, WorkspaceId } from './ids.ts';

const workspaceId = 'w' as WorkspaceId;
const me = 'me' as PersonId;
const other = 'other' as PersonId;

const actor = (grants: readonly HeldGrant[], via: PersonActor['via'] = 'session'): PersonActor => ({
  kind: 'person',
  workspaceId,
  personId: me,
  name: 'Me',
  grants,
  via,
});
const held = (role: Role, scope: GrantScope = { kind: 'workspace' }): HeldGrant => ({
  scope,
  role,
  endsAt: null,
});
const documentIn = (facts: Partial<Extract<Resource, { kind: 'document' }>> = {}): Resource => ({
  kind: 'document',
  workspaceId,
  id: 'd1',
  folderIds: [],
  visibility: 'workspace',
  createdBy: other,
  ...facts,
});

const anyRole = fc.constantFrom(...roles);
const anyScope: fc.Arbitrary<GrantScope> = fc.oneof(
  fc.constant<GrantScope>({ kind: 'workspace' }),
  fc.constantFrom('f1', 'f2').map((id): GrantScope => ({ kind: 'folder', id })),
  fc.constantFrom('d1', 'd2').map((id): GrantScope => ({ kind: 'document', id })),
);
const anyInstant = fc.constantFrom('2026-01-01T00:00:00.000Z', '2026-06-01T00:00:00.000Z');
const anyGrant: fc.Arbitrary<HeldGrant> = fc.record({
  scope: anyScope,
  role: anyRole,
  endsAt: fc.option(anyInstant),
});
const anyGrants = fc.array(anyGrant, { maxLength: 5 });
const anyAction = fc.constantFrom(...(Object.keys(actions) as Action[]));
const anyResource: fc.Arbitrary<Resource> = fc.oneof(
  fc.constant<Resource>({ kind: 'workspace', workspaceId }),
  fc.constant<Resource>({ kind: 'case', workspaceId }),
  fc
    .constantFrom('internal' as const, 'public' as const)
    .map((visibility): Resource => ({ kind: 'board', workspaceId, visibility })),
  fc.constantFrom('f1', 'f2').map((id): Resource => ({ kind: 'folder', workspaceId, folderIds: [id] })),
  fc
    .record({
      id: fc.constantFrom('d1', 'd2'),
      folderIds: fc.subarray(['f1', 'f2']),
      visibility: fc.constantFrom('workspace' as const, 'private' as const),
      createdBy: fc.constantFrom(me, other, null),
    })
    .map((facts) => documentIn(facts)),
);

describe('access', () => {
  it('never lets anybody do more after losing a grant', () => {
    fc.assert(
      fc.property(anyGrants, fc.nat(), anyAction, anyResource, (grants, which, action, resource) => {
        const fewer = grants.filter((_, index) => index !== which % Math.max(1, grants.length));
        if (can(actor(fewer), action, resource)) expect(can(actor(grants), action, resource)).toBe(true);
      }),
    );
  });

  it('lets a stronger role do everything a weaker one may', () => {
    fc.assert(
      fc.property(anyScope, anyRole, anyRole, anyAction, anyResource, (scope, one, two, action, resource) => {
        const [weak, strong] = isAtLeast(one, two) ? [two, one] : [one, two];
        if (can(actor([held(weak, scope)]), action, resource))
          expect(can(actor([held(strong, scope)]), action, resource)).toBe(true);
      }),
    );
  });

  it('gives nothing in another workspace, except what is public', () => {
    fc.assert(
      fc.property(anyGrants, anyAction, anyResource, (grants, action, resource) => {
        const elsewhere = { ...resource, workspaceId: 'another' as WorkspaceId };
        const isPublic = elsewhere.kind === 'board' && elsewhere.visibility === 'public';
        expect(can(actor(grants), action, elsewhere)).toBe(isPublic && actions[action] === 'public');
      }),
    );
  });

  it('lets a visitor do only what is public, where it is public', () => {
    fc.assert(
      fc.property(anyAction, anyResource, (action, resource) => {
        const isPublic = resource.kind === 'board' && resource.visibility === 'public';
        expect(can({ kind: 'visitor', address: '192.0.2.1' }, action, resource)).toBe(
          isPublic && actions[action] === 'public',
        );
      }),
    );
  });

  it('keeps a private draft to its author and to grants for that very document', () => {
    fc.assert(
      fc.property(anyGrants, fc.subarray(['f1', 'f2']), (grants, folderIds) => {
        const draft = documentIn({ visibility: 'private', folderIds });
        const own = grants.filter(({ scope }) => scope.kind === 'document' && scope.id === 'd1');
        expect(can(actor(grants), 'document.read', draft)).toBe(own.length > 0);
        const mine = documentIn({ visibility: 'private', folderIds, createdBy: me });
        expect(can(actor(grants), 'document.share', mine)).toBe(true);
      }),
    );
    expect(can(actor([held('owner')]), 'document.read', documentIn({ visibility: 'private' }))).toBe(false);
  });

  it('counts a grant until the instant it ends, and no longer', () => {
    fc.assert(
      fc.property(anyGrants, anyInstant, (grants, at) => {
        const live = liveGrants(grants, at);
        expect(live.every(({ endsAt }) => endsAt === null || endsAt > at)).toBe(true);
        expect(
          grants
            .filter((grant) => !live.includes(grant))
            .every(({ endsAt }) => endsAt !== null && endsAt <= at),
        ).toBe(true);
      }),
    );
    const ending = { ...held('owner'), endsAt: '2026-06-01T00:00:00.000Z' };
    expect(liveGrants([ending], '2026-05-31T23:59:59.999Z')).toEqual([ending]);
    expect(liveGrants([ending], '2026-06-01T00:00:00.000Z')).toEqual([]);
  });

  it('never lets a token manage people, the workspace or the account', () => {
    fc.assert(
      fc.property(anyGrants, anyResource, (grants, resource) => {
        for (const action of ['people.manage', 'workspace.manage', 'account.own'] as const)
          expect(can(actor(grants, 'token'), action, resource)).toBe(false);
      }),
    );
  });

  it('never gives a token more than the session of the same person', () => {
    fc.assert(
      fc.property(anyGrants, anyAction, anyResource, (grants, action, resource) => {
        if (can(actor(grants, 'token'), action, resource))
          expect(can(actor(grants), action, resource)).toBe(true);
      }),
    );
  });

  it('takes the strongest of the grants that cover a document', () => {
    const grants = [
      held('viewer'),
      held('commenter', { kind: 'folder', id: 'f1' }),
      held('editor', { kind: 'document', id: 'd2' }),
    ];
    expect(roleOn(actor(grants), documentIn())).toBe('viewer');
    expect(roleOn(actor(grants), documentIn({ folderIds: ['f2', 'f1'] }))).toBe('commenter');
    expect(roleOn(actor(grants), documentIn({ id: 'd2', folderIds: ['f1'] }))).toBe('editor');
  });

  it('lets a guest of one document enter, but read nothing else', () => {
    const guest = actor([held('editor', { kind: 'document', id: 'd1' })]);
    const workspace: Resource = { kind: 'workspace', workspaceId };
    expect(workspaceRole(guest)).toBeNull();
    expect(can(guest, 'workspace.enter', workspace)).toBe(true);
    expect(can(guest, 'document.edit', documentIn())).toBe(true);
    expect(can(guest, 'document.read', documentIn({ id: 'd2' }))).toBe(false);
    expect(can(guest, 'case.read', { kind: 'case', workspaceId })).toBe(false);
    expect(can(actor([]), 'workspace.enter', workspace)).toBe(false);
  });

  it('lets the system do what it must in its own workspace alone', () => {
    const system = { kind: 'system', workspaceId } as const;
    expect(can(system, 'document.edit', documentIn())).toBe(true);
    expect(can(system, 'document.edit', { ...documentIn(), workspaceId: 'another' as WorkspaceId })).toBe(
      false,
    );
  });
});
