/**
 * What `npm test` runs, in order of speed: type check, format and lint side by side, unit and contract tests,
 * browser tests on the built app. Ends with the totals of all runners together; type check, format, lint and a
 * runner that broke down count as one test each.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findChromium } from './e2e/chromium.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const reports = join(root, 'test-results');

interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

interface Outcome {
  status: number;
  seconds: number;
}

async function run(
  title: string,
  command: string,
  args: string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Outcome> {
  const startedMs = performance.now();
  console.log(`\n== ${title}`);
  const child = spawn(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  const status = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
  const seconds = (performance.now() - startedMs) / 1000;
  console.log(`== ${title}: ${status === 0 ? 'passed' : 'FAILED'} after ${seconds.toFixed(0)} s`);
  return { status, seconds };
}

const asOneTest = ({ status }: Outcome): Totals => ({
  passed: status === 0 ? 1 : 0,
  failed: status === 0 ? 0 : 1,
  skipped: 0,
});

/** Totals out of a report; a runner that failed without naming a failed test counts as one failure. */
function read(outcome: Outcome, path: string, totalsOf: (report: unknown) => Totals): Totals {
  let totals: Totals;
  try {
    totals = totalsOf(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    console.log(`The runner left no report at ${path}.`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  if (outcome.status !== 0 && totals.failed === 0) totals.failed = 1;
  return totals;
}

const vitestTotals = (report: unknown): Totals => {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = report as Record<string, number>;
  return {
    passed: numPassedTests ?? 0,
    failed: numFailedTests ?? 0,
    skipped: (numPendingTests ?? 0) + (numTodoTests ?? 0),
  };
};

const playwrightTotals = (report: unknown): Totals => {
  const { stats } = report as {
    stats: { expected: number; unexpected: number; flaky: number; skipped: number };
  };
  // A flaky test is a failed one: the race is real.
  return { passed: stats.expected, failed: stats.unexpected + stats.flaky, skipped: stats.skipped };
};

rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });

const chromium = findChromium();
console.log(`Browser tests use ${chromium}.`);
if (!process.env.TEST_DATA_DIR)
  console.log('TEST_DATA_DIR is not set: tests on real policies and reviews are skipped and say so.');

const totals: Totals[] = [];
// Two at a time: lint alone computes as long as the other two together.
const [lint, others] = await Promise.all([
  run('lint', 'eslint', ['.']),
  (async () => [
    await run('type check', 'npm', ['run', '--silent', 'check']),
    await run('format', 'prettier', ['--check', '.']),
  ])(),
]);
totals.push(...[lint, ...others].map(asOneTest));

const unitReport = join(reports, 'unit.json');
const unit = await run('unit and contract tests', 'vitest', [
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${unitReport}`,
]);
totals.push(read(unit, unitReport, vitestTotals));

const browserReport = join(reports, 'e2e.json');
const browser = await run(
  'browser tests',
  'playwright',
  ['test', '--config', 'test/e2e/playwright.config.ts'],
  {
    CHROMIUM_PATH: chromium,
    STOA_E2E_REPORT: browserReport,
  },
);
totals.push(read(browser, browserReport, playwrightTotals));

const sum = totals.reduce(
  (all, one) => ({
    passed: all.passed + one.passed,
    failed: all.failed + one.failed,
    skipped: all.skipped + one.skipped,
  }),
  { passed: 0, failed: 0, skipped: 0 },
);
if (sum.skipped > 0) console.log(`\n${sum.skipped} skipped; each says why.`);
console.log(`\n${sum.passed} passed, ${sum.failed} failed`);
process.exitCode = sum.failed === 0 ? 0 : 1;
