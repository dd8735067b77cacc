/** Feedback in SQL. */
import type { Board, FeedbackItem } from '#domain/feedback/feedback.ts';
import type { BoardId, CommandId, FeedbackItemId, PersonId, WorkspaceId } from '#domain/ids.ts';
import type { Instant } from '#domain/time.ts';
import type { ReadHandle, Tx } from '../storage/database.ts';
import type { FeedbackTables } from '../storage/tables/feedback.ts';

type ItemRow = FeedbackTables['feedback_items'];

const boardOf = (row: FeedbackTables['boards']): Board => ({
  id: row.id as BoardId,
  workspaceId: row.workspace_id as WorkspaceId,
  slug: row.slug,
  title: row.title,
  introduction: row.introduction,
  language: row.language,
  visibility: row.visibility,
  closedAt: row.closed_at,
});

const boardFields = (board: Board) => ({
  title: board.title,
  introduction: board.introduction,
  language: board.language,
  visibility: board.visibility,
  closed_at: board.closedAt,
});

export async function boardsById(
  tx: ReadHandle,
  workspaceId: WorkspaceId,
  ids: readonly string[],
): Promise<Map<string, Board>> {
  if (ids.length === 0) return new Map();
  const rows = await tx
    .selectFrom('boards')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('id', 'in', ids)
    .execute();
  return new Map(rows.map((row) => [row.id, boardOf(row)]));
}

export async function boardBySlug(tx: ReadHandle, slug: string): Promise<Board | undefined> {
  const row = await tx.selectFrom('boards').selectAll().where('slug', '=', slug).executeTakeFirst();
  return row && boardOf(row);
}

export async function insertBoard(tx: Tx, board: Board, command: CommandId): Promise<void> {
  const { id, workspaceId, slug } = board;
  const row = { workspace_id: workspaceId, id, slug, title_command: command, ...boardFields(board) };
  await tx.insertInto('boards').values(row).execute();
}

/** `titledBy` is the command that gave the board a new title, if this one does. */
export async function saveBoard(tx: Tx, board: Board, titledBy: CommandId | null): Promise<void> {
  await tx
    .updateTable('boards')
    .set({ ...boardFields(board), ...(titledBy && { title_command: titledBy }) })
    .where('workspace_id', '=', board.workspaceId)
    .where('id', '=', board.id)
    .execute();
}

/** Holds a board until the transaction ends, so that commands on it decide one after the other. */
export async function holdBoard(tx: Tx, workspaceId: WorkspaceId, id: BoardId): Promise<Board | undefined> {
  const row = await tx
    .updateTable('boards')
    .set((eb) => ({ slug: eb.ref('slug') }))
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst();
  return row && boardOf(row);
}

/** Holds an item until the transaction ends. */
export async function holdItem(
  tx: Tx,
  workspaceId: WorkspaceId,
  id: FeedbackItemId,
): Promise<FeedbackItem | undefined> {
  const held = await tx
    .updateTable('feedback_items')
    .set((eb) => ({ changed_at: eb.ref('changed_at') }))
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .returning('id')
    .executeTakeFirst();
  return held && (await itemsById(tx, workspaceId, [id])).get(id);
}

export async function insertItem(tx: Tx, item: FeedbackItem): Promise<void> {
  await tx
    .insertInto('feedback_items')
    .values({
      workspace_id: item.workspaceId,
      id: item.id,
      board_id: item.boardId,
      title: item.title,
      body: item.text,
      posted_by: item.postedBy,
      posted_by_name: item.postedByName,
      posted_at: item.postedAt,
      ...itemFields(item),
    })
    .execute();
}

const itemFields = (item: FeedbackItem) => ({
  status: item.status,
  moderation: item.moderation,
  answer: item.answer?.text ?? null,
  answer_by: item.answer?.by ?? null,
  answer_by_name: item.answer?.byName ?? null,
  answer_at: item.answer?.at ?? null,
  changed_at: item.changedAt,
});

/** `answeredBy` is the command that wrote or took back the answer, if this one does. */
export async function saveItem(tx: Tx, item: FeedbackItem, answeredBy: CommandId | null): Promise<void> {
  await tx
    .updateTable('feedback_items')
    .set({ ...itemFields(item), ...(answeredBy && { answer_command: answeredBy }) })
    .where('workspace_id', '=', item.workspaceId)
    .where('id', '=', item.id)
    .execute();
}

export interface Vote {
  item: FeedbackItem;
  voter: string;
  personId: PersonId | null;
  at: Instant;
}

/** Gives or takes back one vote; either twice is the same as once. */
export async function setVote(tx: Tx, { item, voter, personId, at }: Vote, wanted: boolean): Promise<void> {
  const key = { workspace_id: item.workspaceId, item_id: item.id, voter };
  if (wanted)
    await tx
      .insertInto('feedback_votes')
      .values({ ...key, person_id: personId, voted_at: at })
      .onConflict((conflict) => conflict.columns(['workspace_id', 'item_id', 'voter']).doNothing())
      .execute();
  else
    await tx
      .deleteFrom('feedback_votes')
      .where('workspace_id', '=', key.workspace_id)
      .where('item_id', '=', key.item_id)
      .where('voter', '=', voter)
      .execute();
}

