/**
 * Feedback as the server decides it: members through commands of the common pattern, visitors of a public
 * board through `postAsVisitor` and `voteAsVisitor`, which are commands too but wait for a moderator's eye and
 * are known only by a hash of the key in the visitor's browser.
 */
import { createHash } from 'node:crypto';
import { can } from '#domain/access.ts';
import type { Action, Actor, PersonActor, Visitor } from '#domain/access.ts';
import { DomainError, errorCodeOf } from '#domain/errors.ts';
import type { feedbackCommands } from '#domain/feedback/commands.ts';
import { checkBoardAccess, newItem } from '#domain/feedback/commands.ts';
import type { Board, FeedbackItem } from '#domain/feedback/feedback.ts';
import {
  checkModerated,
  checkOpen,
  isShownTo,
  withAnswer,
  withMemberVote,
  withStatus,
  withVerdict,
} from '#domain/feedback/rules.ts';
import type { BoardId, CommandId, FeedbackItemId, PersonId, WorkspaceId } from '#domain/ids.ts';
import type { AnswerNote, CommandAnswer, CommandSpec, RecordPatch } from '#domain/records.ts';
import type { Instant } from '#domain/time.ts';
import type { RecordLoaders } from '../storage/changes.ts';
import type { Database, Tx } from '../storage/database.ts';
import { isUniqueViolation } from '../storage/faults.ts';
import { actorIdOf } from '../storage/receipts.ts';
import type { Commands, Decide, ReceivedCommand } from '../storage/receipts.ts';
import * as store from './store.ts';

/** Items on one page of a public board. */
export const boardPageLimit = 50;
/** Posts of visitors that may wait on one board; beyond it the board takes no more until someone looks. */
export const pendingLimit = 500;

type InputOf<Spec> = Spec extends CommandSpec<string, infer Input> ? Input : never;
type Input<Name extends keyof typeof feedbackCommands> = InputOf<(typeof feedbackCommands)[Name]>;

/** What a visitor's browser sends besides the words. */
export interface VisitorCommand {
  commandId: CommandId;
  /** Random text kept in a cookie of the visitor's browser; only its hash is stored. */
  visitorKey: string;
}

export interface PublicBoard {
  board: Pick<Board, 'slug' | 'title' | 'introduction' | 'language' | 'closedAt'>;
  items: (Pick<FeedbackItem, 'id' | 'title' | 'text' | 'status' | 'votes' | 'postedByName' | 'postedAt'> & {
    answer: { text: string; at: Instant } | null;
    hasMyVote: boolean;
  })[];
  nextPage: number | null;
}

export type Feedback = ReturnType<typeof createFeedback>;

