/**
 * Opens the app without a network: every page from the stored shell, deep links too. It stores the app only;
 * the person's records and texts are in IndexedDB and none of its business. A new version waits until a page
 * says that the person agreed.
 */
/// <reference lib="webworker" />
import { build, files, prerendered, version } from '$service-worker';
import { answerFor, navigationPatienceMs } from './answers.ts';

declare const self: ServiceWorkerGlobalScope;

const cacheName = `stoa-app-${version}`;
const shell = '/shell';
const offline = '/offline';
/** Only for the drawing of installed icons; nobody needs them offline. */
const isNeededOffline = (path: string) => !/\/(icon|maskable|apple)[^/]*\.png$|\/robots\.txt$/.test(path);
const everything = [...build, ...files.filter(isNeededOffline), ...prerendered];
const stored: ReadonlySet<string> = new Set(everything);

self.addEventListener('install', (event) => {
  // Past the browser's own cache: a page stored there by an older version must not get in.
  const fresh = everything.map((path) => new Request(path, { cache: 'reload' }));
  event.waitUntil(caches.open(cacheName).then((cache) => cache.addAll(fresh)));
});

self.addEventListener('activate', (event) => {
  const tidy = async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith('stoa-app-') && name !== cacheName) await caches.delete(name);
    }
    await self.clients.claim();
  };
  event.waitUntil(tidy());
});

self.addEventListener('message', (event: ExtendableMessageEvent) => {
  if ((event.data as { kind?: unknown } | null)?.kind === 'apply') void self.skipWaiting();
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  switch (answerFor(request, self.location.origin, stored)) {
    case 'network':
      return;
    case 'stored':
      event.respondWith(fromStore(new URL(request.url).pathname, request));
      return;
    case 'app page':
      event.respondWith(appPage(request));
      return;
    case 'public page':
      event.respondWith(fetch(request).catch(() => fromStore(offline, request)));
      return;
  }
});

/** What was stored, or the network should the browser have thrown it out. */
async function fromStore(path: string, request: Request): Promise<Response> {
  const cache = await caches.open(cacheName);
  return (await cache.match(path)) ?? fetch(request);
}

async function appPage(request: Request): Promise<Response> {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), navigationPatienceMs);
  try {
    const response = await fetch(request, { signal: patience.signal });
    // A proxy speaking for a server that is down is as good as no answer.
    return response.status >= 500 ? await fromStore(shell, request) : response;
  } catch {
    return fromStore(shell, request);
  } finally {
    clearTimeout(timer);
  }
}
