import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Actor, Visitor } from '#domain/access.ts';
import { feedbackCommands } from '#domain/feedback/commands.ts';
import type { Board, FeedbackItem } from '#domain/feedback/feedback.ts';
import type { BoardId, CommandId, FeedbackItemId } from '#domain/ids.ts';
import type { CommandAnswer } from '#domain/records.ts';
import { minute } from '#domain/time.ts';
import { openNounHouse, testPerson } from '../../test/noun.ts';
import type { NounHouse, Sent } from '../../test/noun.ts';
import { createFeedback } from './service.ts';
import type { Feedback } from './service.ts';
import { pendingLimit } from './visits.ts';

const ana = testPerson('Ana');
const bia = testPerson('Bia');
const viewer = testPerson('Vera', 'viewer');
const visitor: Visitor = { kind: 'visitor', address: '203.0.113.7' };
const code = (text: string, details: object = {}) =>
  expect.objectContaining({ code: text, details: expect.objectContaining(details) as object }) as object;

let house: NounHouse;
let feedback: Feedback;
const boardId = '018f0000-0000-7000-8000-0000000000b1' as BoardId;
const itemId = '018f0000-0000-7000-8000-0000000000f1' as FeedbackItemId;

beforeEach(async () => {
  house = await openNounHouse();
  feedback = createFeedback(house);
});
afterEach(() => house.close());

const boardInput = (visibility: Board['visibility'] = 'public') => ({
  boardId,
  slug: 'vendedores',
  title: 'Vendedores',
  introduction: '',
  language: 'pt-BR' as const,
  visibility,
});
const openBoard = (visibility?: Board['visibility'], sent?: Sent) =>
  feedback.openBoard(house.received(feedbackCommands['feedback.openBoard'], boardInput(visibility), sent));
const post = (sent?: Sent, id = itemId) =>
  feedback.post(
    house.received(
      feedbackCommands['feedback.post'],
      { itemId: id, boardId, title: 'Reembolso', text: 'Demora demais' },
      sent,
    ),
  );
const vote = (wanted: boolean, sent?: Sent) =>
  feedback.vote(house.received(feedbackCommands['feedback.vote'], { itemId, wanted }, sent));
const answer = (text: string, sent?: Sent) =>
  feedback.answer(house.received(feedbackCommands['feedback.answer'], { itemId, text }, sent));
const moderate = (
  to: FeedbackItem['moderation'],
  sent?: Sent,
  from: FeedbackItem['moderation'] = 'pending',
) => feedback.moderate(house.received(feedbackCommands['feedback.moderate'], { itemId, from, to }, sent));
const fromVisitor = (key = 'one') => ({ commandId: house.newId<CommandId>(), visitorKey: key });
const postAsVisitor = (from = fromVisitor(), id = itemId) =>
  feedback.postAsVisitor(
    visitor,
    'vendedores',
    { itemId: id, title: 'Frete', text: 'Caro', name: 'Rosa' },
    from,
  );
const itemIn = (result: CommandAnswer) => result.records[0]?.value as FeedbackItem;
const seen = async (by: typeof ana) =>
  (await house.feed(by, feedback.loaders)).records.map((record) => record.id).sort();

describe('who may', () => {
  it.each<[string, Actor, () => Promise<unknown>]>([
    ['a visitor opens no board', visitor, () => openBoard('public', { by: visitor })],
    ['a viewer opens no board', viewer, () => openBoard('public', { by: viewer })],
  ])('%s', async (_title, _actor, act) => {
    await expect(act()).rejects.toEqual(code('not_allowed'));
  });

  it('a viewer posts and votes but does not answer, set a state or moderate', async () => {
    await openBoard();
    await post({ by: viewer });
    expect(itemIn(await vote(true, { by: viewer })).votes).toBe(1);
    await expect(answer('x', { by: viewer })).rejects.toEqual(code('not_allowed'));
    await expect(moderate('refused', { by: viewer }, 'approved')).rejects.toEqual(code('not_allowed'));
    const set = { itemId, from: 'open' as const, to: 'done' as const };
    const status = house.received(feedbackCommands['feedback.setStatus'], set, { by: viewer });
    await expect(feedback.setStatus(status)).rejects.toEqual(code('not_allowed'));
  });

  it('a visitor finds no internal board, and learns nothing of its existence', async () => {
    await openBoard('internal');
    await expect(postAsVisitor()).rejects.toEqual(code('not_found'));
    await expect(feedback.readPublic('vendedores', 0, null)).rejects.toEqual(code('not_found'));
    await expect(feedback.readPublic('nothing-here', 0, null)).rejects.toEqual(code('not_found'));
  });
});

