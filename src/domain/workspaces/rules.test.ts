import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { roles } from '../access.ts';
import type { HeldGrant, PersonActor, Role } from '../access.ts';
import { errorCodeOf } from '../errors.ts';
import type { PersonId, WorkspaceId } from '../ids.ts';
import {
  isLastingOwner,
  requireGivable,
  requireOwnerBesides,
  requireStrongPassword,
  workspaceRoleAt,
} from './rules.ts';
import type { Member } from './rules.ts';

const workspaceId = 'w' as WorkspaceId;
const now = '2026-03-01T12:00:00.000Z';
const later = '2026-04-01T12:00:00.000Z';
const grant = (role: Role, endsAt: string | null = null): HeldGrant => ({
  scope: { kind: 'workspace' },
  role,
  endsAt,
});
const member = (id: string, grants: HeldGrant[], active = true): Member => ({
  personId: id as PersonId,
  active,
  grants,
});
const codeOf = (work: () => void): string | undefined => {
  try {
    work();
    return undefined;
  } catch (error) {
    return errorCodeOf(error) ?? 'a fault';
  }
};

const anyMember = fc
  .record({ role: fc.constantFrom(...roles), endsAt: fc.option(fc.constant(later)), active: fc.boolean() })
  .map(({ role, endsAt, active }) => ({ grants: [grant(role, endsAt)], active }));

describe('people', () => {
  it('always leave an owner for good behind', () => {
    fc.assert(
      fc.property(fc.array(anyMember, { minLength: 1, maxLength: 6 }), fc.nat(), (made, which) => {
        const members = made.map((one, index) => member(String(index), one.grants, one.active));
        const leaving = String(which % members.length) as PersonId;
        const hadOwner = members.some(isLastingOwner);
        const code = codeOf(() => requireOwnerBesides(members, leaving));
        const left = members.filter(({ personId }) => personId !== leaving);
        if (code === undefined && hadOwner) expect(left.some(isLastingOwner)).toBe(true);
        else if (code !== undefined) expect(code).toBe('last_owner');
      }),
    );
  });

  it('do not count an owner who is deactivated or whose ownership ends', () => {
    expect(isLastingOwner(member('a', [grant('owner')]))).toBe(true);
    expect(isLastingOwner(member('a', [grant('owner')], false))).toBe(false);
    expect(isLastingOwner(member('a', [grant('owner', later)]))).toBe(false);
  });

  it('hand on at most what they hold', () => {
    const giver = (role: Role): PersonActor => ({
      kind: 'person',
      workspaceId,
      personId: 'g' as PersonId,
      name: 'G',
      grants: [grant(role)],
      via: 'session',
    });
    const scope = { kind: 'workspace' } as const;
    const give = (holds: Role, role: Role, endsAt: string | null = null) =>
      codeOf(() =>
        requireGivable(giver(holds), { kind: 'workspace', workspaceId }, { role, scope, endsAt }, now),
      );
    for (const holds of roles)
      for (const role of roles)
        expect(give(holds, role)).toBe(
          roles.indexOf(holds) >= roles.indexOf(role) ? undefined : 'not_allowed',
        );
    expect(give('owner', 'editor', now)).toBe('bad_input');
    expect(give('owner', 'editor', later)).toBeUndefined();
    expect(give('owner', 'owner', later)).toBe('bad_input');
  });

  it('have the role of their live workspace grant, guests none', () => {
    expect(workspaceRoleAt([grant('editor', later)], now)).toBe('editor');
    expect(workspaceRoleAt([grant('editor', later)], later)).toBeNull();
    expect(workspaceRoleAt([{ ...grant('editor'), scope: { kind: 'document', id: 'd' } }], now)).toBeNull();
  });

  it('choose passwords of some length that are not their address', () => {
    expect(codeOf(() => requireStrongPassword('123456789', 'a@b.c'))).toBe('weak_password');
    expect(codeOf(() => requireStrongPassword('1234567890', 'a@b.c'))).toBeUndefined();
    expect(codeOf(() => requireStrongPassword('Ana@Example.org', 'ana@example.org'))).toBe('weak_password');
  });
});
