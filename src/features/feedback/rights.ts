/** What the screens of feedback share: who may do what here, and the items of a board. */
import { can } from '#domain/access.ts';
import type { Action } from '#domain/access.ts';
import type { Board, FeedbackItem } from '#domain/feedback/feedback.ts';
import type { Engine } from '#lib/replica/engine.svelte.ts';

export const mayOnBoard = (engine: Engine, action: Action, board: Pick<Board, 'visibility'>): boolean =>
  can(engine.actor, action, {
    kind: 'board',
    workspaceId: engine.workspaceId,
    visibility: board.visibility,
  });

export const itemsOf = (engine: Engine, boardId: string): FeedbackItem[] =>
  engine.records.all('feedbackItem').filter((item) => item.boardId === boardId);

export const mayOpenBoards = (engine: Engine): boolean =>
  mayOnBoard(engine, 'board.manage', { visibility: 'internal' });
