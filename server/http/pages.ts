/**
 * The pages: Kit's built handler in production, Vite in middleware mode in development. Both get the router
 * as an in-process caller on the request (`req.house`), so that services exist once.
 */
import { existsSync } from 'node:fs';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { devRequests } from './dev-requests.ts';
import type { House } from './house.ts';

export type PageRequest = IncomingMessage & { house?: House };

export interface Pages {
  handle(request: PageRequest, response: ServerResponse): void;
  close(): Promise<void>;
}

type Middleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/** How Kit learns under which address it was reached: set by us on every request, never by the client. */
export const originHeaders = { protocol: 'x-stoa-protocol', host: 'x-stoa-host' } as const;

const builtHandler = fileURLToPath(new URL('../../build/handler.js', import.meta.url));

export const isBuilt = (): boolean => existsSync(builtHandler);

export async function openBuiltPages(): Promise<Pages> {
  // Read by the handler while it loads. ORIGIN would fix one address for every way the server is reached.
  delete process.env.ORIGIN;
  process.env.PROTOCOL_HEADER = originHeaders.protocol;
  process.env.HOST_HEADER = originHeaders.host;
  const { handler } = (await import(pathToFileURL(builtHandler).href)) as { handler: Middleware };
  return {
    handle: (request, response) => handler(request, response, notFound(response)),
    close: async () => {},
  };
}

/** Hot reload on the server's own port and socket; the upgrade listener leaves all but `/sync/` to it. */
export async function openDevPages(server: Server): Promise<Pages> {
  const { createServer } = await import('vite');
  const vite = await createServer({
    appType: 'custom',
    server: { middlewareMode: true, hmr: { server }, allowedHosts: true },
  });
  return {
    handle: (request, response) =>
      devRequests.run(request, () => vite.middlewares(request, response, notFound(response))),
    close: () => vite.close(),
  };
}

/** For tests of the rest: every page is missing. */
export const noPages: Pages = {
  handle: (_request, response) => notFound(response)(),
  close: async () => {},
};

const notFound = (response: ServerResponse) => (): void => {
  if (response.headersSent) return;
  response.statusCode = 404;
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  response.end('404');
};
