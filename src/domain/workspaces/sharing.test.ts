import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { liveGrants, roleOn, roles } from '../access.ts';
import type { PersonActor, Role } from '../access.ts';
import type { PersonId, WorkspaceId } from '../ids.ts';
import { openersOf, rolesAbove } from './sharing.ts';
import type { SharedResource } from './sharing.ts';
import type { GrantRecord, PersonRecord } from './workspace.ts';

const workspaceId = 'w' as WorkspaceId;
const at = '2026-03-01T12:00:00.000Z';
const before = '2026-02-01T12:00:00.000Z';
const later = '2026-04-01T12:00:00.000Z';

const person = (id: string, role: Role | null, active = true): PersonRecord => ({
  id: id as PersonId,
  name: id,
  email: null,
  role,
  active,
});
const grant = (id: string, scope: GrantRecord['scope'], role: Role, endsAt: string | null = null) => ({
  id: `${id}-${scope.kind}-${'id' in scope ? scope.id : ''}`,
  personId: id as PersonId,
  scope,
  role,
  endsAt,
  grantedBy: null,
  grantedAt: at,
});
const document = (more: Partial<Extract<SharedResource, { kind: 'document' }>> = {}): SharedResource => ({
  kind: 'document',
  workspaceId,
  id: 'd',
  folderIds: ['inner', 'outer'],
  visibility: 'workspace',
  createdBy: 'ana' as PersonId,
  ...more,
});
const how = { at, locale: 'pt-BR' };

const anyScope = fc.constantFrom<GrantRecord['scope']>(
  { kind: 'folder', id: 'inner' },
  { kind: 'folder', id: 'outer' },
  { kind: 'folder', id: 'elsewhere' },
  { kind: 'document', id: 'd' },
  { kind: 'document', id: 'other' },
);
const anyGrant = fc.record({
  scope: anyScope,
  role: fc.constantFrom(...roles),
  endsAt: fc.constantFrom(null, before, later),
});

describe('who can open a thing', () => {
  it('is who `can` lets in, with the role that it gives', () => {
    fc.assert(
      fc.property(
        fc.array(anyGrant, { maxLength: 5 }),
        fc.option(fc.constantFrom(...roles)),
        fc.constantFrom<SharedResource>(
          document(),
          document({ visibility: 'private' }),
          document({ visibility: 'private', createdBy: 'bia' as PersonId }),
          { kind: 'folder', workspaceId, folderIds: ['inner', 'outer'] },
        ),
        (given, role, resource) => {
          const grants = given.map(({ scope, role, endsAt }, index) => ({
            ...grant('bia', scope, role, endsAt),
            id: String(index),
          }));
          const actor: PersonActor = {
            kind: 'person',
            workspaceId,
            personId: 'bia' as PersonId,
            name: 'bia',
            via: 'session',
            grants: [
              ...liveGrants(grants, at),
              ...(role ? [{ scope: { kind: 'workspace' } as const, role, endsAt: null }] : []),
            ],
          };
          const [opener] = openersOf(resource, { people: [person('bia', role)], grants }, how);
          expect(opener?.role ?? null).toBe(roleOn(actor, resource));
        },
      ),
    );
  });

  it('names every way in, and the grant that can be changed here', () => {
    const here = grant('bia', { kind: 'document', id: 'd' }, 'commenter', later);
    const above = grant('bia', { kind: 'folder', id: 'outer' }, 'editor');
    const people = [
      person('bia', 'viewer'),
      person('caio', 'editor'),
      person('dora', null),
      person('ana', 'owner'),
    ];
    const openers = openersOf(document(), { people, grants: [here, above] }, how);
    expect(openers.map(({ person: { name }, role }) => [name, role])).toEqual([
      ['bia', 'editor'],
      ['ana', 'owner'],
      ['caio', 'editor'],
    ]);
    expect(openers[0]?.here).toBe(here);
    expect(openers[0]?.ways.map(({ kind, role }) => [kind, role])).toEqual([
      ['here', 'commenter'],
      ['folder', 'editor'],
      ['workspace', 'viewer'],
    ]);
  });

  it('leaves out who was deactivated, and for a private draft all but its author and those let in here', () => {
    const people = [person('ana', 'editor'), person('bia', 'owner'), person('caio', null, false)];
    const grants = [grant('caio', { kind: 'document', id: 'd' }, 'editor')];
    const openers = openersOf(document({ visibility: 'private' }), { people, grants }, how);
    expect(openers.map(({ person: { name }, ways }) => [name, ways[0]?.kind])).toEqual([['ana', 'author']]);
  });
});

describe('what is worth giving', () => {
  it('is more than the person has', () => {
    expect(rolesAbove(null)).toEqual(['viewer', 'commenter', 'editor']);
    expect(rolesAbove('viewer')).toEqual(['commenter', 'editor']);
    expect(rolesAbove('editor')).toEqual([]);
  });
});
