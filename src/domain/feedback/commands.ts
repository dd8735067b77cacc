/** The commands of this noun: inputs, and the guess a device shows while the server has not answered. */
import { z } from 'zod';
import { can } from '../access.ts';
import type { Action, Actor } from '../access.ts';
import { DomainError } from '../errors.ts';
import { boardId, feedbackItemId } from '../ids.ts';
import type { BoardId, FeedbackItemId, PersonId, WorkspaceId } from '../ids.ts';
import { lineUpTo } from '../one-line.ts';
import { defineCommand } from '../records.ts';
import type { GuessContext, ReadRecord, RecordPatch } from '../records.ts';
import type { Instant } from '../time.ts';
import {
  answerLimit,
  boardLanguages,
  boardTitleLimit,
  boardVisibilities,
  feedbackStatuses,
  introductionLimit,
  itemTextLimit,
  itemTitleLimit,
  moderations,
} from './feedback.ts';
import type { Board, FeedbackItem } from './feedback.ts';
import {
  checkModerated,
  checkOpen,
  slugLengthLimit,
  slugPattern,
  withAnswer,
  withMemberVote,
  withStatus,
  withVerdict,
} from './rules.ts';

const text = (limit: number) => z.string().trim().max(limit);
const itemAggregate = (input: { itemId: FeedbackItemId }) => `feedbackItem/${input.itemId}`;
const boardAggregate = (input: { boardId: BoardId }) => `board/${input.boardId}`;

/** Throws `not_allowed`. */
export function checkBoardAccess(
  actor: Actor,
  action: Action,
  board: Pick<Board, 'workspaceId' | 'visibility'>,
) {
  const { workspaceId, visibility } = board;
  if (!can(actor, action, { kind: 'board', workspaceId, visibility })) throw new DomainError('not_allowed');
}

function boardIn(context: GuessContext, id: BoardId, action: Action): Board {
  const board = context.read('board', id);
  if (!board) throw new DomainError('not_found');
  checkBoardAccess(context.actor, action, board);
  return board;
}

/** The item and its board, after the right was checked. */
function itemIn(
  context: GuessContext,
  id: FeedbackItemId,
  action: Action,
): { item: FeedbackItem; board: Board } {
  const item = context.read('feedbackItem', id);
  if (!item) throw new DomainError('not_found');
  return { item, board: boardIn(context, item.boardId, action) };
}

/** For a refused command: its input again, as long as board and item as they stand now let it through. */
const againIf =
  <Input extends { itemId: FeedbackItemId }>(
    next: (input: Input, item: FeedbackItem, board: Board | undefined) => Input | null,
  ) =>
  (input: Input, read: ReadRecord): Input | null => {
    const item = read('feedbackItem', input.itemId);
    return item ? next(input, item, read('board', item.boardId)) : input;
  };

const patchOfBoard = (value: Board): RecordPatch[] => [{ kind: 'board', id: value.id, value }];
const patchOfItem = (value: FeedbackItem): RecordPatch[] => [{ kind: 'feedbackItem', id: value.id, value }];

const boardFields = {
  title: lineUpTo(boardTitleLimit).min(1),
  introduction: text(introductionLimit),
  language: z.enum(boardLanguages),
  visibility: z.enum(boardVisibilities),
};

export interface NewItem {
  itemId: FeedbackItemId;
  title: string;
  text: string;
}

/** An item as it begins; `pending` for visitors' posts, `approved` for members'. */
export const newItem = (
  board: Board,
  input: NewItem,
  by: { personId: PersonId | null; name: string; at: Instant; workspaceId: WorkspaceId },
): FeedbackItem => ({
  id: input.itemId,
  workspaceId: by.workspaceId,
  boardId: board.id,
  title: input.title,
  text: input.text,
  status: 'open',
  moderation: by.personId === null ? 'pending' : 'approved',
  answer: null,
  votes: 0,
  voters: [],
  postedBy: by.personId,
  postedByName: by.name,
  postedAt: by.at,
  changedAt: by.at,
});

