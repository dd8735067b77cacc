/**
 * Brings the working copy up to date before anything runs: dependencies, compiled messages, Kit's types and,
 * with the word `build`, the pages. Each step is skipped while the content of what it is made from has not
 * changed, so that a `git pull` never shows the old app and a second start waits for nothing.
 *
 * Plain JavaScript that Node 20 reads, without dependencies: it runs before there are any. The Node that runs
 * everything else comes with the install (package `node-<platform>`), hence never `process.execPath`.
 *
 *   node server/prepare.js [build] [--quiet]
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const isQuiet = process.argv.includes('--quiet');
const wantsBuild = process.argv.includes('build');
/** Inside node_modules, because the tools empty their own output folders and an install must reset all. */
const stamps = join(root, 'node_modules', '.stoa');
const neededNodeMajor = 24;

/** Everything goes to stderr: the command that follows may print for a script. */
const say = (/** @type {string} */ text) => process.stderr.write(`${text}\n`);

const env = { ...process.env, PATH: [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter) };

/** @param {string} command @param {string[]} args */
function run(command, args) {
  const result = spawnSync(command, args, {
    cwd: root,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.error || result.status !== 0) {
    say(`${result.stdout ?? ''}${result.stderr ?? ''}`.trimEnd());
    say(`Stoa could not be prepared: "${command} ${args.join(' ')}" failed. What it printed stands above.`);
    process.exit(1);
  }
  return result.stdout;
}

/** @param {string} path @returns {string[]} all files below, sorted */
function filesBelow(path) {
  const full = join(root, path);
  if (!existsSync(full)) return [];
  if (statSync(full).isFile()) return [full];
  return readdirSync(full, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

/** @param {string[]} paths @param {(path: string) => boolean} keep */
function hashOf(paths, keep = () => true) {
  const hash = createHash('sha256');
  for (const file of paths.flatMap(filesBelow)) {
    const name = relative(root, file).split(sep).join('/');
    if (keep(name)) hash.update(`${name}\n`).update(readFileSync(file)).update('\n');
  }
  return hash.digest('hex');
}

/**
 * Runs a step unless its stamp matches. The stamp goes before the work and comes back after it: a step that
 * was cut short is done again.
 * @param {string} name @param {string} hash @param {string[]} outputs @param {() => void} work
 */
function step(name, hash, outputs, work) {
  const stamp = join(stamps, name);
  const isDone =
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === hash &&
    outputs.every((output) => existsSync(join(root, output)));
  if (isDone) return;
  rmSync(stamp, { force: true });
  const startedMs = Date.now();
  work();
  mkdirSync(stamps, { recursive: true });
  writeFileSync(stamp, hash);
  if (!isQuiet) say(`  ${name}: done in ${((Date.now() - startedMs) / 1000).toFixed(1)} s`);
}

const lock = hashOf(['package.json', 'package-lock.json', '.npmrc']);
step('install', lock, ['node_modules/.bin/vite'], () => {
  say('Installing what Stoa needs; this happens once.');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
});

const version = spawnSync('node', ['--version'], { env, encoding: 'utf8' }).stdout?.trim() ?? 'none';
if (Number(/^v(\d+)/.exec(version)?.[1] ?? 0) < neededNodeMajor) {
  say(
    `Stoa runs on Node ${neededNodeMajor}. There is no packaged one for ${process.platform} ${process.arch}, ` +
      `and the one on the path is ${version}: please install Node ${neededNodeMajor} and start again.`,
  );
  process.exit(1);
}

const messageSources = [
  'src/i18n/messages',
  'src/i18n/project.inlang/settings.json',
  'src/i18n/paraglide.js',
];
step('messages', hashOf(messageSources) + lock, ['src/i18n/compiled/messages.js'], () => {
  run('node', [
    '--input-type=module',
    '--eval',
    `const { compile } = await import('@inlang/paraglide-js');
     const { paraglideOptions } = await import('./src/i18n/paraglide.js');
     await compile(paraglideOptions);`,
  ]);
});

const isRoute = (/** @type {string} */ name) => name.startsWith('src/routes/') && /\/\+/.test(name);
const kitInputs = hashOf(['src/routes'], isRoute) + hashOf(['svelte.config.js', 'vite.config.ts']) + lock;
step('types', kitInputs, ['.svelte-kit/tsconfig.json'], () => run('svelte-kit', ['sync']));

if (wantsBuild) {
  const isSource = (/** @type {string} */ name) =>
    !name.startsWith('src/i18n/compiled/') && !/\.test\.ts$/.test(name);
  const sources = ['src', 'static', 'svelte.config.js', 'vite.config.ts', 'server/http/dev-requests.ts'];
  const made = hashOf(sources, isSource) + lock;
  step('build', made, ['build/handler.js'], () => {
    say('Building the app.');
    env.STOA_BUILD = made.slice(0, 16);
    run('vite', ['build', '--logLevel', 'warn']);
  });
}
