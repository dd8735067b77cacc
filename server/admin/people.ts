/** Commands about people: let somebody in, hand out a token, help after a forgotten password. */
import { z } from 'zod';
import { roles } from '#domain/access.ts';
import { errorCodeOf } from '#domain/errors.ts';
import { day, instant } from '#domain/time.ts';
import { email, personName } from '#domain/workspaces/commands.ts';
import { StartError } from '../storage/start-error.ts';
import { linkPath, resetLinkLastsMs, signInLinkLastsMs } from '../workspaces/links.ts';
import { listMembers } from '../workspaces/store.ts';
import { readAccessToken } from '../workspaces/secrets.ts';
import { tokenNameLengthLimit, tokensLimit } from '../workspaces/tokens.ts';
import { parse, UsageError } from './command.ts';
import type { AdminCommand, AdminContext, HouseCommand } from './command.ts';
import { memberBy } from './members.ts';

const tokenName = z.string().trim().min(1).max(tokenNameLengthLimit);
const tokenDays = z.string().regex(/^\d+$/).transform(Number).pipe(z.number().int().min(1).max(3650));

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

const setActive = (isActive: boolean): Pick<HouseCommand, 'usage' | 'most' | 'options' | 'run'> => ({
  usage: '<email>',
  most: 1,
  options: {},
  run: async (context) => {
    const { house, workspaceId } = context;
    const { personId, email: address } = await memberBy(context, oneEmail(context));
    await house.services.people.setActive(workspaceId, personId, isActive);
    return {
      results: [],
      remarks: [isActive ? `${address} may come in again.` : `${address} is out; what they wrote stays.`],
      json: { personId, email: address, active: isActive },
    };
  },
});

const personDeactivate: HouseCommand = {
  words: 'person deactivate',
  summary: 'Let somebody in no longer: their sessions, tokens, links and open sockets end within a second.',
  details: ['What they wrote stays, and so does their role: `person reactivate` gives it back.'],
  ...setActive(false),
};

const personReactivate: HouseCommand = {
  words: 'person reactivate',
  summary: 'Let somebody in again who was deactivated; they sign in with their password.',
  details: ['Their tokens stay ended. Without a password, `person add` or `reset` makes a link.'],
  ...setActive(true),
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
    const { id, token } = await house.services.tokens
      .create({ workspaceId, personId: member.personId }, { name, expiresAt })
      .catch((error: unknown) => {
        if (errorCodeOf(error) !== 'too_large') throw error;
        throw new StartError(
          `${member.email} has ${tokensLimit} tokens. Remove one first: token remove <id>`,
        );
      });
    return {
      results: [token],
      remarks: [`This token acts as ${member.email}. It is not shown again:`],
      json: { id, token, personId: member.personId, name, expiresAt },
    };
  },
};

const tokenList: HouseCommand = {
  words: 'token list',
  usage: '',
  most: 0,
  summary: 'List the personal access tokens of the workspace; the tokens themselves are kept nowhere.',
  details: ['Columns: id, person, name, made at, last used at (within an hour; -), ends at (-).'],
  options: {},
  run: async ({ house, workspaceId }) => {
    const tokens = await house.services.tokens.listAll(workspaceId);
    return {
      results: tokens.map(({ id, email: whose, name, createdAt, lastUsedAt, expiresAt }) =>
        [id, whose, name, createdAt, lastUsedAt ?? '-', expiresAt ?? '-'].join('\t'),
      ),
      remarks: tokens.length === 0 ? ['There are no tokens.'] : [],
      json: tokens,
    };
  },
};

const tokenRemove: HouseCommand = {
  words: 'token remove',
  usage: '<id>',
  most: 1,
  summary: 'End a personal access token; sockets that were opened with it are closed within a second.',
  details: ['<id> is the first column of `token list`; the token itself will do too.'],
  options: {},
  run: async ({ house, workspaceId, positionals: [given] }) => {
    if (given === undefined) throw new UsageError('Give the id of a token.');
    const id = readAccessToken(given)?.id ?? given;
    const tokens = await house.services.tokens.listAll(workspaceId);
    const found = tokens.find((token) => token.id === id);
    // Without what was given, which may be the token itself.
    if (!found) throw new UsageError('There is no such token, or it has ended already: see `token list`.');
    await house.services.tokens.remove(workspaceId, id);
    return {
      results: [],
      remarks: [`The token "${found.name}" of ${found.email} has ended.`],
      json: found,
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

export const peopleCommands: readonly AdminCommand[] = [
  personAdd,
  personList,
  personDeactivate,
  personReactivate,
  reset,
  tokenAdd,
  tokenList,
  tokenRemove,
];
