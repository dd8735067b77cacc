import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vite';
import { paraglideOptions } from './src/i18n/paraglide.js';

export default defineConfig({
  plugins: [paraglideVitePlugin(paraglideOptions), sveltekit()],
  build: { target: 'es2023' },
  environments: {
    client: {
      build: {
        rolldownOptions: {
          output: {
            codeSplitting: {
              // A page would otherwise ask for a hundred files, most of them some words or one small part. Only
              // what needs nothing beside itself is put together: two files that need each other run in no order.
              groups: [
                { name: 'words', test: /[\\/]src[\\/]i18n[\\/]/, minShareCount: 2 },
                { name: 'parts', test: /[\\/]src[\\/]lib[\\/]ui[\\/]/, minShareCount: 2 },
              ],
            },
          },
        },
      },
    },
  },
});
