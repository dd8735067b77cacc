/**
 * What visitors of a public board do: read, post and vote. Their posts and votes are commands too, but posts
 * wait for a moderator's eye, and a visitor is known only by a hash of the key in the browser.
 */
import { createHash } from 'node:crypto';
import type { Visitor } from '#domain/access.ts';
import { DomainError } from '#domain/errors.ts';
import { newItem } from '#domain/feedback/commands.ts';
import type { Board, FeedbackItem } from '#domain/feedback/feedback.ts';
import { checkOpen } from '#domain/feedback/rules.ts';
import type { CommandId, FeedbackItemId, WorkspaceId } from '#domain/ids.ts';
import type { Instant } from '#domain/time.ts';
import type { Database } from '../storage/database.ts';
import type { Commands, ReceivedCommand } from '../storage/receipts.ts';
import { boardIn, insertNew, itemIn, itemPatch } from './held.ts';
import * as store from './store.ts';

/** Items on one page of a public board. */
export const boardPageLimit = 50;
/** Posts of visitors that may wait on one board; beyond it the board takes no more until someone looks. */
export const pendingLimit = 500;

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

export function createVisits(parts: { db: Database; commands: Commands; now: () => Instant }) {
  const { db, commands, now } = parts;

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

  return { postAsVisitor, voteAsVisitor, readPublic };
}

/** One browser, one vote on an item; the key itself is never stored. */
const visitorVoter = (workspaceId: WorkspaceId, key: string): string =>
  `visitor:${createHash('sha256').update(`${workspaceId}\n${key}`).digest('base64url')}`;
