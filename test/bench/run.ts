/**
 * What `npm run bench` runs: every measurement beside this file, one after the other, each in a process of its
 * own. `npm run bench -- sync replica` runs only those named, `sync:idle` only that part of one. Figures are medians and ratios against a baseline
 * of the same run; the machine's mood is not a result.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const all = readdirSync(here)
  .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
  .map((file) => file.slice(0, -'.ts'.length))
  .sort();
const asked = process.argv.slice(2);
const fileOf = (name: string): string => name.split(':')[0] ?? '';
const unknown = asked.filter((name) => !all.includes(fileOf(name)));
if (unknown.length > 0) {
  console.error(`There is no measurement called ${unknown.join(', ')}. There are: ${all.join(', ')}.`);
  process.exit(1);
}

let failed = 0;
for (const name of asked.length > 0 ? asked : all) {
  console.log(`\n== ${name}`);
  const parts = name.split(':').slice(1);
  const { status } = spawnSync(process.execPath, [`${here}${fileOf(name)}.ts`, ...parts], {
    stdio: 'inherit',
  });
  if (status !== 0) failed += 1;
}
process.exitCode = failed === 0 ? 0 : 1;
