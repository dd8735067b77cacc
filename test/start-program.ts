/** The server's program without its pages, which need a build: what `start.test.ts` runs. */
import { readConfig } from '#server/config.ts';
import { runServer } from '#server/main.ts';

await runServer(() => readConfig(process.env), 'none');
