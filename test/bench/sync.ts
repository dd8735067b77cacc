/**
 * The sync server beside a bare relay that only fans out bytes. Servers and load are processes of their own; the
 * two sides take turns within each round, so that a noisy machine hits both; figures are medians of the rounds,
 * and the ratio is the number to watch. `npm run bench -- sync`, or one alone: `npm run bench -- sync:fan-out`.
 * What bad clients do to others is measured by `npm run soak`. Ends with a table in Markdown; the same as JSON lies in `test-results/bench-sync.json`.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fanOut } from './sync/fan-out-scenario.ts';
import { openRooms } from './sync/rooms.ts';
import { acknowledgement, idle, intake, join } from './sync/scenarios.ts';

export interface Figure {
  name: string;
  value: string;
  target: string;
}

const scenarios: Record<string, () => Promise<Figure[]>> = {
  'fan-out': fanOut,
  idle,
  rooms: openRooms,
  join,
  intake,
  acknowledgement,
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in scenarios));
if (unknown.length > 0) {
  console.error(`sync has no ${unknown.join(', ')}. It has: ${Object.keys(scenarios).join(', ')}.`);
  process.exit(1);
}

const file = fileURLToPath(new URL('../../test-results/bench-sync.json', import.meta.url));
mkdirSync(fileURLToPath(new URL('.', `file://${file}`)), { recursive: true });
const kept = (() => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, Figure[]>;
  } catch {
    return {};
  }
})();
for (const name of asked.length > 0 ? asked : Object.keys(scenarios)) {
  const figures = await (scenarios[name] as () => Promise<Figure[]>)();
  kept[name] = figures;
  writeFileSync(file, `${JSON.stringify(kept, null, 2)}\n`);
  console.log(`\n| sync: ${name} | measured | to reach |\n| --- | --- | --- |`);
  for (const { name: what, value, target } of figures) console.log(`| ${what} | ${value} | ${target} |`);
}
process.exit(0);
