/** Boards and items as a command finds them, held for its transaction, and as its answer says them. */
import { can } from '#domain/access.ts';
import type { Action, Actor } from '#domain/access.ts';
import { DomainError } from '#domain/errors.ts';
import { checkBoardAccess } from '#domain/feedback/commands.ts';
import type { Board, FeedbackItem } from '#domain/feedback/feedback.ts';
import { isShownTo } from '#domain/feedback/rules.ts';
import type { BoardId, FeedbackItemId, PersonId } from '#domain/ids.ts';
import type { RecordPatch } from '#domain/records.ts';
import type { Tx } from '../storage/database.ts';
import type { ReceivedCommand } from '../storage/receipts.ts';
import * as store from './store.ts';

/** Throws `not_found` or `not_allowed`. */
export async function boardIn(tx: Tx, command: ReceivedCommand<unknown>, id: BoardId, action: Action) {
  const board = await store.holdBoard(tx, command.workspaceId, id);
  if (!board) throw new DomainError('not_found');
  checkBoardAccess(command.actor, action, board);
  return board;
}

/** Throws `not_found` also for what this actor may not see yet. */
export async function itemIn(tx: Tx, command: ReceivedCommand<unknown>, id: FeedbackItemId, action: Action) {
  const item = await store.holdItem(tx, command.workspaceId, id);
  const boards = await store.boardsById(tx, command.workspaceId, item ? [item.boardId] : []);
  const board = item && boards.get(item.boardId);
  if (!item || !board) throw new DomainError('not_found');
  checkBoardAccess(command.actor, action, board);
  if (!isShownTo(item, personIdOf(command.actor), maySee(command.actor, 'feedback.moderate', board)))
    throw new DomainError('not_found');
  return { item, board };
}

export const maySee = (actor: Actor, action: Action, board: Board): boolean =>
  can(actor, action, { kind: 'board', workspaceId: board.workspaceId, visibility: board.visibility });

export const personIdOf = (actor: Actor): PersonId | null =>
  actor.kind === 'person' ? actor.personId : null;

export const boardPatch = (value: Board): RecordPatch => ({ kind: 'board', id: value.id, value });
export const itemPatch = (value: FeedbackItem): RecordPatch => ({
  kind: 'feedbackItem',
  id: value.id,
  value,
});

/** Throws `bad_input` when the id is taken: ids are made for one thing. */
export async function insertNew(tx: Tx, item: FeedbackItem): Promise<void> {
  if ((await store.itemsById(tx, item.workspaceId, [item.id])).has(item.id))
    throw new DomainError('bad_input', { field: 'itemId' });
  await store.insertItem(tx, item);
}
