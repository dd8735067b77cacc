/**
 * What `npm run soak -- --minutes N` runs: the tests of chance, each suite in laps that grow until the time is
 * used up, with one line for each and a seed of its own. Ends with 1 when anything failed.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const usualMinutes = 20;
/** From one lap to the next a suite grows by this at most: what fails small is found small. */
const growth = 5;
/** One that takes this much longer than its share hangs. */
const patience = 5;
const leastPatienceMs = 10 * 60_000;

const testsIn = (folder: string) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => `${folder}/${name}`);

interface Suite {
  files: string[];
  /** Its part of the time, beside the others'. */
  weight: number;
  /** How many times the short round it does next, and how long once that took. */
  times: number;
  secondsOfOne: number;
}

const suites: Suite[] = [
  ...[...testsIn('test/chaos'), ...testsIn('test/fuzz')].map((file) => [file]),
  testsIn('test/contracts').filter((file) => /\/(receipts|changes|log)/.test(file)),
  ['src/lib/replica/feed.test.ts'],
].map((files) => ({
  files,
  weight: files[0] === 'test/chaos/kill.test.ts' ? 6 : 1,
  times: 1,
  secondsOfOne: 0,
}));

interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  testResults: { assertionResults: { status: string; fullName: string; failureMessages: string[] }[] }[];
}

async function run(suite: Suite, shareMs: number): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'stoa-soak-'));
  const [reportFile, figuresFile] = [join(folder, 'report.json'), join(folder, 'figures')];
  const seed = String(Date.now() % 1_000_000);
  const startedMs = performance.now();
  const limitMs = Math.max(leastPatienceMs, patience * shareMs);
  const child = spawn(
    'vitest',
    ['run', '--reporter=json', `--outputFile=${reportFile}`, `--testTimeout=${limitMs}`, ...suite.files],
    {
      cwd: root,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, SOAK: String(suite.times), FUZZ_SEED: seed, SOAK_FIGURES: figuresFile },
    },
  );
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  const timer = setTimeout(() => child.kill(), limitMs);
  const status = await new Promise((resolve) => {
    child.once('exit', resolve);
  });
  clearTimeout(timer);
  const seconds = (performance.now() - startedMs) / 1_000;
  suite.secondsOfOne = seconds / suite.times;

  const read = (file: string) => {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return '';
    }
  };
  const [reportText, figures] = [read(reportFile), read(figuresFile)];
  rmSync(folder, { recursive: true });
  const report = reportText === '' ? null : (JSON.parse(reportText) as Report);
  const hasPassed = status === 0 && report !== null && report.numFailedTests === 0;
  const counts =
    report === null
      ? 'no report'
      : `${report.numPassedTests} passed, ${report.numFailedTests} failed, ${report.numPendingTests} skipped`;
  const name = suite.files.join(' ');
  console.log(
    [
      `${hasPassed ? 'ok    ' : 'FAILED'} ${name} × ${suite.times}: ${counts}, ${seconds.toFixed(0)} s, seed ${seed}`,
      ...figures.split('\n').filter(Boolean),
    ].join('; '),
  );
  if (hasPassed) return true;
  for (const { assertionResults } of report?.testResults ?? [])
    for (const { status: outcome, fullName, failureMessages } of assertionResults)
      if (outcome === 'failed')
        console.log(`  ${fullName}\n    ${failureMessages.join('\n').slice(0, 2_000)}`);
  if (report === null) console.log(complaints.slice(-2_000));
  console.log(`  again: FUZZ_SEED=${seed} SOAK=${suite.times} npx vitest run ${name}`);
  return false;
}

const { values } = parseArgs({ options: { minutes: { type: 'string', default: String(usualMinutes) } } });
const minutes = Number(values.minutes);
if (!(minutes > 0)) {
  console.error('npm run soak -- --minutes N, where N is a number above 0.');
  process.exit(1);
}
const untilMs = performance.now() + minutes * 60_000;
console.log(`${suites.length} suites for ${minutes} minutes, in laps that grow.`);
let failed = 0;
for (let lap = 1; ; lap += 1) {
  let hasRun = false;
  const leftMs = untilMs - performance.now();
  const weights = suites.reduce((sum, { weight }) => sum + weight, 0);
  for (const suite of suites) {
    const shareMs = (leftMs * suite.weight) / weights;
    if (lap > 1) {
      const fitting = Math.floor(shareMs / 1_000 / suite.secondsOfOne);
      if (fitting < 1 || performance.now() > untilMs) continue;
      suite.times = Math.min(suite.times * growth, fitting);
    }
    hasRun = true;
    if (!(await run(suite, shareMs))) failed += 1;
  }
  if (!hasRun) break;
}
console.log(failed === 0 ? 'Nothing failed.' : `${failed} runs failed.`);
process.exitCode = failed === 0 ? 0 : 1;
