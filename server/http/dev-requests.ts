/**
 * Development only: the request main.ts is serving, so that Kit's `adapter.emulate()` can hand it to the
 * pages as `platform.req`. Imported natively by both svelte.config.js and main.ts, hence one instance.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage } from 'node:http';

export const devRequests = new AsyncLocalStorage<IncomingMessage>();
