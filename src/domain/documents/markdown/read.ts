/**
 * One Markdown file (CommonMark and GitHub's additions) read into a document. What is written is kept; what
 * has no place in a document is listed with its line, never dropped in silence. HTML is never obeyed.
 */
import { fromMarkdown } from 'mdast-util-from-markdown';
import { frontmatterFromMarkdown } from 'mdast-util-frontmatter';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { frontmatter } from 'micromark-extension-frontmatter';
import { gfm } from 'micromark-extension-gfm';
import type { Definition, Nodes, Root } from 'mdast';
import { DomainError, errorCodeOf } from '../../errors.ts';
import type { ContentNode } from '../content.ts';
import type { DocumentKind, DocumentLanguage, ImportLoss } from '../document.ts';
import { checkImportSize, titleOfFile } from '../import-limits.ts';
import { project } from '../project.ts';
import type { Projection } from '../project.ts';
import { fitTitle } from '../rules.ts';
import { readBlocks } from './blocks.ts';
import { boundNesting } from './bound.ts';
import { readFrontMatter } from './front-matter.ts';
import type { FrontMatterField } from './front-matter.ts';
import { kindOfName, kindOfPlace, languageOfTag, languageOfText } from './guess.ts';
import { lineOf } from './inline.ts';
import { collectLosses } from './losses.ts';
import type { Losses } from './losses.ts';
import type { SourceEncoding } from './source.ts';

export interface MarkdownFile {
  /** With its folders where they are known: they tell the kind. */
  fileName: string;
  text: string;
  encoding: SourceEncoding;
  /** `asText` keeps the front matter as a code block, for one that cannot be read. */
  frontMatter: 'read' | 'asText';
}

export interface ReadMarkdown {
  title: string;
  kind: DocumentKind;
  language: DocumentLanguage;
  content: ContentNode;
  losses: ImportLoss[];
  projection: Projection;
}

const parse = (text: string): Root =>
  fromMarkdown(text, {
    extensions: [frontmatter(['yaml']), gfm()],
    mdastExtensions: [frontmatterFromMarkdown(['yaml']), gfmFromMarkdown()],
  });

/** Lines of the front matter with its two fences; 0 when the file has none. */
function frontMatterLines(text: string): number {
  const lines = text.split('\n');
  if (!/^---[ \t]*$/u.test(lines[0] ?? '')) return 0;
  const end = lines.findIndex((line, index) => index > 0 && /^---[ \t]*$/u.test(line));
  return end < 0 ? 0 : end + 1;
}