describe('one effect', () => {
  it('of a post and of a vote sent twice', async () => {
    await openBoard();
    const postId = house.newId<CommandId>();
    expect(await post({ commandId: postId })).toEqual(await post({ commandId: postId }));
    const voteId = house.newId<CommandId>();
    await vote(true, { commandId: voteId });
    await vote(true, { commandId: voteId });
    expect(itemIn(await vote(true, { by: bia })).votes).toBe(2);
    expect(itemIn(await vote(false, { by: bia })).voters).toEqual(['ana']);
  });

  it('of a visitor who presses twice; another browser is another vote', async () => {
    await openBoard();
    await post();
    const voteAs = (key: string, wanted = true) =>
      feedback.voteAsVisitor(visitor, 'vendedores', { itemId, wanted }, fromVisitor(key));
    await voteAs('one');
    await voteAs('one');
    await voteAs('two');
    const shown = async (key: string | null) => (await feedback.readPublic('vendedores', 0, key)).items[0];
    expect(await shown('one')).toMatchObject({ votes: 2, hasMyVote: true });
    expect(await shown('three')).toMatchObject({ votes: 2, hasMyVote: false });
    await voteAs('one', false);
    expect(await shown(null)).toMatchObject({ votes: 1 });
  });
});

describe('moderation', () => {
  it('keeps a visitor’s post from everyone but moderators until it is approved', async () => {
    await openBoard();
    await postAsVisitor();
    expect((await feedback.readPublic('vendedores', 0, null)).items).toEqual([]);
    expect(await seen(viewer)).toEqual([boardId]);
    expect(await seen(ana)).toEqual([boardId, itemId]);
    await expect(vote(true, { by: viewer })).rejects.toEqual(code('not_found'));
    await moderate('approved');
    expect(await seen(viewer)).toEqual([boardId, itemId]);
    expect((await feedback.readPublic('vendedores', 0, null)).items).toMatchObject([
      { postedByName: 'Rosa' },
    ]);
    // Undone, it waits as before.
    await moderate('pending', undefined, 'approved');
    expect(await seen(viewer)).toEqual([boardId]);
    expect((await feedback.readPublic('vendedores', 0, null)).items).toEqual([]);
  });

  it('tells the second moderator where the first has put it', async () => {
    await openBoard();
    await postAsVisitor();
    await moderate('refused');
    await expect(moderate('approved', { by: bia })).rejects.toEqual(code('moved_on', { state: 'refused' }));
  });

  it('takes no more than a bounded number of waiting posts', async () => {
    await openBoard();
    await house.db.write(async (tx) => {
      for (let index = 0; index < pendingLimit; index += 1)
        await tx
          .insertInto('feedback_items')
          .values({
            workspace_id: ana.workspaceId,
            id: house.newId(),
            board_id: boardId,
            title: 't',
            body: '',
            status: 'open',
            moderation: 'pending',
            answer: null,
            answer_by: null,
            answer_by_name: null,
            answer_at: null,
            answer_command: null,
            posted_by: null,
            posted_by_name: '',
            posted_at: house.now(),
            changed_at: house.now(),
          })
          .execute();
    });
    await expect(postAsVisitor()).rejects.toEqual(code('busy'));
  });
});

describe('a visitor’s key', () => {
  it('is stored nowhere, whatever they did', async () => {
    await openBoard();
    await post();
    const key = 'the-key-in-the-cookie-of-a-visitor';
    await postAsVisitor(fromVisitor(key), house.newId<FeedbackItemId>());
    await feedback.voteAsVisitor(visitor, 'vendedores', { itemId, wanted: true }, fromVisitor(key));
    const refused = { itemId: house.newId<FeedbackItemId>(), wanted: true };
    await expect(feedback.voteAsVisitor(visitor, 'vendedores', refused, fromVisitor(key))).rejects.toEqual(
      code('not_found'),
    );
    for (const table of [
      'boards',
      'feedback_items',
      'feedback_votes',
      'receipts',
      'changes',
      'jobs',
    ] as const) {
      const rows: unknown = await house.db.read.selectFrom(table).selectAll().execute();
      expect(JSON.stringify(rows)).not.toContain(key);
      expect(JSON.stringify(rows)).not.toContain(visitor.address);
    }
  });
});

