/** The change feed over tRPC: what a device has not read yet. */
import { z } from 'zod';
import { feedCursor } from '#domain/records.ts';
import { query, router } from './trpc.ts';

export const feedRouter = router({
  since: query
    .input(z.object({ cursor: feedCursor.nullable() }))
    .query(({ ctx, input }) => ctx.services.feed(ctx.actor, input.cursor)),
});
