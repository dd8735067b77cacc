import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vite';
import { paraglideOptions } from './src/i18n/paraglide.js';

/** What several pages share travels with its neighbours until a file is about this large. */
const sharedChunkBytes = 16 * 1024;

export default defineConfig({
  plugins: [paraglideVitePlugin(paraglideOptions), sveltekit()],
  build: { target: 'es2023' },
  environments: {
    client: {
      build: {
        rolldownOptions: {
          output: {
            // Parts put together may need each other: without this one may run before what it is made of.
            strictExecutionOrder: true,
            codeSplitting: {
              // A page would otherwise ask for a hundred files, most of them some words or one small part.
              groups: [
                {
                  name: 'shared',
                  minShareCount: 2,
                  entriesAware: true,
                  entriesAwareMergeThreshold: sharedChunkBytes,
                },
              ],
            },
          },
        },
      },
    },
  },
});
