import adapter from '@sveltejs/adapter-node';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';
import { devRequests } from './server/http/dev-requests.ts';

const isDev = process.argv.includes('--dev');
const node = adapter({ out: 'build' });

/** @type {import('@sveltejs/kit').Config} */
export default {
  preprocess: vitePreprocess(),
  compilerOptions: { runes: true },
  kit: {
    // In development Kit asks the adapter for the platform; the request is the one main.ts is serving.
    adapter: { ...node, emulate: () => ({ platform: () => ({ req: devRequests.getStore() }) }) },
    // A deep link served by the shell must find its scripts from the root, not beside itself.
    paths: { relative: false },
    files: { serviceWorker: 'src/service-worker/index.ts' },
    serviceWorker: { register: false },
    // prepare.js names a build by what it was made from: the same sources are the same version, and both halves of
    // the build agree even when another tool reads this file meanwhile.
    version: { name: process.env.STOA_BUILD ?? 'development', pollInterval: 0 },
    csp: {
      mode: 'auto',
      directives: {
        'default-src': ['self'],
        'script-src': ['self'],
        'style-src': ['self'],
        // Kit's route announcer and Svelte's style= need attributes; no style element or sheet is inline.
        'style-src-attr': ['unsafe-inline'],
        'img-src': ['self', 'data:', 'blob:'],
        'font-src': ['self'],
        'connect-src': ['self'],
        'worker-src': isDev ? ['self', 'blob:'] : ['self'],
        'manifest-src': ['self'],
        'object-src': ['none'],
        'base-uri': ['self'],
        'form-action': ['self'],
        'frame-ancestors': ['none'],
      },
    },
  },
};
