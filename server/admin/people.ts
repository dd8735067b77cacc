/** Commands about people: let somebody in, hand out a token, help after a forgotten password. */
import { z } from 'zod';
import { roles } from '#domain/access.ts';
import { day, instant } from '#domain/time.ts';
import { email, personName } from '#domain/workspaces/commands.ts';
import { linkPath, resetLinkLastsMs, signInLinkLastsMs } from '../workspaces/links.ts';
import { listMembers } from '../workspaces/store.ts';
import { tokenNameLengthLimit } from '../workspaces/tokens.ts';
import { UsageError } from './command.ts';
import type { AdminCommand, AdminContext, HouseCommand } from './command.ts';
import { memberBy } from './members.ts';

const tokenName = z.string().trim().min(1).max(tokenNameLengthLimit);
const tokenDays = z.string().regex(/^\d+$/).transform(Number).pipe(z.number().int().min(1).max(3650));

function parse<Value>(schema: z.ZodType<Value>, given: unknown, complaint: string): Value {
  const parsed = schema.safeParse(given);
  if (!parsed.success) throw new UsageError(complaint);
  return parsed.data;
}

function oneEmail({ positionals }: AdminContext): string {
  if (positionals.length !== 1) throw new UsageError('Give one e-mail address.');
  return parse(email, positionals[0], `"${positionals[0]}" is not an e-mail address.`);
}

const personAdd: HouseCommand = {
  words: 'person add',
  usage: '<email> --role <role> [--name <name>]',
  most: 1,
  summary: 'Let somebody in, or change their role; prints a sign-in link that works once.',
  details: [
    `--role is one of ${roles.join(', ')}.`,
    '--name is what others see; without it, the part of the address before the @.',
    `The link works once, within ${signInLinkLastsMs / day} days. Whoever opens it is signed in and can set a password.`,
  ],
  options: { role: { type: 'string' }, name: { type: 'string' } },
  run: async (context) => {
    const { house, workspaceId, values, address } = context;
    const to = oneEmail(context);
    const role = parse(z.enum(roles), values.role, `--role must be one of ${roles.join(', ')}.`);
    const name = parse(personName, values.name ?? to.split('@')[0], '--name must have 1 to 80 characters.');
    const personId = await house.services.people.addPerson(workspaceId, { email: to, name, role });
    const token = await house.services.links.createSignInToken(workspaceId, personId);
    const link = `${address}${linkPath(token)}`;
    return {
      results: [link],
      remarks: [
        `${to} has the role ${role}. This link signs them in once, within ${signInLinkLastsMs / day} days:`,
      ],
      json: { personId, email: to, role, link, expiresAt: instant(house.nowMs() + signInLinkLastsMs) },
    };
  },
};

const personList: HouseCommand = {
  words: 'person list',
  usage: '',
  most: 0,
  summary: 'List the people of the workspace: address, role, whether active.',
  details: [],
  options: {},
  run: async ({ house, workspaceId }) => {
    const people = (await listMembers(house.db.read, workspaceId)).map((member) => ({
      personId: member.personId,
      email: member.email,
      name: member.name,
      role: member.grants.find((grant) => grant.scope.kind === 'workspace')?.role ?? 'guest',
      active: member.active,
    }));
    return {
      results: people.map((one) => [one.email, one.role, one.active ? 'active' : 'deactivated'].join('\t')),
      remarks: people.length === 0 ? ['Nobody has signed up yet.'] : [],
      json: people,
    };
  },
};

const tokenAdd: HouseCommand = {
  words: 'token add',
  usage: '<email> [--name <name>] [--days <n>]',
  most: 1,
  summary: 'Make a personal access token for a script; it is shown this once only.',
  details: [
    'The token has the rights of that person, except to manage people, sessions and tokens.',
    '--name says what it is for; --days ends it by itself, 1 to 3650.',
  ],
  options: { name: { type: 'string' }, days: { type: 'string' } },
  run: async (context) => {
    const { house, workspaceId, values } = context;
    const member = await memberBy(context, oneEmail(context));
    const name = parse(
      tokenName,
      values.name ?? 'command line',
      `--name must have 1 to ${tokenNameLengthLimit} characters.`,
    );
    const days =
      values.days === undefined
        ? null
        : parse(tokenDays, values.days, '--days must be a number from 1 to 3650.');
    const expiresAt = days === null ? null : instant(house.nowMs() + days * day);
    const { id, token } = await house.services.tokens.create(
      { workspaceId, personId: member.personId },
      { name, expiresAt },
    );
    return {
      results: [token],
      remarks: [`This token acts as ${member.email}. It is not shown again:`],
      json: { id, token, personId: member.personId, name, expiresAt },
    };
  },
};

const reset: HouseCommand = {
  words: 'reset',
  usage: '<email>',
  most: 1,
  summary: 'Make a link with which somebody sets a new password.',
  details: [
    `The link works once, within ${resetLinkLastsMs / day} day. Setting the password ends all their sessions.`,
  ],
  options: {},
  run: async (context) => {
    const { house, workspaceId, address } = context;
    const member = await memberBy(context, oneEmail(context));
    const made = await house.services.people.resetLink({ kind: 'system', workspaceId }, member.personId);
    const link = `${address}${made.link}`;
    return {
      results: [link],
      remarks: [
        `With this link ${member.email} sets a new password, once, within ${resetLinkLastsMs / day} day:`,
      ],
      json: {
        personId: member.personId,
        link,
        expiresAt: instant(house.nowMs() + resetLinkLastsMs),
      },
    };
  },
};

export const peopleCommands: readonly AdminCommand[] = [personAdd, personList, tokenAdd, reset];
