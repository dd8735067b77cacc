/** One workspace on a real database in a folder of its own, in which the access test walks. */
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Role } from '#domain/access.ts';
import type { CommandId, DocumentId, FolderId, GrantId, PersonId } from '#domain/ids.ts';
import { createContextOf } from '#server/http/context.ts';
import { createLimits } from '#server/http/rate-limit.ts';
import { createCaller } from '#server/http/router.ts';
import { createServerLog } from '#server/log.ts';
import { openHouse } from '#server/open.ts';
import type { Walker } from './access-table.ts';
import { quickPasswords } from './quick-passwords.ts';

export type Caller = ReturnType<typeof createCaller>;

/** Somebody who walks up to the door: made anew for each call, since some calls end a session or a membership. */
export interface Self {
  caller: Caller;
  /** Null for nobody. */
  personId: PersonId | null;
  sessionId: string | null;
  email: string;
}

export const walkedPassword = 'an old stone bridge';

export type AccessWorld = Awaited<ReturnType<typeof openAccessWorld>>;

export async function openAccessWorld() {
  const dataDir = mkdtempSync(join(tmpdir(), 'stoa-access-'));
  const house = await openHouse({
    config: { dataDir, databaseUrl: null },
    log: createServerLog('silent'),
    passwords: quickPasswords,
  });
  const { services, db } = house;
  const roomy = { limit: 100_000, windowMs: 1000 };
  const limits = createLimits(Date.now, {
    signIn: roomy,
    signInFromAddress: roomy,
    signInToAccount: roomy,
    links: roomy,
    publicPosts: roomy,
    publicVotes: roomy,
  });
  const contextOf = createContextOf({
    services,
    limits,
    trust: { proxies: 0, publicUrl: null },
    now: house.now,
  });

  /** A caller with these cookies, as a page has it. */
  const callerWith = (cookies: readonly string[]): Caller => {
    const cookie = cookies.map((line) => line.split(';', 1)[0]).join('; ');
    const request = { headers: { cookie, host: 'localhost' }, socket: { remoteAddress: '127.0.0.1' } };
    const response = { appendHeader: () => response };
    return createCaller(
      contextOf(request as unknown as IncomingMessage, response as unknown as ServerResponse, house.newId()),
    );
  };

  const token = (await services.links.setUpToken()) ?? '';
  const visitor = { cookie: undefined, token: undefined };
  const firstOwner = { token, name: 'Olga', email: 'olga@example.org', password: walkedPassword };
  const setUp = await services.links.redeem(firstOwner, null, visitor);
  const { workspaceId } = setUp;
  const owner = callerWith(setUp.cookies);

  let count = 0;
  const addPerson = (role: Role): Promise<PersonId> => {
    count += 1;
    const email = `${role}-${count}@example.org`;
    return services.people.addPerson(workspaceId, { email, name: `${role} ${count}`, role });
  };

  /** The envelope around a command's input, with a new id each time. */
  const command = <Input>(input: Input) => ({
    commandId: house.newId() as CommandId,
    workspaceId,
    baseSeq: null,
    occurredAt: house.now(),
    input,
  });

  const documentId = house.newId() as DocumentId;
  const folderId = house.newId() as FolderId;
  const addFolder = async (id = house.newId() as FolderId): Promise<FolderId> => {
    await owner.folders.create(command({ id, parentId: null, name: 'Shared' }));
    return id;
  };
  await addFolder(folderId);
  const addDocument = async (id = house.newId() as DocumentId): Promise<DocumentId> => {
    const facts = { kind: 'policy', language: 'en', visibility: 'workspace', folderId: null } as const;
    await owner.documents.create(command({ id, title: 'A policy', ...facts }));
    return id;
  };
  await addDocument(documentId);

  const addGuest = async (): Promise<PersonId> => {
    const personId = await addPerson('viewer');
    await db.write((tx) => tx.deleteFrom('grants').where('person_id', '=', personId).execute());
    const scope = { kind: 'document', id: documentId } as const;
    const grantId = house.newId() as GrantId;
    await owner.grants.give(command({ grantId, personId, scope, role: 'editor', endsAt: null }));
    return personId;
  };

  async function walk(walker: Walker): Promise<Self> {
    if (walker === 'nobody')
      return { caller: callerWith([]), personId: null, sessionId: null, email: 'nobody@example.org' };
    const personId = await (walker === 'guest' ? addGuest() : addPerson(walker));
    const caller = callerWith(await services.accounts.openSession(personId, visitor));
    const me = await caller.account.get();
    const session = await db.read
      .selectFrom('sessions')
      .select('id')
      .where('user_id', '=', personId)
      .executeTakeFirstOrThrow();
    return { caller, personId, sessionId: session.id, email: me?.email ?? '' };
  }

  return {
    house,
    services,
    workspaceId: workspaceId,
    /** The first owner, who always stays. */
    owner,
    ownerId: setUp.personId,
    /** Shared with the workspace; the guest holds an editor's grant on it. */
    documentId,
    folderId,
    command,
    newId: <Id extends string>(): Id => house.newId() as Id,
    addPerson,
    addDocument,
    addFolder,
    walk,
    close: async () => {
      await house.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
