/** The sum of the features: one line each. */
import { casesRouter } from '../cases/router.ts';
import { documentsRouter, foldersRouter } from '../documents/router.ts';
import { createCallerFactory, router } from './trpc.ts';

export const appRouter = router({
  documents: documentsRouter,
  folders: foldersRouter,
  cases: casesRouter,
});
export type AppRouter = typeof appRouter;
export const createCaller = createCallerFactory(appRouter);
