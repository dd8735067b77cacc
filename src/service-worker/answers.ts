/** Which requests the worker answers, and how. Pure, so that it can be tested without a worker. */

/** A navigation that the server has not answered by then is answered by the stored shell. */
export const navigationPatienceMs = 1_500;

export type Answer =
  /** Leave it alone: the network, as if there were no worker. */
  | 'network'
  /** Stored with this version and never changing within it. */
  | 'stored'
  /** A page of the app: network for a moment, then the shell, which draws it from the device. */
  | 'app page'
  /** A page the server renders: network, and without it the page that says so. */
  | 'public page';

/** Paths below these are the server's own; pages rendered there have no copy on the device. */
const server = ['/trpc', '/sync', '/files', '/api', '/healthz', '/readyz'];
const rendered = ['/boards', '/help'];
const isBelow = (path: string, roots: readonly string[]) =>
  roots.some((root) => path === root || path.startsWith(`${root}/`));

export interface Asked {
  method: string;
  mode: string;
  /** Absolute address. */
  url: string;
}

export function answerFor({ method, mode, url }: Asked, origin: string, stored: ReadonlySet<string>): Answer {
  const address = new URL(url);
  if (method !== 'GET' || address.origin !== origin || isBelow(address.pathname, server)) return 'network';
  if (mode === 'navigate') return isBelow(address.pathname, rendered) ? 'public page' : 'app page';
  return stored.has(address.pathname) ? 'stored' : 'network';
}
