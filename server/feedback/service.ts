/** Feedback as the server decides it, for members; what visitors of a public board do is in visits.ts. */
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
import type { BoardId, FeedbackItemId, WorkspaceId } from '#domain/ids.ts';
import type { AnswerNote, CommandAnswer, CommandSpec } from '#domain/records.ts';
import type { Instant } from '#domain/time.ts';
import type { RecordLoaders } from '../storage/changes.ts';
import type { Database, Tx } from '../storage/database.ts';
import { isUniqueViolation } from '../storage/faults.ts';
import { actorIdOf } from '../storage/receipts.ts';
import type { Commands, Decide, ReceivedCommand } from '../storage/receipts.ts';
import { boardIn, boardPatch, insertNew, itemIn, itemPatch, maySee, personIdOf } from './held.ts';
import * as store from './store.ts';
import { createVisits } from './visits.ts';

type InputOf<Spec> = Spec extends CommandSpec<string, infer Input> ? Input : never;
type Input<Name extends keyof typeof feedbackCommands> = InputOf<(typeof feedbackCommands)[Name]>;

export type Feedback = ReturnType<typeof createFeedback>;

export function createFeedback(parts: { db: Database; commands: Commands; now: () => Instant }) {
  const { commands } = parts;

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
    ...createVisits(parts),
    loaders,
  };
}

const aboutOf = (item: FeedbackItem, command: ReceivedCommand<unknown>) => ({
  itemId: item.id,
  boardId: item.boardId,
  name: command.name,
});