/** Which of the items a voter has voted for. */
export async function votesOf(
  tx: ReadHandle,
  workspaceId: WorkspaceId,
  voter: string,
  ids: readonly string[],
): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await tx
    .selectFrom('feedback_votes')
    .select('item_id')
    .where('workspace_id', '=', workspaceId)
    .where('voter', '=', voter)
    .where('item_id', 'in', ids)
    .execute();
  return new Set(rows.map((row) => row.item_id));
}

export async function itemsById(
  tx: ReadHandle,
  workspaceId: WorkspaceId,
  ids: readonly string[],
): Promise<Map<string, FeedbackItem>> {
  if (ids.length === 0) return new Map();
  const rows = await tx
    .selectFrom('feedback_items')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('id', 'in', ids)
    .execute();
  return new Map((await withVotes(tx, workspaceId, rows)).map((item) => [item.id, item]));
}

/** Approved items of a board, most voted first, then newest. */
export async function pageOfItems(
  tx: ReadHandle,
  board: Board,
  page: { offset: number; limit: number },
): Promise<FeedbackItem[]> {
  const rows = await tx
    .selectFrom('feedback_items')
    .selectAll('feedback_items')
    .select((eb) =>
      eb
        .selectFrom('feedback_votes')
        .whereRef('feedback_votes.workspace_id', '=', 'feedback_items.workspace_id')
        .whereRef('feedback_votes.item_id', '=', 'feedback_items.id')
        .select((inner) => inner.fn.countAll<number>().as('votes'))
        .as('vote_count'),
    )
    .where('workspace_id', '=', board.workspaceId)
    .where('board_id', '=', board.id)
    .where('moderation', '=', 'approved')
    .orderBy('vote_count', 'desc')
    .orderBy('posted_at', 'desc')
    .orderBy('id')
    .offset(page.offset)
    .limit(page.limit)
    .execute();
  return withVotes(tx, board.workspaceId, rows);
}

/** Posts of a board that nobody has looked at yet. */
export async function countPending(tx: ReadHandle, board: Board): Promise<number> {
  const { count } = await tx
    .selectFrom('feedback_items')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('workspace_id', '=', board.workspaceId)
    .where('board_id', '=', board.id)
    .where('moderation', '=', 'pending')
    .executeTakeFirstOrThrow();
  return Number(count);
}

async function withVotes(
  tx: ReadHandle,
  workspaceId: WorkspaceId,
  rows: readonly ItemRow[],
): Promise<FeedbackItem[]> {
  if (rows.length === 0) return [];
  const votes = await tx
    .selectFrom('feedback_votes')
    .select(['item_id', 'person_id'])
    .where('workspace_id', '=', workspaceId)
    .where(
      'item_id',
      'in',
      rows.map((row) => row.id),
    )
    .orderBy('voted_at')
    .orderBy('voter')
    .execute();
  const byItem = Map.groupBy(votes, (vote) => vote.item_id);
  return rows.map((row) => {
    const given = byItem.get(row.id) ?? [];
    return {
      id: row.id as FeedbackItemId,
      workspaceId,
      boardId: row.board_id as BoardId,
      title: row.title,
      text: row.body,
      status: row.status,
      moderation: row.moderation,
      answer:
        row.answer !== null && row.answer_at !== null
          ? {
              text: row.answer,
              by: row.answer_by as PersonId | null,
              byName: row.answer_by_name ?? '',
              at: row.answer_at,
            }
          : null,
      votes: given.length,
      voters: given.flatMap((vote) => (vote.person_id ? [vote.person_id as PersonId] : [])),
      postedBy: row.posted_by as PersonId | null,
      postedByName: row.posted_by_name,
      postedAt: row.posted_at,
      changedAt: row.changed_at,
    };
  });
}

/** Who last set a register of a board or an item, and under which number; from the receipt of the command. */
export async function writerOf(
  tx: ReadHandle,
  register: { table: 'boards' | 'feedback_items'; workspaceId: WorkspaceId; id: string },
): Promise<{ seq: number; actorId: string } | undefined> {
  const row =
    register.table === 'boards'
      ? await tx
          .selectFrom('boards')
          .innerJoin('receipts', 'receipts.command_id', 'boards.title_command')
          .select(['receipts.seq', 'receipts.actor_id'])
          .where('boards.workspace_id', '=', register.workspaceId)
          .where('boards.id', '=', register.id)
          .executeTakeFirst()
      : await tx
          .selectFrom('feedback_items')
          .innerJoin('receipts', 'receipts.command_id', 'feedback_items.answer_command')
          .select(['receipts.seq', 'receipts.actor_id'])
          .where('feedback_items.workspace_id', '=', register.workspaceId)
          .where('feedback_items.id', '=', register.id)
          .executeTakeFirst();
  return row && row.seq !== null ? { seq: row.seq, actorId: row.actor_id } : undefined;
}

/** The name of whoever last did this to a board or an item; empty when nobody did, or nobody with a name. */
export async function lastBy(
  tx: ReadHandle,
  act: { workspaceId: WorkspaceId; aggregate: string; names: readonly string[] },
): Promise<string> {
  const row = await tx
    .selectFrom('receipts')
    .leftJoin('users', 'users.id', 'receipts.actor_id')
    .select('users.name')
    .where('receipts.workspace_id', '=', act.workspaceId)
    .where('receipts.aggregate', '=', act.aggregate)
    .where('receipts.name', 'in', act.names)
    .where('receipts.outcome', '=', 'accepted')
    .orderBy('receipts.seq', 'desc')
    .executeTakeFirst();
  return row?.name ?? '';
}
