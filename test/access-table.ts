/**
 * Who may call what: one row for each procedure of the router. `access.test.ts` calls each one as each of six
 * people and compares; a procedure without a row fails, and so does a row without a procedure.
 *
 * `input` makes the procedure's whole input, anew for each call: `world.command({...})` for commands; what the
 * call will use up (a person to deactivate, a case to close) is made there. `self` is who is about to call.
 * Allowed means: an answer, or a refusal about the state of things. Refused means `not_signed_in`,
 * `not_allowed` or `not_found` (the existence of what one may not see is not told). `bad_input` and faults
 * fail the test.
 */
import type { AccessWorld, Self } from './access-world.ts';

export const walkers = ['nobody', 'guest', 'viewer', 'commenter', 'editor', 'owner'] as const;
/** `guest` holds an editor's grant on one shared document, `world.documentId`, and nothing else. */
export type Walker = (typeof walkers)[number];

export interface AccessRow {
  /** Those who may; everybody else must be refused. */
  may: readonly Walker[];
  input: (world: AccessWorld, self: Self) => unknown;
}

const everybody = walkers;
const members = ['guest', 'viewer', 'commenter', 'editor', 'owner'] as const;
const viewers = ['viewer', 'commenter', 'editor', 'owner'] as const;
const commenters = ['commenter', 'editor', 'owner'] as const;
const editors = ['editor', 'owner'] as const;
const owners = ['owner'] as const;
/** Editors, and the guest because the row is about the guest's own document. */
const editorsAndGuest = ['guest', 'editor', 'owner'] as const;

const inWorkspace = (world: AccessWorld) => ({ workspaceId: world.workspaceId });

const newInvitation = (world: AccessWorld) => ({
  invitationId: world.newId(),
  role: 'viewer' as const,
  scope: { kind: 'workspace' as const },
  email: null,
  expiresInDays: 7,
  endsAt: null,
});

const newCase = (world: AccessWorld) => ({
  caseId: world.newId(),
  track: 'violation' as const,
  title: 'Copied pictures',
  narrative: '',
  severity: 'low' as const,
  about: null,
});

const openCase = async (world: AccessWorld) => {
  const input = newCase(world);
  await world.owner.cases.open(world.command(input as never));
  return input.caseId;
};

