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
import { Drafts, wipeDrafts } from '../device/drafts.ts';
import { openPerson, wipePerson } from '../device/person.ts';
import { openRoot } from '../device/root.ts';
import type { RootDevice } from '../device/root.ts';
import { createExchange } from '../sync/exchange.ts';
import { Core } from './core.ts';
import type { Identity } from './conversation.ts';
import { Engine } from './engine.svelte.ts';
import type { Places } from './engine.svelte.ts';

export interface EngineOptions {
  /** The page's own surroundings unless a test brings others. */
  environment?: Environment;
  /** Sent with every request; for tests, which have no cookie jar. */
  headers?: () => Record<string, string>;
  /** Which of the person's workspaces; the one they had open last when not said. */
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
  let account = remembered;
  const lastOpen = (await root.setting('workspaces'))?.[account.personId];
  const actor = actorOf(account, options.workspaceId ?? memberOf(account, lastOpen)?.workspaceId);
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
      const found = await askAccount(api);
      if (!found) return 'nobody';
      await remember({ root, environment }, found);
      if (found.personId !== actor.personId) return 'other';
      account = found;
      if (memberOf(found, actor.workspaceId)) core.setActor(actorOf(found, actor.workspaceId));
      return 'same';
    },
    mayRestore: async () => (await root.people()).some(({ personId }) => personId === actor.personId),
    onLeft: () => {
      root.close();
      options.onLeft();
    },
  });
  await core.open();

  const places: Places = {
    all: () => account.memberships.map(({ workspaceId, workspaceName: name }) => ({ workspaceId, name })),
    enter: async (workspaceId) => {
      const chosen = (await root.setting('workspaces')) ?? {};
      await root.choose('workspaces', { ...chosen, [actor.personId]: workspaceId });
    },
    waitingElsewhere: () => device.waitingElsewhere(actor.workspaceId),
  };

  const drafts = new Drafts(environment.words, actor);
  return new Engine(core, { places, drafts }, async ({ keep, evenIfWaiting = false }) => {
    const elsewhere = await places.waitingElsewhere();
    const commands = core.unsent.commands + elsewhere.commands;
    const documents = core.unsent.documents + elsewhere.documents;
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

const memberOf = ({ memberships }: SignedIn, workspaceId: WorkspaceId | undefined) =>
  memberships.find((one) => one.workspaceId === workspaceId);

function actorOf(account: SignedIn, workspaceId: WorkspaceId | undefined): PersonActor {
  const { personId, name, via, memberships } = account;
  const membership = workspaceId ? memberOf(account, workspaceId) : memberships[0];
  if (!membership) throw new DomainError('not_allowed');
  const { grants } = membership;
  return { kind: 'person', workspaceId: membership.workspaceId, personId, name, grants, via };
}

/** Deletes the copies of people who have left; what another tab still holds goes at the next start. */
async function finishWiping(environment: Environment, root: RootDevice<SignedIn>): Promise<void> {
  const pending = (await root.setting('wipePending')) ?? [];
  const left: string[] = [];
  for (const personId of pending) {
    wipeDrafts(environment.words, personId);
    if (!(await wipePerson(environment.indexedDB, personId).catch(() => false))) left.push(personId);
  }
  if (pending.length > 0) await root.choose('wipePending', left);
}
