import { svelte } from '@sveltejs/vite-plugin-svelte';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { folderInMemory } from './test/memory-folder.ts';

// The many threads and processes that the tests start read the same TypeScript: each file is stripped of its types once.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('node_modules/.cache/node', import.meta.url));

const inMemory = process.env.TMPDIR === undefined ? folderInMemory() : undefined;
if (inMemory !== undefined) process.env.TMPDIR = inMemory;

export default defineConfig({
  // Runes in .svelte.ts files; pages are judged in a browser, and server/prepare.js has compiled the messages.
  plugins: [svelte()],
  test: {
    environment: 'node',
    // Real servers, threads and databases run in these tests; on two cores more workers only add noise.
    maxWorkers: 2,
    // No module keeps state (test/house.test.ts): files may share a process, and load what they import once.
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            'src/**/*.test.ts',
            'server/**/*.test.ts',
            'test/*.test.ts',
            'test/{fuzz,chaos}/**/*.test.ts',
          ],
        },
      },
      {
        extends: true,
        test: {
          name: 'contracts',
          include: ['test/contracts/**/*.test.ts'],
          globalSetup: ['test/contracts/postgres.ts'],
        },
      },
    ],
  },
});