export function createFeedback(parts: { db: Database; commands: Commands; now: () => Instant }) {
  const { db, commands, now } = parts;

  async function boardIn(tx: Tx, command: ReceivedCommand<unknown>, id: BoardId, action: Action) {
    const board = await store.holdBoard(tx, command.workspaceId, id);
    if (!board) throw new DomainError('not_found');
    checkBoardAccess(command.actor, action, board);
    return board;
  }

  async function itemIn(tx: Tx, command: ReceivedCommand<unknown>, id: FeedbackItemId, action: Action) {
    const item = await store.holdItem(tx, command.workspaceId, id);
    const boards = await store.boardsById(tx, command.workspaceId, item ? [item.boardId] : []);
    const board = item && boards.get(item.boardId);
    if (!item || !board) throw new DomainError('not_found');
    checkBoardAccess(command.actor, action, board);
    if (!isShownTo(item, personIdOf(command.actor), maySee(command.actor, 'feedback.moderate', board)))
      throw new DomainError('not_found');
    return { item, board };
  }

  const deciding =
    <Given>(decide: Decide<Given>) =>
    (command: ReceivedCommand<Given>): Promise<CommandAnswer> =>
      commands.decide(command, decide);

  /**
   * Asks a rule on behalf of a member. Where it refuses because of what somebody else did meanwhile, the
   * refusal names that person.
   */
  async function decided<Given>(
    tx: Tx,
    workspaceId: WorkspaceId,
    about: { itemId?: FeedbackItemId; boardId: BoardId; name: string },
    rule: () => Given,
  ): Promise<Given> {
    try {
      return rule();
    } catch (error) {
      const code = errorCodeOf(error);
      if (code !== 'moved_on' && code !== 'not_moderated' && code !== 'board_closed') throw error;
      const act =
        code === 'board_closed'
          ? { aggregate: `board/${about.boardId}`, names: ['feedback.closeBoard'] }
          : {
              aggregate: `feedbackItem/${about.itemId ?? ''}`,
              names: [code === 'moved_on' ? about.name : 'feedback.moderate'],
            };
      const by = await store.lastBy(tx, { workspaceId, ...act });
      throw new DomainError(code, { ...(error as DomainError).details, by });
    }
  }

  /** A later change of a register stands; its author is told what another had written meanwhile. */
  async function changedByBoth(
    tx: Tx,
    command: ReceivedCommand<unknown>,
    change: { table: 'boards' | 'feedback_items'; id: string; field: string; before: string; now: string },
  ): Promise<AnswerNote[]> {
    const { table, id, field, before } = change;
    if (before === change.now) return [];
    const last = await store.writerOf(tx, { table, workspaceId: command.workspaceId, id });
    if (!last || last.seq <= (command.baseSeq ?? 0) || last.actorId === actorIdOf(command.actor)) return [];
    const kind = table === 'boards' ? 'board' : 'feedbackItem';
    return [{ code: 'changed_by_both', kind, id, field, before, now: change.now, by: last.actorId }];
  }

  const openBoard = deciding<Input<'feedback.openBoard'>>(async (tx, command) => {
    const { boardId: id, ...fields } = command.input;
    const board: Board = { id, workspaceId: command.workspaceId, ...fields, closedAt: null };
    checkBoardAccess(command.actor, 'board.manage', board);
    if (await store.boardBySlug(tx, board.slug)) throw new DomainError('slug_taken', { slug: board.slug });
    try {
      await store.insertBoard(tx, board, command.commandId);
    } catch (error) {
      // Somebody took the address between the look and the insert.
      if (isUniqueViolation(error)) throw new DomainError('slug_taken', { slug: board.slug });
      throw error;
    }
    return { records: [boardPatch(board)] };
  });

  const changeBoard = deciding<Input<'feedback.changeBoard'>>(async (tx, command) => {
    const { boardId: id, ...fields } = command.input;
    const before = await boardIn(tx, command, id, 'board.manage');
    const board = { ...before, ...fields };
    const change = { table: 'boards', id, field: 'title', before: before.title, now: board.title } as const;
    const notes = await changedByBoth(tx, command, change);
    await store.saveBoard(tx, board, before.title === board.title ? null : command.commandId);
    return { records: [boardPatch(board)], notes };
  });

  const setClosed = (isClosed: boolean) =>
    deciding<{ boardId: BoardId }>(async (tx, command) => {
      const before = await boardIn(tx, command, command.input.boardId, 'board.manage');
      const board = { ...before, closedAt: isClosed ? (before.closedAt ?? command.now) : null };
      await store.saveBoard(tx, board, null);
      return { records: [boardPatch(board)] };
    });

  const post = deciding<Input<'feedback.post'>>(async (tx, command) => {
    const board = await boardIn(tx, command, command.input.boardId, 'board.post');
    await decided(tx, command.workspaceId, { boardId: board.id, name: command.name }, () => checkOpen(board));
    const { actor, now: at, workspaceId, input } = command;
    const name = actor.kind === 'person' ? actor.name : '';
    const item = newItem(board, input, { personId: personIdOf(actor), name, at, workspaceId });
    await insertNew(tx, item);
    return { records: [itemPatch(item)] };
  });

  const vote = deciding<Input<'feedback.vote'>>(async (tx, command) => {
    const { item, board } = await itemIn(tx, command, command.input.itemId, 'board.vote');
    await decided(tx, command.workspaceId, aboutOf(item, command), () => {
      checkOpen(board);
      checkModerated(item);
    });
    const personId = personIdOf(command.actor);
    if (personId === null) throw new DomainError('not_signed_in');
    const voted = withMemberVote(item, personId, command.input.wanted);
    await store.setVote(tx, { item, voter: personId, personId, at: command.now }, command.input.wanted);
    return { records: [itemPatch(voted)] };
  });

  const setStatus = deciding<Input<'feedback.setStatus'>>(async (tx, command) => {
    const { itemId, from, to } = command.input;
    const { item } = await itemIn(tx, command, itemId, 'feedback.answer');
    const changed = await decided(tx, command.workspaceId, aboutOf(item, command), () =>
      withStatus(item, { from, to, at: command.now }),
    );
    await store.saveItem(tx, changed, null);
    return { records: [itemPatch(changed)] };
  });

  const answer = deciding<Input<'feedback.answer'>>(async (tx, command) => {
    const { itemId, text } = command.input;
    const { item } = await itemIn(tx, command, itemId, 'feedback.answer');
    const { actor } = command;
    const byName = actor.kind === 'person' ? actor.name : '';
    const changed = await decided(tx, command.workspaceId, aboutOf(item, command), () =>
      withAnswer(item, { text, by: personIdOf(actor), byName, at: command.now }),
    );
    const notes = await changedByBoth(tx, command, {
      table: 'feedback_items',
      id: itemId,
      field: 'answer',
      before: item.answer?.text ?? '',
      now: text,
    });
    await store.saveItem(tx, changed, command.commandId);
    return { records: [itemPatch(changed)], notes };
  });

  const moderate = deciding<Input<'feedback.moderate'>>(async (tx, command) => {
    const { itemId, from, to } = command.input;
    const { item } = await itemIn(tx, command, itemId, 'feedback.moderate');
    const changed = await decided(tx, command.workspaceId, aboutOf(item, command), () =>
      withVerdict(item, { from, to, at: command.now }),
    );
    await store.saveItem(tx, changed, null);
    return { records: [itemPatch(changed)] };
  });

  /** Throws `not_found` for an internal board exactly as for none at all: its existence is not public. */
  async function publicBoard(slug: string): Promise<Board> {
    const board = await store.boardBySlug(db.read, slug);
    if (!board || board.visibility !== 'public') throw new DomainError('not_found');
    return board;
  }

  const fromVisitor = <Given>(
    board: Board,
    visitor: Visitor,
    { name, aggregate, input, from }: { name: string; aggregate: string; input: Given; from: VisitorCommand },
  ): ReceivedCommand<Given> => {
    const at = now();
    const { workspaceId } = board;
    return {
      commandId: from.commandId,
      workspaceId,
      baseSeq: null,
      occurredAt: at,
      name,
      aggregate,
      input,
      actor: visitor,
      now: at,
    };
  };

  async function postAsVisitor(
    visitor: Visitor,
    slug: string,
    input: { itemId: FeedbackItemId; title: string; text: string; name: string },
    from: VisitorCommand,
  ): Promise<void> {
    const board = await publicBoard(slug);
    const aggregate = `feedbackItem/${input.itemId}`;
    const command = fromVisitor(board, visitor, { name: 'feedback.post', aggregate, input, from });
    await commands.decide(command, async (tx) => {
      const held = await boardIn(tx, command, board.id, 'board.post');
      checkOpen(held);
      if ((await store.countPending(tx, held)) >= pendingLimit) throw new DomainError('busy');
      const by = { personId: null, name: input.name, at: command.now, workspaceId: board.workspaceId };
      const item = newItem(held, input, by);
      await insertNew(tx, item);
      return { records: [itemPatch(item)] };
    });
  }

  async function voteAsVisitor(
    visitor: Visitor,
    slug: string,
    input: { itemId: FeedbackItemId; wanted: boolean },
    from: VisitorCommand,
  ): Promise<void> {
    const board = await publicBoard(slug);
    const aggregate = `feedbackItem/${input.itemId}`;
    const command = fromVisitor(board, visitor, { name: 'feedback.vote', aggregate, input, from });
    await commands.decide(command, async (tx) => {
      const { item, board: held } = await itemIn(tx, command, input.itemId, 'board.vote');
      // The item's own board decides what is open, whatever board the address named.
      if (held.id !== board.id) throw new DomainError('not_found');
      checkOpen(held);
      const voter = visitorVoter(board.workspaceId, from.visitorKey);
      await store.setVote(tx, { item, voter, personId: null, at: command.now }, input.wanted);
      const voted = (await store.itemsById(tx, board.workspaceId, [item.id])).get(item.id);
      return { records: voted ? [itemPatch(voted)] : [] };
    });
  }

  /**
   * A page of a public board as anybody sees it, without the names of members; `visitorKey` marks the reader's
   * own votes.
   */
  async function readPublic(slug: string, page: number, visitorKey: string | null): Promise<PublicBoard> {
    const board = await publicBoard(slug);
    const offset = page * boardPageLimit;
    const found = await store.pageOfItems(db.read, board, { offset, limit: boardPageLimit + 1 });
    const items = found.slice(0, boardPageLimit);
    const voter = visitorKey === null ? null : visitorVoter(board.workspaceId, visitorKey);
    const ids = items.map((item) => item.id);
    const mine = voter === null ? null : await store.votesOf(db.read, board.workspaceId, voter, ids);
    const { title, introduction, language, closedAt } = board;
    return {
      board: { slug, title, introduction, language, closedAt },
      items: items.map((item) => ({
        id: item.id,
        title: item.title,
        text: item.text,
        status: item.status,
        votes: item.votes,
        postedByName: item.postedBy === null ? item.postedByName : '',
        postedAt: item.postedAt,
        answer: item.answer && { text: item.answer.text, at: item.answer.at },
        hasMyVote: mine?.has(item.id) ?? false,
      })),
      nextPage: found.length > boardPageLimit ? page + 1 : null,
    };
  }

  const loaders: Pick<RecordLoaders, 'board' | 'feedbackItem'> = {
    board: async (tx, actor, ids) => {
      const boards = await store.boardsById(tx, actor.workspaceId, ids);
      return new Map([...boards].filter(([, board]) => maySee(actor, 'board.read', board)));
    },
    feedbackItem: async (tx, actor, ids) => {
      const items = await store.itemsById(tx, actor.workspaceId, ids);
      const boardIds = [...new Set([...items.values()].map((item) => item.boardId))];
      const boards = await store.boardsById(tx, actor.workspaceId, boardIds);
      return new Map(
        [...items].filter(([, item]) => {
          const board = boards.get(item.boardId);
          return (
            board !== undefined &&
            maySee(actor, 'board.read', board) &&
            isShownTo(item, actor.personId, maySee(actor, 'feedback.moderate', board))
          );
        }),
      );
    },
  };

  return {
    openBoard,
    changeBoard,
    closeBoard: setClosed(true),
    reopenBoard: setClosed(false),
    post,
    vote,
    setStatus,
    answer,
    moderate,
    postAsVisitor,
    voteAsVisitor,
    readPublic,
    loaders,
  };
}

