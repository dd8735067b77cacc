/** The sum of the features: one line each. */
import { casesRouter } from '../cases/router.ts';
import { documentsRouter, foldersRouter } from '../documents/router.ts';
import { boardsRouter, feedbackRouter } from '../feedback/router.ts';
import {
  accountRouter,
  grantsRouter,
  linksRouter,
  peopleRouter,
  workspacesRouter,
} from '../workspaces/router.ts';
import { feedRouter } from './feed-router.ts';
import { createCallerFactory, router } from './trpc.ts';

export const appRouter = router({
  changes: feedRouter,
  workspaces: workspacesRouter,
  people: peopleRouter,
  grants: grantsRouter,
  links: linksRouter,
  account: accountRouter,
  documents: documentsRouter,
  folders: foldersRouter,
  cases: casesRouter,
  feedback: feedbackRouter,
  boards: boardsRouter,
});
export type AppRouter = typeof appRouter;
export const createCaller = createCallerFactory(appRouter);
