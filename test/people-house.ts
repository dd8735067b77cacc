/** People and access as `server/open.ts` joins them, on a database that is handed in, with a clock to turn. */
import { randomBytes } from 'node:crypto';
import type { PersonActor, Resource, Role } from '#domain/access.ts';
import { uuidv7 } from '#domain/ids.ts';
import type { CommandId, PersonId, WorkspaceId } from '#domain/ids.ts';
import type { CommandSpec } from '#domain/records.ts';
import { instant } from '#domain/time.ts';
import { workspaceCommands } from '#domain/workspaces/commands.ts';
import type { CommandInput } from '#domain/workspaces/commands.ts';
import { createLocalQueue } from '#server/jobs/local.ts';
import { createChanges } from '#server/storage/changes.ts';
import type { Database } from '#server/storage/database.ts';
import { createCommands } from '#server/storage/receipts.ts';
import type { ReceivedCommand } from '#server/storage/receipts.ts';
import { createAccounts } from '#server/workspaces/accounts.ts';
import type { Credentials } from '#server/workspaces/accounts.ts';
import { createAuth } from '#server/workspaces/auth.ts';
import { createAccessBell } from '#server/workspaces/bell.ts';
import { createHistory } from '#server/workspaces/history.ts';
import { createLinks } from '#server/workspaces/links.ts';
import { createPeopleLoaders } from '#server/workspaces/records.ts';
import { createSecrets } from '#server/workspaces/secrets.ts';
import { createPeople } from '#server/workspaces/service.ts';
import { createTokens } from '#server/workspaces/tokens.ts';
import { quickPasswords } from './quick-passwords.ts';

export const password = 'an old stone bridge';
export const visitor: Credentials = { cookie: undefined, token: undefined, userAgent: 'a browser' };
export const cookieOf = (lines: readonly string[]): Credentials => ({
  ...visitor,
  cookie: lines.map((line) => line.split(';', 1)[0]).join('; '),
});

export type PeopleHouse = Awaited<ReturnType<typeof openPeopleHouse>>;

export async function openPeopleHouse(db: Database) {
  let skippedMs = 0;
  const nowMs = () => Date.now() + skippedMs;
  const now = () => instant(nowMs());
  const newId = () => uuidv7(nowMs(), randomBytes(10));
  const changes = createChanges({ db });
  const queue = createLocalQueue({ db, nowMs, newId });
  const commands = createCommands({ db, changes, queue });
  const secrets = createSecrets(randomBytes(32));
  const bell = createAccessBell();
  const tokens = createTokens({ db, changes, bell, now, newId, randomBytes });
  const passwords = quickPasswords;
  const auth = createAuth({ db, secrets, passwords, newId });
  const accounts = createAccounts({ db, auth, passwords, tokens, bell, now, newId });
  const links = createLinks({ db, changes, commands, secrets, passwords, accounts, bell, now, newId });
  /** Documents that the tests share: all are in the workspace and in no folder. */
  const documents = new Set<string>();
  const scopes = {
    resourceOf: async (_read: unknown, workspaceId: WorkspaceId, scope: { kind: string; id: string }) =>
      scope.kind === 'document' && documents.has(scope.id)
        ? ({
            kind: 'document',
            workspaceId,
            id: scope.id,
            folderIds: [],
            visibility: 'workspace',
            createdBy: null,
          } satisfies Resource)
        : null,
  };
  const people = createPeople({ db, changes, commands, queue, links, scopes, bell, now, newId });
  const history = createHistory({ db });
  const loaders = createPeopleLoaders({ scopes, now });

  const token = (await links.setUpToken()) ?? '';
  const { workspaceId, personId: ownerId } = await links.redeem(
    { token, name: 'Olga', email: 'olga@example.org', password },
    null,
    visitor,
  );

  const actorOf = async (personId: PersonId): Promise<PersonActor> =>
    accounts.actorIn(
      { personId, name: '', email: '', sessionId: 'a session', via: 'session', onlyWorkspace: null },
      workspaceId,
    );

  let count = 0;
  const add = (role: Role): Promise<PersonId> => {
    count += 1;
    return people.addPerson(workspaceId, {
      email: `${role}${count}@example.org`,
      name: `${role} ${count}`,
      role,
    });
  };

  /** A command as the door hands it to the service. */
  async function received<Name extends keyof typeof workspaceCommands>(
    by: PersonId,
    name: Name,
    input: CommandInput<Name>,
  ): Promise<ReceivedCommand<CommandInput<Name>>> {
    const spec = workspaceCommands[name] as unknown as CommandSpec<Name, CommandInput<Name>>;
    return {
      commandId: newId() as CommandId,
      workspaceId,
      baseSeq: null,
      occurredAt: now(),
      name,
      aggregate: spec.aggregate(input),
      input,
      actor: await actorOf(by),
      now: now(),
    };
  }

  const invite = async (
    by: PersonId,
    wish: Partial<CommandInput<'people.invite'>> = {},
  ): Promise<{ invitationId: string; token: string }> => {
    const invitationId = newId() as CommandInput<'people.invite'>['invitationId'];
    const usual = {
      role: 'editor',
      scope: { kind: 'workspace' },
      email: null,
      expiresInDays: 7,
      endsAt: null,
    } as const;
    await people.invite(await received(by, 'people.invite', { invitationId, ...usual, ...wish }));
    const open = await people.invitations(await actorOf(by));
    const link = open.find(({ id }) => id === invitationId)?.link ?? '';
    return { invitationId, token: link.split('#')[1] ?? '' };
  };

  return {
    db,
    changes,
    queue,
    commands,
    bell,
    tokens,
    accounts,
    links,
    passwords,
    people,
    history,
    loaders,
    documents,
    workspaceId,
    ownerId,
    setUpToken: token,
    actorOf,
    add,
    received,
    invite,
    now,
    newId: <Id extends string>() => newId() as Id,
    skip: (ms: number) => void (skippedMs += ms),
  };
}