export const accessTable: Record<string, AccessRow> = {
  'changes.since': { may: members, input: (world) => ({ ...inWorkspace(world), cursor: null }) },

  // Workspaces, people, grants
  'workspaces.rename': { may: owners, input: (world) => world.command({ name: 'Market rules' }) },
  'people.rename': { may: members, input: (world) => world.command({ name: 'Ana Prado' }) },
  'people.invite': { may: owners, input: (world) => world.command(newInvitation(world)) },
  'people.revokeInvitation': {
    may: owners,
    input: async (world) => {
      const invitation = newInvitation(world);
      await world.owner.people.invite(world.command(invitation as never));
      return world.command({ invitationId: invitation.invitationId });
    },
  },
  'people.changeRole': {
    may: owners,
    input: async (world) =>
      world.command({ personId: await world.addPerson('viewer'), role: 'editor', endsAt: null }),
  },
  'people.deactivate': {
    may: owners,
    input: async (world) => world.command({ personId: await world.addPerson('viewer') }),
  },
  'people.reactivate': {
    may: owners,
    input: async (world) => world.command({ personId: await world.addPerson('viewer') }),
  },
  'people.transferOwnership': {
    may: owners,
    input: async (world) => world.command({ personId: await world.addPerson('viewer') }),
  },
  'people.leave': { may: members, input: (world) => world.command({}) },
  'people.invitations': { may: members, input: inWorkspace },
  'people.record': { may: owners, input: (world) => ({ ...inWorkspace(world), before: null }) },
  'people.resetLink': {
    may: owners,
    input: async (world) => ({ ...inWorkspace(world), personId: await world.addPerson('viewer') }),
  },
  'grants.give': {
    may: editorsAndGuest,
    input: async (world) =>
      world.command({
        grantId: world.newId(),
        personId: await world.addPerson('viewer'),
        scope: { kind: 'document', id: world.documentId },
        role: 'commenter',
        endsAt: null,
      }),
  },
  'grants.revoke': {
    may: editorsAndGuest,
    input: async (world) => {
      const grantId = world.newId();
      const personId = await world.addPerson('viewer');
      const scope = { kind: 'document', id: world.documentId };
      const grant = { grantId, personId, scope, role: 'commenter', endsAt: null };
      await world.owner.grants.give(world.command(grant as never));
      return world.command({ grantId });
    },
  },

  // One's own account; what needs no session is open to everybody and proves itself another way
  'account.get': { may: everybody, input: () => undefined },
  'account.signIn': {
    may: everybody,
    input: () => ({ email: 'olga@example.org', password: 'an old stone bridge' }),
  },
  'account.signOut': { may: everybody, input: () => undefined },
  'account.sessions': { may: members, input: () => undefined },
  'account.revokeSession': {
    may: members,
    input: (_world, self) => ({ sessionId: self.sessionId ?? 'none' }),
  },
  'account.revokeOtherSessions': { may: members, input: () => undefined },
  'account.changePassword': {
    may: members,
    // Nobody here has a password yet: refused as wrong, which is not a question of access.
    input: () => ({ current: 'no password at all', next: 'a new stone bridge' }),
  },
  'account.tokens': { may: members, input: inWorkspace },
  'account.addToken': {
    may: members,
    input: (world) => ({ ...inWorkspace(world), name: 'script', expiresAt: null }),
  },
  'account.revokeToken': {
    may: members,
    input: async (world, self) => {
      const whose = { workspaceId: world.workspaceId, personId: self.personId ?? world.ownerId };
      const { id } = await world.services.tokens.create(whose, { name: 'script', expiresAt: null });
      return { ...inWorkspace(world), tokenId: id };
    },
  },
  'links.look': { may: everybody, input: invitationToken },
  'links.redeem': {
    may: everybody,
    input: async (world) => ({
      ...(await invitationToken(world)),
      name: 'New',
      email: `${world.newId<string>()}@example.org`,
      password: 'a wide new bridge',
    }),
  },

  // Documents and folders
  'documents.create': {
    may: editors,
    input: (world) =>
      world.command({
        id: world.newId(),
        kind: 'note',
        title: 'Note',
        language: 'en',
        visibility: 'workspace',
        folderId: null,
      }),
  },
  'documents.import': {
    may: editors,
    input: (world) =>
      world.command({
        id: world.newId(),
        fileName: 'rules.md',
        text: '# Rules',
        encoding: 'utf-8',
        kind: null,
        language: null,
        visibility: 'workspace',
        folderId: null,
        frontMatter: 'read',
      }),
  },
  'documents.rename': {
    may: editorsAndGuest,
    input: (world) => world.command({ id: world.documentId, title: 'Another title' }),
  },
  'documents.setKind': {
    may: editorsAndGuest,
    input: (world) => world.command({ id: world.documentId, kind: 'policy' }),
  },
  'documents.setLanguage': {
    may: editorsAndGuest,
    input: (world) => world.command({ id: world.documentId, language: 'en' }),
  },
  'documents.move': {
    may: editors,
    input: (world) => world.command({ id: world.documentId, folderId: null }),
  },
  'documents.share': {
    may: editorsAndGuest,
    input: (world) => world.command({ id: world.documentId, visibility: 'workspace' }),
  },
  'documents.archive': {
    may: editors,
    input: async (world) => world.command({ id: await world.addDocument() }),
  },
  'documents.restore': {
    may: editors,
    input: async (world) => world.command({ id: await world.addDocument() }),
  },
  'documents.outline': {
    may: [...viewers, 'guest'],
    input: (world) => ({ ...inWorkspace(world), documentId: world.documentId }),
  },
  'folders.create': {
    may: editors,
    input: (world) =>
      world.command({ id: world.newId(), parentId: null, name: `Folder ${world.newId<string>()}` }),
  },
  'folders.rename': {
    may: editors,
    input: (world) => world.command({ id: world.folderId, name: `Folder ${world.newId<string>()}` }),
  },

  'folders.move': {
    may: editors,
    input: async (world) => world.command({ id: await world.addFolder(), parentId: world.folderId }),
  },
  'folders.remove': {
    may: editors,
    input: async (world) => world.command({ id: await world.addFolder() }),
  },

  // Cases
  'cases.open': { may: commenters, input: (world) => world.command(newCase(world)) },
  'cases.claim': { may: editors, input: async (world) => world.command({ caseId: await openCase(world) }) },
  'cases.release': {
    may: editors,
    input: async (world) =>
      world.command({ caseId: await openCase(world), holderId: world.ownerId, reason: 'ill' }),
  },
  'cases.changeState': {
    may: editors,
    input: async (world) =>
      world.command({ caseId: await openCase(world), from: 'new', to: 'triage', reason: 'looked at' }),
  },
  'cases.setSeverity': {
    may: editors,
    input: async (world) => world.command({ caseId: await openCase(world), severity: 'high' }),
  },
  'cases.retitle': {
    may: editors,
    input: async (world) => world.command({ caseId: await openCase(world), title: 'Stolen pictures' }),
  },
  'cases.note': {
    may: commenters,
    input: async (world) => world.command({ caseId: await openCase(world), text: 'Seller answered.' }),
  },
  'cases.get': {
    may: viewers,
    input: async (world) => ({ ...inWorkspace(world), caseId: await openCase(world) }),
  },
  'cases.list': { may: viewers, input: (world) => ({ ...inWorkspace(world), only: 'all', before: null }) },

  // Feedback. Rows of `feedback` are about an internal board; `boards` is the public's door.
  'feedback.openBoard': { may: editors, input: (world) => world.command(newBoard(world)) },
  'feedback.changeBoard': {
    may: editors,
    input: async (world) => {
      const { slug: _, ...fields } = await openBoard(world);
      return world.command({ ...fields, title: 'Another title' });
    },
  },
  'feedback.closeBoard': {
    may: editors,
    input: async (world) => world.command({ boardId: (await openBoard(world)).boardId }),
  },
  'feedback.reopenBoard': {
    may: editors,
    input: async (world) => world.command({ boardId: (await openBoard(world)).boardId }),
  },
  'feedback.post': {
    may: viewers,
    input: async (world) => world.command(newItem(world, (await openBoard(world)).boardId)),
  },
  'feedback.vote': {
    may: viewers,
    input: async (world) => world.command({ itemId: await postItem(world), wanted: true }),
  },
  'feedback.setStatus': {
    may: editors,
    input: async (world) => world.command({ itemId: await postItem(world), from: 'open', to: 'planned' }),
  },
  'feedback.answer': {
    may: editors,
    input: async (world) => world.command({ itemId: await postItem(world), text: 'Thank you.' }),
  },
  'feedback.moderate': {
    may: editors,
    input: async (world) => world.command({ itemId: await postItem(world), from: 'approved', to: 'refused' }),
  },
  'boards.read': {
    may: everybody,
    input: async (world) => ({
      slug: (await openBoard(world, 'public')).slug,
      page: 0,
      visitorKey: null,
    }),
  },
  'boards.post': {
    may: everybody,
    input: async (world) => {
      const { slug, boardId } = await openBoard(world, 'public');
      const { itemId, title, text } = newItem(world, boardId);
      return { ...fromVisitor(world), slug, itemId, title, text, name: '' };
    },
  },
  'boards.vote': {
    may: everybody,
    input: async (world) => {
      const board = await openBoard(world, 'public');
      const item = newItem(world, board.boardId);
      await world.owner.feedback.post(world.command(item as never));
      return { ...fromVisitor(world), slug: board.slug, itemId: item.itemId, wanted: true };
    },
  },
};

