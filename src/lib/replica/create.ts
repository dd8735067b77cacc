/**
 * Opens the engine for whoever uses this device. The device is asked first: a person it remembers gets their
 * workspace at once, with or without a network or a valid session, and the server is asked behind the screen.
 * Only a device that remembers nobody has to wait for the server.
 */
import { personHeader } from '#domain/access.ts';
import type { PersonActor } from '#domain/access.ts';
import { DomainError } from '#domain/errors.ts';
import type { WorkspaceId } from '#domain/ids.ts';
import { instant } from '#domain/time.ts';
import { askAccount, createApi, domainErrorOf, endSession } from '../api/client.ts';
import type { Api, SignedIn } from '../api/client.ts';
import { browserEnvironment } from '../device/environment.ts';
import type { Environment } from '../device/environment.ts';
import { openPerson, wipePerson } from '../device/person.ts';
import { openRoot } from '../device/root.ts';
import type { RootDevice } from '../device/root.ts';
import { createExchange } from '../sync/exchange.ts';
import { Core } from './core.ts';
import type { Identity } from './conversation.ts';
import { Engine } from './engine.svelte.ts';

export interface EngineOptions {
  /** The page's own surroundings unless a test brings others. */
  environment?: Environment;
  /** Sent with every request; for tests, which have no cookie jar. */
  headers?: () => Record<string, string>;
  /** Which of the person's workspaces; the first when not said. */
  workspaceId?: WorkspaceId;
  /**
   * Somebody else is signed in now, or the person signed out in another tab. The engine is closed; the page
   * has to start anew.
   */
  onLeft: () => void;
}

/**
 * Null when nobody is signed in: show the sign-in page. Throws `offline` when the device remembers nobody and
 * the server cannot be reached, `not_allowed` for an account without a workspace, `device_failed` when the
 * browser does not open its storage.
 */
export async function createEngine(options: EngineOptions): Promise<Engine | null> {
  const environment = options.environment ?? browserEnvironment();
  const { fetch, baseUrl } = environment;
  const api = createApi({ baseUrl, fetch, ...(options.headers ? { headers: options.headers } : {}) });
  const root = openRoot<SignedIn>(environment.indexedDB);

  await finishWiping(environment, root);
  const remembered = (await root.current())?.account ?? (await askAndRemember({ api, root, environment }));
  if (!remembered) {
    root.close();
    return null;
  }
  const { workspaceId } = options;
  const actor = actorOf(remembered, workspaceId);
  const device = openPerson(environment.indexedDB, actor.personId);

  // Everything but the question who is signed in says for whom it is meant.
  const ownApi = createApi({
    baseUrl,
    fetch,
    headers: () => ({ ...options.headers?.(), [personHeader]: actor.personId }),
  });
  const core = new Core({
    environment,
    api: ownApi,
    exchange: createExchange({
      baseUrl,
      fetch,
      personId: actor.personId,
      ...(options.headers ? { headers: options.headers } : {}),
    }),
    device,
    actor,
    workspaceId: actor.workspaceId,
    identify: async (): Promise<Identity> => {
      await finishSignOut(api, root);
      const account = await askAccount(api);
      if (!account) return 'nobody';
      await remember({ root, environment }, account);
      if (account.personId !== actor.personId) return 'other';
      const isMember = account.memberships.some((one) => one.workspaceId === actor.workspaceId);
      if (isMember) core.setActor(actorOf(account, actor.workspaceId));
      return 'same';
    },
    mayRestore: async () => (await root.people()).some(({ personId }) => personId === actor.personId),
    onLeft: () => {
      root.close();
      options.onLeft();
    },
  });
  await core.open();

  return new Engine(core, async ({ keep, evenIfWaiting = false }) => {
    const { commands, documents } = core.unsent;
    if (commands + documents > 0 && !keep && !evenIfWaiting)
      throw new DomainError('changes_waiting', { commands, documents });
    core.sayLeft();
    await core.close();
    await root.leave(actor.personId, !keep);
    await root.choose('signOutPending', true);
    if (!keep) {
      const pending = (await root.setting('wipePending')) ?? [];
      await root.choose('wipePending', [...pending, actor.personId]);
      await finishWiping(environment, root);
    }
    // Offline the cookie stays until the server can be told; the next start tells it before anything else.
    await finishSignOut(api, root).catch(() => undefined);
    root.close();
  });
}

interface Asking {
  api: Api;
  root: RootDevice<SignedIn>;
  environment: Environment;
}

async function askAndRemember({ api, root, environment }: Asking): Promise<SignedIn | null> {
  try {
    await finishSignOut(api, root);
    const account = await askAccount(api);
    if (account) await remember({ root, environment }, account);
    return account;
  } catch (error) {
    throw domainErrorOf(error);
  }
}

const remember = ({ root, environment }: Omit<Asking, 'api'>, account: SignedIn): Promise<void> =>
  root.remember({ personId: account.personId, account, usedAt: instant(environment.now()) });

/** Ends a session that was left while the server could not be told. */
async function finishSignOut(api: Api, root: RootDevice<SignedIn>): Promise<void> {
  if (!(await root.setting('signOutPending'))) return;
  await endSession(api);
  await root.choose('signOutPending', false);
}

function actorOf(account: SignedIn, workspaceId: WorkspaceId | undefined): PersonActor {
  const { personId, name, via, memberships } = account;
  const membership = workspaceId
    ? memberships.find((one) => one.workspaceId === workspaceId)
    : memberships[0];
  if (!membership) throw new DomainError('not_allowed');
  const { grants } = membership;
  return { kind: 'person', workspaceId: membership.workspaceId, personId, name, grants, via };
}

/** Deletes the copies of people who have left; what another tab still holds goes at the next start. */
async function finishWiping(environment: Environment, root: RootDevice<SignedIn>): Promise<void> {
  const pending = (await root.setting('wipePending')) ?? [];
  const left: string[] = [];
  for (const personId of pending)
    if (!(await wipePerson(environment.indexedDB, personId).catch(() => false))) left.push(personId);
  if (pending.length > 0) await root.choose('wipePending', left);
}