/** Line ends as one kind, no byte order mark, no characters that no font shows. */
function cleanSource(source: string, losses: Losses): string {
  const text = source
    .toWellFormed()
    .replace(/^\ufeff/u, '')
    .replace(/\r\n?/gu, '\n');
  if (text.includes('\u0000')) throw new DomainError('not_markdown');
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  const controls = /[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f]+/gu;
  for (const match of text.matchAll(controls))
    losses.add(
      'control-character',
      text.slice(0, match.index).split('\n').length,
      Array.from(match[0], (letter) => `U+${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join(' '),
    );
  return text.replace(controls, '');
}

function definitionsOf(root: Root): { found: Map<string, Definition>; used: Set<string> } {
  const found = new Map<string, Definition>();
  const used = new Set<string>();
  const waiting: Nodes[] = [root];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    // The first definition of a name counts, and nodes are visited in order.
    if (node.type === 'definition' && !found.has(node.identifier)) found.set(node.identifier, node);
    if (node.type === 'linkReference' || node.type === 'imageReference') used.add(node.identifier);
    if ('children' in node) waiting.push(...node.children.toReversed());
  }
  return { found, used };
}

/** Template tags stay as text; the reader should know that nothing fills them in here. */
function listLiquid(text: string, root: Root, losses: Losses): void {
  const codeLines = new Set<number>();
  for (const node of root.children)
    if ((node.type === 'code' || node.type === 'yaml') && node.position)
      for (let line = node.position.start.line; line <= node.position.end.line; line += 1)
        codeLines.add(line);
  text.split('\n').forEach((line, index) => {
    if (codeLines.has(index + 1)) return;
    for (const match of line.matchAll(/\{%.{1,500}?%\}|\{\{.{1,500}?\}\}/gu))
      losses.add('liquid', index + 1, match[0]);
  });
}

/** Everything as plain paragraphs: for text whose signs nest so deep that the parser gives up. */
const asPlainText = (text: string): ContentNode[] =>
  text
    .split(/\n{2,}/u)
    .map((part) => part.replace(/\s*\n\s*/gu, ' ').trim())
    .filter((part) => part !== '')
    .map((part) => ({ type: 'paragraph', content: [{ type: 'text', text: part }] }));

function readBody(text: string, losses: Losses): { root: Root | null; content: ContentNode[] } {
  let root: Root;
  try {
    root = parse(text);
  } catch (error) {
    // The parser walks emphasis in emphasis by calling itself; ten thousand levels end its stack.
    if (!(error instanceof RangeError)) throw error;
    losses.add('too-deep', 1, text);
    return { root: null, content: asPlainText(text) };
  }
  const { found, used } = definitionsOf(root);
  for (const [identifier, definition] of found)
    if (!used.has(identifier))
      losses.add('definition', lineOf(definition), `[${definition.label ?? identifier}]: ${definition.url}`);
  return { root, content: readBlocks(root.children, { losses, definitions: found }) };
}

function boundFile(source: string, losses: Losses): string {
  const text = cleanSource(source, losses);
  return boundNesting(text, frontMatterLines(text), losses);
}

const titleFields = ['title', 'título', 'titulo'];
const languageFields = ['language', 'lang', 'idioma'];
const kindFields = ['kind', 'type', 'tipo'];

/**
 * Throws `too_large`, `not_markdown`, or `bad_front_matter` {line}. Any other text is a document, an empty
 * one too.
 */
export function readMarkdown(file: MarkdownFile): ReadMarkdown {
  checkImportSize(file.text);
  const losses = collectLosses();
  if (file.encoding !== 'utf-8') losses.add('guessed-encoding', 0, file.encoding);
  const text = boundFile(file.text, losses);
  const { root, content } = readBody(text, losses);
  if (root) listLiquid(text, root, losses);

  const [head] = root?.children ?? [];
  let fields: FrontMatterField[] = [];
  if (head?.type === 'yaml') {
    if (file.frontMatter === 'read') fields = readFrontMatter(head.value, lineOf(head) + 1);
    else {
      losses.add('front-matter', lineOf(head), head.value);
      const words = head.value === '' ? {} : { content: [{ type: 'text', text: head.value }] };
      content.unshift({ type: 'codeBlock', attrs: { language: 'yaml' }, ...words });
    }
  }
  const take = <Value>(names: readonly string[], read: (value: string) => Value | null): Value | null => {
    const field = fields.find(
      ({ name, value }) => names.includes(name.toLowerCase()) && value !== null && read(value) !== null,
    );
    if (!field || field.value === null) return null;
    fields = fields.filter((other) => other !== field);
    return read(field.value);
  };
  const named = take(titleFields, (value) => fitTitle(value) || null);
  const taggedLanguage = take(languageFields, languageOfTag);
  const namedKind = take(kindFields, kindOfName);
  for (const field of fields) losses.add('front-matter-field', field.line, field.source);

  const blocks = content.length > 0 ? content : [{ type: 'paragraph' }];
  const document: ContentNode = { type: 'doc', content: blocks };
  const projection = project(document);
  const firstHeading = projection.outline.find(({ level, text: words }) => level === 1 && words !== '');
  const title = named ?? (firstHeading ? fitTitle(firstHeading.text) : titleOfFile(file.fileName));
  return {
    title,
    kind: namedKind ?? kindOfPlace(file.fileName, title),
    language: taggedLanguage ?? languageOfText(`${title}\n${projection.text}`) ?? 'en',
    content: document,
    losses: losses.list(),
    projection,
  };
}

/** Whether a refusal can be answered by importing the same file with its front matter as text. */
export const mayImportAsText = (error: unknown): boolean => errorCodeOf(error) === 'bad_front_matter';
