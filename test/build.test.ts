/** The built app as files. `npm test` builds before it tests; without a build there is nothing to look at. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const built = fileURLToPath(new URL('../build/client/_app/immutable', import.meta.url));
const isBuilt = existsSync(built);

/** Script files, each with those it cannot run without. */
function filesNeeded(): Map<string, string[]> {
  const files = readdirSync(built, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js'))
    .map((name) => join(built, name));
  return new Map(
    files.map((file) => [
      file,
      [...readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*"(\.[^"]+\.js)"/g)].map(([, path]) =>
        resolve(dirname(file), path as string),
      ),
    ]),
  );
}

/** Everything that leads back to itself. */
function rings(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const reaches = (from: string, to: string): boolean => {
    const seen = new Set<string>();
    const ahead = [...(graph.get(from) ?? [])];
    for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
      if (next === to) return true;
      if (!seen.has(next)) ahead.push(...(graph.get(next) ?? []));
      seen.add(next);
    }
    return false;
  };
  return [...graph.keys()].filter((file) => reaches(file, file));
}

it('sees a ring where there is one', () => {
  const ring = new Map([
    ['a', ['b']],
    ['b', ['c']],
    ['c', ['b']],
  ]);
  expect(rings(ring)).toEqual(['b', 'c']);
});

// Of two files that need each other one runs before what it is made of, and nothing says so.
it.skipIf(!isBuilt)(
  'is put into files that do not need each other in a ring (skipped without a build)',
  () => {
    const graph = filesNeeded();
    expect(graph.size).toBeGreaterThan(10);
    expect([...graph.values()].flat().length).toBeGreaterThan(10);
    expect(rings(graph)).toEqual([]);
  },
);