const newBoard = (world: AccessWorld, visibility: 'internal' | 'public' = 'internal') => ({
  boardId: world.newId<string>(),
  slug: `board-${world.newId<string>()}`.slice(0, 40),
  title: 'Sellers',
  introduction: '',
  language: 'en' as const,
  visibility,
});

async function openBoard(world: AccessWorld, visibility: 'internal' | 'public' = 'internal') {
  const board = newBoard(world, visibility);
  await world.owner.feedback.openBoard(world.command(board as never));
  return board;
}

const newItem = (world: AccessWorld, boardId: string) => ({
  itemId: world.newId<string>(),
  boardId,
  title: 'Longer time to answer',
  text: '',
});

async function postItem(world: AccessWorld): Promise<string> {
  const item = newItem(world, (await openBoard(world)).boardId);
  await world.owner.feedback.post(world.command(item as never));
  return item.itemId;
}

const fromVisitor = (world: AccessWorld) => ({
  commandId: world.newId<string>(),
  visitorKey: world.newId<string>(),
});

async function invitationToken(world: AccessWorld): Promise<{ token: string }> {
  const invitation = newInvitation(world);
  await world.owner.people.invite(world.command(invitation as never));
  const open = await world.owner.people.invitations({ workspaceId: world.workspaceId });
  const link = open.find(({ id }) => id === invitation.invitationId)?.link ?? '';
  return { token: link.split('#')[1] ?? '' };
}
