/**
 * What bad clients do to everybody else, one attack after the other on one server: how long honest people in
 * another room wait for each other's words, and what it costs in memory. The first row is the machine's own
 * noise. `node test/bench/hostile.ts`
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attackNames } from '../chaos/attacks.ts';
import { firstSeed } from '../chaos/chance.ts';
import { cellsOf, columns, startAttacker, suffer } from '../chaos/hostile.ts';
import { ChaosServer } from '../chaos/server.ts';

const forMs = 5_000;

const folder = await mkdtemp(join(tmpdir(), 'stoa-hostile-'));
const server = new ChaosServer();
const attacker = startAttacker();
const port = await server.go({ file: join(folder, 'log.db') });
const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
console.log(`hostile: ${forMs / 1_000} s each, seed ${firstSeed}`);
console.log(line(columns));
console.log(line(columns.map(() => '---')));
for (const [index, name] of attackNames.entries()) {
  const outcome = await suffer(server, attacker, name, { port, room: 1 + 2 * index, forMs, seed: firstSeed });
  console.log(line(cellsOf(outcome)));
}
await attacker.stop();
await server.stop();
await rm(folder, { recursive: true });
