/** The commands of people and access: inputs, and the guess a device shows while the server has not answered. */
import { z } from 'zod';
import { can, roles } from '../access.ts';
import { DomainError } from '../errors.ts';
import { documentId, folderId, grantId, invitationId, personId } from '../ids.ts';
import { lineUpTo } from '../one-line.ts';
import { defineCommand } from '../records.ts';

export const workspaceNameLengthLimit = 80;
export const personNameLengthLimit = 80;
export const emailLengthLimit = 254;
export const passwordLengthLimit = 128;
/** Shorter ones are refused with `weak_password`. */
export const passwordLengthLeast = 10;
export const invitationDaysLimit = 30;
export const invitationDaysUsual = 7;

export const role = z.enum(roles);
export const workspaceName = lineUpTo(workspaceNameLengthLimit).min(1);
export const personName = lineUpTo(personNameLengthLimit).min(1);
export const email = z.email().max(emailLengthLimit).toLowerCase();

/** What a guest may be given; the workspace as a whole is a role, changed by `people.changeRole`. */
export const guestScope = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('folder'), id: folderId }),
  z.object({ kind: z.literal('document'), id: documentId }),
]);
export const scope = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('workspace') }),
  ...guestScope.options,
]);
const endsAt = z.iso.datetime({ precision: 3 }).nullable();

export const workspaceCommands = {
  'workspaces.rename': defineCommand({
    name: 'workspaces.rename',
    input: z.object({ name: workspaceName }),
    aggregate: () => 'workspace',
    guess: ({ name }, { actor, workspaceId, read }) => {
      if (!can(actor, 'workspace.manage', { kind: 'workspace', workspaceId }))
        throw new DomainError('not_allowed');
      const before = read('workspace', workspaceId);
      return before ? [{ kind: 'workspace', id: workspaceId, value: { ...before, name } }] : [];
    },
  }),

  /** One's own name, as it stands beside what one writes: nobody renames somebody else. */
  'people.rename': defineCommand({
    name: 'people.rename',
    input: z.object({ name: personName }),
    aggregate: () => 'self',
    guess: ({ name }, { actor, read }) => {
      const before = read('person', actor.personId);
      return before ? [{ kind: 'person', id: actor.personId, value: { ...before, name } }] : [];
    },
  }),

  // What people may do is changed online only: a guess about it would be a lie while it waits.
  'people.invite': defineCommand({
    name: 'people.invite',
    input: z.object({
      /** Made on the device; `people.invitations` then gives the link to hand over. */
      invitationId,
      role,
      scope,
      /** For whom, as a reminder to the inviter and the first value of the form; null when unknown. */
      email: email.nullable(),
      expiresInDays: z.number().int().min(1).max(invitationDaysLimit),
      /** When what was granted ends; null until revoked. */
      endsAt,
    }),
    aggregate: (input) => `invitation/${input.invitationId}`,
    guess: null,
  }),
  'people.revokeInvitation': defineCommand({
    name: 'people.revokeInvitation',
    input: z.object({ invitationId }),
    aggregate: (input) => `invitation/${input.invitationId}`,
    guess: null,
  }),
  'people.changeRole': defineCommand({
    name: 'people.changeRole',
    input: z.object({ personId, role, endsAt: endsAt.default(null) }),
    aggregate: (input) => `person/${input.personId}`,
    guess: null,
  }),
  'people.deactivate': defineCommand({
    name: 'people.deactivate',
    input: z.object({ personId }),
    aggregate: (input) => `person/${input.personId}`,
    guess: null,
  }),
  'people.reactivate': defineCommand({
    name: 'people.reactivate',
    input: z.object({ personId }),
    aggregate: (input) => `person/${input.personId}`,
    guess: null,
  }),
  'people.transferOwnership': defineCommand({
    name: 'people.transferOwnership',
    /** The new owner; the one who hands over stays as an editor. */
    input: z.object({ personId }),
    aggregate: (input) => `person/${input.personId}`,
    guess: null,
  }),
  'people.leave': defineCommand({
    name: 'people.leave',
    input: z.object({}),
    aggregate: () => 'workspace',
    guess: null,
  }),

  'grants.give': defineCommand({
    name: 'grants.give',
    input: z.object({ grantId, personId, scope: guestScope, role, endsAt }),
    aggregate: (input) => `grant/${input.grantId}`,
    guess: null,
  }),
  'grants.revoke': defineCommand({
    name: 'grants.revoke',
    input: z.object({ grantId }),
    aggregate: (input) => `grant/${input.grantId}`,
    guess: null,
  }),
} as const;

export type GuestScope = z.infer<typeof guestScope>;

/** What a command carries, by its name. */
export type CommandInput<Name extends keyof typeof workspaceCommands> = z.infer<
  (typeof workspaceCommands)[Name]['input']
>;
