/**
 * A document of 45,000 words: how long it takes to read it from Markdown, to seed it, to load the seed and to
 * read it back for search. Each figure is a median; the Markdown parser alone is the baseline of the first.
 * `node test/bench/import.ts`
 */
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';
import * as Y from 'yjs';
import { contentOf } from '#domain/documents/content.ts';
import { readMarkdown } from '#domain/documents/markdown/read.ts';
import { countWords, project } from '#domain/documents/project.ts';
import { contentSeed } from '#domain/documents/seed.ts';
import { projectUpdates } from '#server/documents/text-work.ts';

const rounds = 5;
const wantedWords = 45_000;

/** The samples of the demo, over and over, without their front matter. */
const folder = fileURLToPath(new URL('../../server/demo/documents/', import.meta.url));
const samples = readdirSync(folder)
  .filter((name) => name.endsWith('.md'))
  .map((name) => readFileSync(`${folder}${name}`, 'utf8').replace(/^---\n[\s\S]*?\n---\n/u, ''));
let source = '';
for (let words = 0, index = 0; words < wantedWords; index += 1) {
  const sample = samples[index % samples.length] ?? '';
  source += `${sample}\n`;
  words += countWords(sample);
}

function median<Result>(label: string, work: () => Result): Result {
  const times: number[] = [];
  let result = work();
  for (let round = 0; round < rounds; round += 1) {
    const from = performance.now();
    result = work();
    times.push(performance.now() - from);
  }
  const middle = times.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN;
  console.log(`${label.padEnd(44)} ${middle.toFixed(0).padStart(6)} ms`);
  return result;
}

console.log(`${countWords(source)} words, ${source.length} characters of Markdown`);
median('parser alone', () =>
  fromMarkdown(source, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] }),
);
const read = median('read Markdown', () =>
  readMarkdown({ fileName: 'long.md', text: source, encoding: 'utf-8', frontMatter: 'read' }),
);
const seed = median('seed', () => contentSeed('bench', read.content));
console.log(
  `  ${seed.update.length} bytes, ${(seed.update.length / source.length).toFixed(2)} times the Markdown`,
);
const doc = median('load into a Y.Doc', () => {
  const fresh = new Y.Doc();
  Y.applyUpdate(fresh, seed.update);
  return fresh;
});
const content = median('read content from the Y.Doc', () => contentOf(doc));
median('project content', () => project(content));
median('project a state of the log, whole', () => projectUpdates([seed.update]));
