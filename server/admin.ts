/** The operator's command line: `npm run admin -- --help`. */
import { runAdmin } from './admin/run.ts';
import { createServerLog, faultOf } from './log.ts';
import { keepFilesPrivate } from './storage/open.ts';

keepFilesPrivate();
try {
  process.exitCode = await runAdmin(process.argv.slice(2), process.env, {
    out: (line) => console.log(line),
    note: (line) => console.error(line),
  });
} catch (error) {
  createServerLog('error').fatal({ fault: faultOf(error) }, 'the command failed');
  process.exitCode = 1;
}