const maySee = (actor: PersonActor | Actor, action: Action, board: Board): boolean =>
  can(actor, action, { kind: 'board', workspaceId: board.workspaceId, visibility: board.visibility });

const personIdOf = (actor: Actor): PersonId | null => (actor.kind === 'person' ? actor.personId : null);

const aboutOf = (item: FeedbackItem, command: ReceivedCommand<unknown>) => ({
  itemId: item.id,
  boardId: item.boardId,
  name: command.name,
});

/** One browser, one vote on an item; the key itself is never stored. */
const visitorVoter = (workspaceId: WorkspaceId, key: string): string =>
  `visitor:${createHash('sha256').update(`${workspaceId}\n${key}`).digest('base64url')}`;

const boardPatch = (value: Board): RecordPatch => ({ kind: 'board', id: value.id, value });
const itemPatch = (value: FeedbackItem): RecordPatch => ({ kind: 'feedbackItem', id: value.id, value });

/** Throws `bad_input` when the id is taken: ids are made for one thing. */
async function insertNew(tx: Tx, item: FeedbackItem): Promise<void> {
  if ((await store.itemsById(tx, item.workspaceId, [item.id])).has(item.id))
    throw new DomainError('bad_input', { field: 'itemId' });
  await store.insertItem(tx, item);
}