export const feedbackCommands = {
  'feedback.openBoard': defineCommand({
    name: 'feedback.openBoard',
    input: z.object({
      boardId,
      slug: z.string().min(1).max(slugLengthLimit).regex(slugPattern),
      ...boardFields,
    }),
    aggregate: boardAggregate,
    guess: (input, context) => {
      const { boardId: id, ...fields } = input;
      const board: Board = { id, workspaceId: context.workspaceId, ...fields, closedAt: null };
      checkBoardAccess(context.actor, 'board.manage', board);
      return patchOfBoard(board);
    },
  }),

  'feedback.changeBoard': defineCommand({
    name: 'feedback.changeBoard',
    input: z.object({ boardId, ...boardFields }),
    aggregate: boardAggregate,
    guess: ({ boardId: id, ...fields }, context) =>
      patchOfBoard({ ...boardIn(context, id, 'board.manage'), ...fields }),
  }),

  'feedback.closeBoard': defineCommand({
    name: 'feedback.closeBoard',
    input: z.object({ boardId }),
    aggregate: boardAggregate,
    guess: (input, context) => {
      const board = boardIn(context, input.boardId, 'board.manage');
      return patchOfBoard({ ...board, closedAt: board.closedAt ?? context.at });
    },
  }),

  'feedback.reopenBoard': defineCommand({
    name: 'feedback.reopenBoard',
    input: z.object({ boardId }),
    aggregate: boardAggregate,
    guess: (input, context) =>
      patchOfBoard({ ...boardIn(context, input.boardId, 'board.manage'), closedAt: null }),
  }),

  'feedback.post': defineCommand({
    name: 'feedback.post',
    input: z.object({
      itemId: feedbackItemId,
      boardId,
      title: lineUpTo(itemTitleLimit).min(1),
      text: text(itemTextLimit),
    }),
    aggregate: itemAggregate,
    needs: (input) => [boardAggregate(input)],
    guess: (input, context) => {
      const board = boardIn(context, input.boardId, 'board.post');
      checkOpen(board);
      const { personId, name } = context.actor;
      const by = { personId, name, at: context.at, workspaceId: context.workspaceId };
      return patchOfItem(newItem(board, input, by));
    },
    again: (input, read) => (read('board', input.boardId)?.closedAt ? null : input),
  }),

  'feedback.vote': defineCommand({
    name: 'feedback.vote',
    input: z.object({ itemId: feedbackItemId, wanted: z.boolean() }),
    aggregate: itemAggregate,
    guess: (input, context) => {
      const { item, board } = itemIn(context, input.itemId, 'board.vote');
      checkOpen(board);
      checkModerated(item);
      return patchOfItem(withMemberVote(item, context.actor.personId, input.wanted));
    },
    again: againIf((input, item, board) =>
      item.moderation === 'approved' && !board?.closedAt ? input : null,
    ),
  }),

  'feedback.setStatus': defineCommand({
    name: 'feedback.setStatus',
    input: z.object({ itemId: feedbackItemId, from: z.enum(feedbackStatuses), to: z.enum(feedbackStatuses) }),
    aggregate: itemAggregate,
    guess: ({ itemId, from, to }, context) =>
      patchOfItem(withStatus(itemIn(context, itemId, 'feedback.answer').item, { from, to, at: context.at })),
    again: againIf((input, { status, moderation }) =>
      moderation === 'approved' && status !== input.to ? { ...input, from: status } : null,
    ),
  }),

  'feedback.answer': defineCommand({
    name: 'feedback.answer',
    input: z.object({ itemId: feedbackItemId, text: text(answerLimit) }),
    aggregate: itemAggregate,
    guess: (input, context) => {
      const { item } = itemIn(context, input.itemId, 'feedback.answer');
      const { personId: by, name: byName } = context.actor;
      return patchOfItem(withAnswer(item, { text: input.text, by, byName, at: context.at }));
    },
    again: againIf((input, { moderation }) => (moderation === 'approved' ? input : null)),
  }),

  'feedback.moderate': defineCommand({
    name: 'feedback.moderate',
    input: z.object({
      itemId: feedbackItemId,
      from: z.enum(moderations),
      /** Back to `pending` undoes a verdict. */
      to: z.enum(moderations),
    }),
    aggregate: itemAggregate,
    guess: ({ itemId, from, to }, context) =>
      patchOfItem(
        withVerdict(itemIn(context, itemId, 'feedback.moderate').item, { from, to, at: context.at }),
      ),
    again: againIf((input, { moderation }) =>
      moderation === input.to ? null : { ...input, from: moderation },
    ),
  }),
} as const;
