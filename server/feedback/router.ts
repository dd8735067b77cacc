import { z } from 'zod';
import { feedbackCommands } from '#domain/feedback/commands.ts';
import { itemTextLimit, itemTitleLimit, visitorNameLimit } from '#domain/feedback/feedback.ts';
import { slugLengthLimit } from '#domain/feedback/rules.ts';
import { commandId, feedbackItemId } from '#domain/ids.ts';
import { lineUpTo } from '#domain/one-line.ts';
import { addressKey } from '../http/rate-limit.ts';
import { command, openProcedure, router } from '../http/trpc.ts';
import type { RequestContext } from '../http/trpc.ts';

export const feedbackRouter = router({
  openBoard: command(feedbackCommands['feedback.openBoard'], (s, c) => s.feedback.openBoard(c)),
  changeBoard: command(feedbackCommands['feedback.changeBoard'], (s, c) => s.feedback.changeBoard(c)),
  closeBoard: command(feedbackCommands['feedback.closeBoard'], (s, c) => s.feedback.closeBoard(c)),
  reopenBoard: command(feedbackCommands['feedback.reopenBoard'], (s, c) => s.feedback.reopenBoard(c)),
  post: command(feedbackCommands['feedback.post'], (s, c) => s.feedback.post(c)),
  vote: command(feedbackCommands['feedback.vote'], (s, c) => s.feedback.vote(c)),
  setStatus: command(feedbackCommands['feedback.setStatus'], (s, c) => s.feedback.setStatus(c)),
  answer: command(feedbackCommands['feedback.answer'], (s, c) => s.feedback.answer(c)),
  moderate: command(feedbackCommands['feedback.moderate'], (s, c) => s.feedback.moderate(c)),
});

const slug = z.string().min(1).max(slugLengthLimit);
/** Pages of a public board that can be asked for; nobody reads further by hand. */
const boardPages = 200;
const visitorKey = z.string().min(20).max(64);
const fromVisitor = { slug, commandId, visitorKey };
const visitorOf = (ctx: RequestContext) => ({ kind: 'visitor' as const, address: ctx.address });

/** Public boards, by anybody. Internal ones answer exactly as ones that are not there. */
export const boardsRouter = router({
  read: openProcedure
    .input(
      z.object({
        slug,
        page: z.number().int().min(0).max(boardPages),
        visitorKey: visitorKey.nullable(),
      }),
    )
    .query(({ ctx, input }) => ctx.services.feedback.readPublic(input.slug, input.page, input.visitorKey)),
  post: openProcedure
    .input(
      z.object({
        ...fromVisitor,
        itemId: feedbackItemId,
        title: lineUpTo(itemTitleLimit).min(1),
        text: z.string().trim().max(itemTextLimit),
        name: lineUpTo(visitorNameLimit),
      }),
    )
    .mutation(async ({ ctx, input: { slug: board, commandId: id, visitorKey: key, ...post } }) => {
      ctx.limits.publicPosts.take(addressKey(ctx.address));
      await ctx.services.feedback.postAsVisitor(visitorOf(ctx), board, post, {
        commandId: id,
        visitorKey: key,
      });
    }),
  vote: openProcedure
    .input(z.object({ ...fromVisitor, itemId: feedbackItemId, wanted: z.boolean() }))
    .mutation(async ({ ctx, input: { slug: board, commandId: id, visitorKey: key, ...vote } }) => {
      ctx.limits.publicVotes.take(addressKey(ctx.address));
      await ctx.services.feedback.voteAsVisitor(visitorOf(ctx), board, vote, {
        commandId: id,
        visitorKey: key,
      });
    }),
});
