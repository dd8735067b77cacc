import { z } from 'zod';
import { caseCommands } from '#domain/cases/commands.ts';
import { caseId } from '#domain/ids.ts';
import { command, query, router } from '../http/trpc.ts';

export const casesRouter = router({
  open: command(caseCommands['cases.open'], (s, c) => s.cases.open(c)),
  claim: command(caseCommands['cases.claim'], (s, c) => s.cases.claim(c)),
  release: command(caseCommands['cases.release'], (s, c) => s.cases.release(c)),
  changeState: command(caseCommands['cases.changeState'], (s, c) => s.cases.changeState(c)),
  setSeverity: command(caseCommands['cases.setSeverity'], (s, c) => s.cases.setSeverity(c)),
  retitle: command(caseCommands['cases.retitle'], (s, c) => s.cases.retitle(c)),
  note: command(caseCommands['cases.note'], (s, c) => s.cases.note(c)),
  get: query
    .input(z.object({ caseId }))
    .query(({ ctx, input }) => ctx.services.cases.get(ctx.actor, input.caseId)),
  list: query
    .input(z.object({ only: z.enum(['all', 'history']), before: z.number().int().positive().nullable() }))
    .query(({ ctx, input }) => ctx.services.cases.list(ctx.actor, input)),
});
