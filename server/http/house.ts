/** What main.ts hangs on each request that goes to the pages: the router as an in-process caller. */
import type { createCaller } from './router.ts';

export interface House {
  api: ReturnType<typeof createCaller>;
  address: string;
  /** Logs what went wrong while rendering a route, without its words. */
  report: (error: unknown, route: string) => void;
}
