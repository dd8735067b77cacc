/**
 * Holds the house rules that a reviewer would otherwise have to say twice: who may import whom, no neighbours,
 * no state in module scope, no barrel files. The floors are described in README.md.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Import {
  target: string;
  isTypeOnly: boolean;
}

interface Source {
  path: string;
  text: string;
}

function sourcesBelow(folder: string): Source[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isFile() && /\.(ts|js|svelte)$/.test(entry.name) && !entry.name.endsWith('.d.ts'),
    )
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split('\\').join('/'))
    .filter((path) => !path.startsWith('src/i18n/compiled/'))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

/** The script of a component, or the file itself. */
function scriptOf({ path, text }: Source): string {
  if (!path.endsWith('.svelte')) return text;
  return [...text.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)].map((match) => match[1]).join('\n');
}

const parse = (source: Source) =>
  ts.createSourceFile(`${source.path}.ts`, scriptOf(source), ts.ScriptTarget.ESNext, true);

/** Imports and re-exports, static and dynamic, as paths from the root; packages keep their name. */
function importsOf(source: Source): Import[] {
  const found: Import[] = [];
  const add = (specifier: string, isTypeOnly: boolean) => {
    const alias = /^#(domain|i18n|lib|features|server)\/(.*)$/.exec(specifier);
    const target = alias
      ? `${alias[1] === 'server' ? '' : 'src/'}${alias[1]}/${alias[2]}`
      : specifier.startsWith('.')
        ? posix.normalize(posix.join(posix.dirname(source.path), specifier))
        : specifier;
    found.push({ target, isTypeOnly });
  };
  const isTypeOnlyClause = (clause: ts.ImportClause | undefined): boolean => {
    if (!clause) return false;
    if (clause.isTypeOnly) return true;
    const bindings = clause.namedBindings;
    return (
      clause.name === undefined &&
      bindings !== undefined &&
      ts.isNamedImports(bindings) &&
      bindings.elements.length > 0 &&
      bindings.elements.every((element) => element.isTypeOnly)
    );
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      add(node.moduleSpecifier.text, isTypeOnlyClause(node.importClause));
    } else if (
      ts.isExportDeclaration(node) &&
      node.moduleSpecifier &&
      ts.isStringLiteral(node.moduleSpecifier)
    ) {
      add(node.moduleSpecifier.text, node.isTypeOnly);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments;
      if (argument && ts.isStringLiteralLike(argument)) add(argument.text, false);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      const { literal } = node.argument;
      if (ts.isStringLiteral(literal)) add(literal.text, true);
    }
    ts.forEachChild(node, visit);
  };
  visit(parse(source));
  return found;
}

const isGround = (path: string) => /^src\/(domain|i18n)\//.test(path);
/** Ports stand one floor below the server features that use them. */
const isServerPort = (path: string) =>
  /^server\/(storage|jobs)\//.test(path) || path === 'server/sync/bus.ts';
/** Configuration and the log, which any server file may use. */
const isServerCommon = (path: string) => /^server\/(config|log)\.ts$/.test(path);
/** Routers and the http folder stand above the features and may use all of them. */
const isServerUpper = (path: string) =>
  path.startsWith('server/http/') || /^server\/[^/]+\/router\.ts$/.test(path);
/** main.ts and the operator's programs build everything and stand on top. */
const isServerTop = (path: string) =>
  /^server\/[^/]+\.(ts|js)$/.test(path) || /^server\/(admin|demo)\//.test(path);
const folder = (path: string, depth: number) => path.split('/').slice(0, depth).join('/');

function serverComplaint(path: string, target: string): string | undefined {
  if (target.startsWith('src/')) return 'the server takes only the ground from src';
  if (isServerCommon(path)) return isServerCommon(target) ? undefined : 'config and log know nobody';
  if (isServerCommon(target) || isServerTop(path)) return undefined;
  if (isServerPort(path))
    return isServerPort(target) ? undefined : 'a port imports only ports and the ground';
  if (isServerPort(target)) return undefined;
  if (isServerTop(target)) return 'nobody imports main.ts or the operator programs';
  if (isServerUpper(path)) return undefined;
  if (isServerUpper(target)) return 'a service does not know who calls it';
  return folder(path, 2) === folder(target, 2)
    ? undefined
    : 'a server feature does not import its neighbour: main.ts hands services over';
}

