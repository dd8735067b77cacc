/** The harness as a process of its own, to be killed: `node test/fuzz/sync-process.ts <log file> <port>`. */
import { startHarness } from './sync-harness.ts';

const [file, port] = process.argv.slice(2);
if (file === undefined) throw new Error('which file?');
const harness = await startHarness({ file, port: Number(port ?? 0) });
console.log(harness.port);
