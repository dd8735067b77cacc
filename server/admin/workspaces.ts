/** Commands about the workspaces of this server: make another one, list them. */
import type { WorkspaceId } from '#domain/ids.ts';
import { day, instant } from '#domain/time.ts';
import { email, personName, workspaceName, workspaceNameLengthLimit } from '#domain/workspaces/commands.ts';
import { linkPath, signInLinkLastsMs } from '../workspaces/links.ts';
import { listWorkspaces } from '../workspaces/store.ts';
import { parse, UsageError } from './command.ts';
import type { AdminCommand, ServerCommand } from './command.ts';

const add: ServerCommand = {
  words: 'workspace add',
  usage: '<name> --owner <email> [--owner-name <name>]',
  most: 1,
  summary: 'Make another workspace on this server; prints a sign-in link for its owner.',
  details: [
    'People and what they write belong to one workspace; nobody sees one they are not a member of.',
    'Who has an account on this server already keeps it, and changes between workspaces in the account menu.',
    `The link works once, within ${signInLinkLastsMs / day} days.`,
  ],
  options: { owner: { type: 'string' }, 'owner-name': { type: 'string' } },
  runOnServer: async ({ house, address, positionals, values }) => {
    if (positionals.length === 0) throw new UsageError('Give one name, in quotes if it has spaces.');
    const complaint = `The name must have 1 to ${workspaceNameLengthLimit} characters.`;
    const name = parse(workspaceName, positionals[0], complaint);
    const owner = parse(email, values.owner, '--owner must be the e-mail address of its first owner.');
    const called = values['owner-name'] ?? owner.split('@')[0];
    const ownerName = parse(personName, called, '--owner-name must have 1 to 80 characters.');
    const { people, links } = house.services;
    const workspaceId = await house.db.write(async (tx): Promise<WorkspaceId> => {
      if ((await listWorkspaces(tx)).some((one) => one.name === name))
        throw new UsageError(`There is a workspace "${name}" already.`);
      return links.addWorkspace(tx, name);
    });
    const personId = await people.addPerson(workspaceId, { email: owner, name: ownerName, role: 'owner' });
    const link = `${address}${linkPath(await links.createSignInToken(workspaceId, personId))}`;
    return {
      results: [link],
      remarks: [`The workspace "${name}" belongs to ${owner}. This link signs them in once:`],
      json: { workspaceId, name, personId, link, expiresAt: instant(house.nowMs() + signInLinkLastsMs) },
    };
  },
};

const list: ServerCommand = {
  words: 'workspace list',
  usage: '',
  most: 0,
  summary: 'List the workspaces of this server: id and name.',
  details: [],
  options: {},
  runOnServer: async ({ house }) => {
    const workspaces = await listWorkspaces(house.db.read);
    return {
      results: workspaces.map(({ id, name }) => `${id}\t${name}`),
      remarks: workspaces.length === 0 ? ['There is none before the first start.'] : [],
      json: workspaces,
    };
  },
};

export const workspaceCommands: readonly AdminCommand[] = [add, list];