function browserComplaint(path: string, { target, isTypeOnly }: Import): string | undefined {
  if (target.startsWith('server/')) {
    const isTheOneLookUp =
      isTypeOnly &&
      ((path.startsWith('src/lib/api/') && target === 'server/http/router.ts') ||
        (path === 'src/app.d.ts' && target === 'server/http/house.ts'));
    return isTheOneLookUp ? undefined : 'browser code does not import the server';
  }
  if (path.startsWith('src/service-worker/'))
    return target.startsWith('src/service-worker/') ? undefined : 'the service worker stands alone';
  if (path.startsWith('src/lib/'))
    return target.startsWith('src/lib/') ? undefined : 'an engine knows no feature and no route';
  if (path.startsWith('src/features/') && !target.startsWith('src/lib/'))
    return target.startsWith('src/features/') && folder(path, 3) === folder(target, 3)
      ? undefined
      : 'a feature does not import its neighbour or a route';
  return undefined;
}

/** Why this import is not allowed, or undefined. */
function complaint(path: string, one: Import): string | undefined {
  const { target } = one;
  const isOurs = /^(src|server|test|build)\//.test(target);
  if (isGround(path)) {
    if (isOurs) return isGround(target) ? undefined : 'the ground imports only the ground';
    return /^node:|^(kysely|pg|ws|idb|svelte|@sveltejs|better-auth|@trpc|pino)(\/|$)/.test(target)
      ? 'the ground is pure: no I/O, no framework'
      : undefined;
  }
  if (!isOurs || isGround(target)) return undefined;
  if (target.startsWith('test/')) return 'the product does not import its tests';
  return path.startsWith('server/') ? serverComplaint(path, target) : browserComplaint(path, one);
}

/** Names declared at module level that can change while the program runs. */
function moduleState(source: Source): string[] {
  const mutable =
    /^(Map|Set|WeakMap|WeakSet|Array|EventTarget|AbortController|WebSocket|BroadcastChannel|SvelteMap|SvelteSet)$/;
  const found: string[] = [];
  for (const statement of parse(source).statements) {
    if (!ts.isVariableStatement(statement)) continue;
    const isConst = (statement.declarationList.flags & ts.NodeFlags.Const) !== 0;
    const isDeclared = statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword);
    if (isDeclared) continue;
    for (const declaration of statement.declarationList.declarations) {
      const name = declaration.name.getText();
      const isReadonlyType = /^Readonly|^readonly /.test(declaration.type?.getText() ?? '');
      let value = declaration.initializer;
      while (value && (ts.isAsExpression(value) || ts.isSatisfiesExpression(value))) value = value.expression;
      const isMutable =
        value !== undefined &&
        ((ts.isNewExpression(value) && mutable.test(value.expression.getText()) && !isReadonlyType) ||
          (ts.isCallExpression(value) && /^\$state\b/.test(value.expression.getText())));
      if (!isConst || isMutable) found.push(name);
    }
  }
  return found;
}

const sources = ['src', 'server'].flatMap(sourcesBelow);
const isTest = (path: string) => path.endsWith('.test.ts');
const product = sources.filter(({ path }) => !isTest(path));

