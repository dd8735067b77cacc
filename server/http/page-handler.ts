/** Hands a page's request on with what pages need: the router as a caller, and the address they were reached at. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { faultOf } from '../log.ts';
import type { ServerLog } from '../log.ts';
import { originOf } from './address.ts';
import type { Trust } from './address.ts';
import type { ContextOf } from './context.ts';
import { originHeaders } from './pages.ts';
import type { PageRequest, Pages } from './pages.ts';
import { createCaller } from './router.ts';

export interface PageParts {
  contextOf: ContextOf;
  log: ServerLog;
  trust: Trust;
  handle: Pages['handle'];
}

export function createPageHandler({ contextOf, log, trust, handle }: PageParts) {
  return async (request: IncomingMessage, response: ServerResponse, requestId: string): Promise<void> => {
    const origin = originOf(request, trust);
    if (origin === null) {
      response.statusCode = 400;
      response.end();
      return;
    }
    const { protocol, host } = new URL(origin);
    // Overwrites whatever the client sent under these names.
    request.headers[originHeaders.protocol] = protocol.slice(0, -1);
    request.headers[originHeaders.host] = host;
    const context = contextOf(request, response, requestId);
    (request as PageRequest).house = {
      api: createCaller(context),
      address: context.address,
      report: (error, route) => log.error({ requestId, route, fault: faultOf(error) }, 'page failed'),
    };
    handle(request, response);
  };
}
