/** The sum of the features: one line each. */
import { documentsRouter, foldersRouter } from '../documents/router.ts';
import { createCallerFactory, router } from './trpc.ts';

export const appRouter = router({
  documents: documentsRouter,
  folders: foldersRouter,
});
export type AppRouter = typeof appRouter;
export const createCaller = createCallerFactory(appRouter);