describe('the house', () => {
  it('has files to look at', () => {
    expect(sources.length).toBeGreaterThan(30);
  });

  it('imports go down, never up and never to a neighbour', () => {
    const wrong = product.flatMap((source) =>
      importsOf(source).flatMap((one) => {
        const why = complaint(source.path, one);
        return why ? [`${source.path} imports ${one.target}: ${why}`] : [];
      }),
    );
    expect(wrong).toEqual([]);
  });

  it('no module keeps state', () => {
    // A component's script runs once per instance; a service worker and a worker thread are their own process;
    // the request store is Kit's one way in development.
    const isException = (path: string) =>
      path.endsWith('.svelte') ||
      path.startsWith('src/service-worker/') ||
      /-thread\.ts$/.test(path) ||
      path === 'server/prepare.js' ||
      path === 'server/http/dev-requests.ts';
    const wrong = product
      .filter(({ path }) => !isException(path))
      .flatMap((source) => moduleState(source).map((name) => `${source.path}: ${name}`));
    expect(wrong).toEqual([]);
  });

  it('no file only passes others on', () => {
    const wrong = product.filter((source) => {
      const { statements } = parse(source);
      return (
        statements.length > 1 && statements.every((one) => ts.isExportDeclaration(one) && one.moduleSpecifier)
      );
    });
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  it('only shape.ts names the roots of a document', () => {
    const wrong = product
      .filter(({ path }) => path !== 'src/domain/documents/shape.ts')
      .filter(({ text }) => /\.(getXmlFragment|getMap|getText|getArray)\(\s*['"`]/.test(text));
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  it('every import of ours names a file that exists, with its ending', () => {
    const wrong = sources.flatMap((source) =>
      importsOf(source)
        .map(({ target }) => target.split('?')[0] as string)
        .filter((target) => /^(src|server)\//.test(target))
        .filter((target) => !target.includes('/compiled/') && !target.endsWith('/$types'))
        .filter((target) => !existsSync(join(root, target)))
        .map((target) => `${source.path} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });
});

describe('the browser tests', () => {
  it('give each person a name of their own: several files share one workspace', () => {
    const given = sourcesBelow('test/e2e').flatMap(({ text }) =>
      [...text.matchAll(/\.person\(\s*'\w+',\s*'([^']+)'/g)].map((match) => match[1]),
    );
    expect(given.length).toBeGreaterThan(20);
    expect(given.filter((name, at) => given.indexOf(name) !== at)).toEqual([]);
  });
});

describe('the rules themselves', () => {
  const complaints = (path: string, text: string) =>
    importsOf({ path, text }).flatMap((one) => complaint(path, one) ?? []);

  it.each([
    ['src/domain/cases/rules.ts', `import { send } from '#lib/outbox/outbox.ts';`],
    ['src/domain/cases/rules.ts', `import { readFile } from 'node:fs/promises';`],
    ['src/lib/outbox/outbox.ts', `import { x } from '#features/cases/cases.svelte.ts';`],
    ['src/features/cases/list.svelte.ts', `import { x } from '#features/feedback/board.svelte.ts';`],
    ['src/features/cases/list.svelte.ts', `import { x } from '../feedback/board.svelte.ts';`],
    ['src/features/cases/list.svelte.ts', `const x = await import('#server/cases/service.ts');`],
    ['src/routes/(app)/+page.svelte', `<script lang="ts">import x from '#server/cases/service.ts';</script>`],
    ['src/lib/api/client.ts', `import { appRouter } from '#server/http/router.ts';`],
    ['server/storage/sqlite.ts', `import { x } from '../cases/store.ts';`],
    ['server/cases/service.ts', `import { x } from '../feedback/service.ts';`],
    ['server/cases/service.ts', `import type { X } from '../feedback/service.ts';`],
    ['server/cases/service.ts', `import { x } from '../http/trpc.ts';`],
    ['server/cases/service.ts', `import { x } from '#lib/outbox/outbox.ts';`],
    ['server/http/trpc.ts', `import { x } from '../main.ts';`],
  ])('%s may not say %s', (path, text) => {
    expect(complaints(path, text)).toHaveLength(1);
  });

  it.each([
    ['src/domain/cases/rules.ts', `import { z } from 'zod'; import { can } from '../access.ts';`],
    ['src/lib/api/client.ts', `import type { AppRouter } from '#server/http/router.ts';`],
    ['src/routes/(app)/+page.svelte', `<script>import a from '#features/cases/A.svelte';</script>`],
    ['server/cases/service.ts', `import { x } from '../storage/database.ts'; import '#domain/ids.ts';`],
    ['server/cases/router.ts', `import { command } from '../http/trpc.ts'; import './service.ts';`],
    ['server/main.ts', `import { x } from './cases/service.ts';`],
  ])('%s may say %s', (path, text) => {
    expect(complaints(path, text)).toEqual([]);
  });

  it.each([
    'let count = 0;',
    'const seen = new Map();',
    'export const open = new Set<string>() as Set<string>;',
    'export const now = $state(0);',
    'export const rows = $state.raw([]);',
  ])('a module may not hold %s', (text) => {
    expect(moduleState({ path: 'src/lib/x.svelte.ts', text })).toHaveLength(1);
  });

  it.each([
    'const limit = 5;',
    `const roles: ReadonlySet<string> = new Set(['a']);`,
    'const at = [1] as const;',
    'declare let self: ServiceWorkerGlobalScope;',
  ])('a module may hold %s', (text) => {
    expect(moduleState({ path: 'server/x.ts', text })).toEqual([]);
  });
});