describe('a refusal', () => {
  const setStatus = (to: FeedbackItem['status'], sent?: Sent) =>
    feedback.setStatus(
      house.received(feedbackCommands['feedback.setStatus'], { itemId, from: 'open', to }, sent),
    );
  it('names to a member who moved the item, hid it or closed the board meanwhile', async () => {
    await house.name(ana, bia);
    await openBoard();
    await post();
    await setStatus('planned', { by: bia });
    await expect(setStatus('done')).rejects.toEqual(code('moved_on', { state: 'planned', by: 'Bia' }));
    await moderate('refused', { by: bia }, 'approved');
    await expect(vote(true)).rejects.toEqual(code('not_moderated', { state: 'refused', by: 'Bia' }));
    await feedback.closeBoard(
      house.received(feedbackCommands['feedback.closeBoard'], { boardId }, { by: bia }),
    );
    await expect(post({}, house.newId<FeedbackItemId>())).rejects.toEqual(
      code('board_closed', { by: 'Bia' }),
    );
  });

  it('names nobody to a visitor', async () => {
    await house.name(ana);
    await openBoard();
    await feedback.closeBoard(house.received(feedbackCommands['feedback.closeBoard'], { boardId }));
    const refusal: unknown = await postAsVisitor().catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'board_closed', details: {} });
    expect((refusal as { details: object }).details).toEqual({});
  });
});

describe('boards', () => {
  it('have addresses of their own', async () => {
    await openBoard();
    const again = { ...boardInput(), boardId: house.newId<BoardId>() };
    await expect(
      feedback.openBoard(house.received(feedbackCommands['feedback.openBoard'], again)),
    ).rejects.toEqual(code('slug_taken', { slug: 'vendedores' }));
  });

  it('take no posts and no votes once closed, and take them again when reopened', async () => {
    await openBoard();
    await post();
    const close = () =>
      feedback.closeBoard(house.received(feedbackCommands['feedback.closeBoard'], { boardId }));
    await close();
    await expect(post({}, house.newId<FeedbackItemId>())).rejects.toEqual(code('board_closed'));
    await expect(vote(true)).rejects.toEqual(code('board_closed'));
    await expect(postAsVisitor()).rejects.toEqual(code('board_closed'));
    await feedback.reopenBoard(house.received(feedbackCommands['feedback.reopenBoard'], { boardId }));
    expect(itemIn(await vote(true)).votes).toBe(1);
  });

  it('tell the later writer of an answer what another had written meanwhile', async () => {
    await openBoard();
    const base = (await post()).seq;
    house.pass(minute);
    await answer('We are on it', { by: bia });
    const second = await answer('Fixed on Monday', { by: ana, baseSeq: base });
    expect(second.notes).toEqual([
      {
        code: 'changed_by_both',
        kind: 'feedbackItem',
        id: itemId,
        field: 'answer',
        before: 'We are on it',
        now: 'Fixed on Monday',
        by: 'bia',
      },
    ]);
    expect((await answer('Fixed', { by: ana, baseSeq: second.seq })).notes).toEqual([]);
  });

  it('read page by page, most voted first', async () => {
    await openBoard();
    const ids: FeedbackItemId[] = [];
    for (let index = 0; index < 53; index += 1) {
      house.pass(minute);
      const id = house.newId<FeedbackItemId>();
      ids.push(id);
      await post({}, id);
    }
    const oldest = ids[0] as FeedbackItemId;
    await feedback.vote(house.received(feedbackCommands['feedback.vote'], { itemId: oldest, wanted: true }));
    const first = await feedback.readPublic('vendedores', 0, null);
    const second = await feedback.readPublic('vendedores', 1, null);
    expect(first.items.map((item) => item.id).slice(0, 2)).toEqual([oldest, ids.at(-1)]);
    expect([first.nextPage, second.nextPage]).toEqual([1, null]);
    expect(new Set([...first.items, ...second.items].map((item) => item.id)).size).toBe(53);
  });
});
