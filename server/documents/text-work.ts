/** The heavy work on texts, as plain functions: it runs in a thread, and in tests without one. */
import * as Y from 'yjs';
import { contentOf } from '#domain/documents/content.ts';
import { readMarkdown } from '#domain/documents/markdown/read.ts';
import type { MarkdownFile, ReadMarkdown } from '#domain/documents/markdown/read.ts';
import { project } from '#domain/documents/project.ts';
import type { Projection } from '#domain/documents/project.ts';
import { contentSeed, withClauseIds } from '#domain/documents/seed.ts';
import type { Seed } from '#domain/documents/seed.ts';
import { hashOfText } from '#domain/documents/source.ts';

export interface ImportedText extends Omit<ReadMarkdown, 'content'> {
  seed: Seed;
  /** `hashOfText` of the file. */
  hash: string;
}

/** A Markdown file as the first content of this document. Throws what `readMarkdown` throws. */
export function importText(documentId: string, file: MarkdownFile): ImportedText {
  const { content, ...read } = readMarkdown(file);
  // Read again with the clause ids that the seed gives, which the outline names.
  const projection = project(withClauseIds(content, documentId));
  return { ...read, projection, seed: contentSeed(documentId, content), hash: hashOfText(file.text) };
}

/** What a state of the log says, in words. */
export function projectUpdates(updates: readonly Uint8Array[]): Projection {
  const doc = new Y.Doc();
  for (const update of updates) Y.applyUpdate(doc, update);
  const projection = project(contentOf(doc));
  doc.destroy();
  return projection;
}

/** What goes to the thread and comes back. */
export type TextTask =
  | { name: 'import'; documentId: string; file: MarkdownFile }
  | { name: 'project'; updates: readonly Uint8Array[] };
export interface TextResults {
  import: ImportedText;
  project: Projection;
}

export const doTextTask = (task: TextTask): TextResults[TextTask['name']] =>
  task.name === 'import' ? importText(task.documentId, task.file) : projectUpdates(task.updates);

/** Messages carry a kind, because `node --watch` posts messages of its own. */
export interface TextCall {
  kind: 'text-call';
  task: TextTask;
}
export interface TextAnswer {
  kind: 'text-answer';
  result?: TextResults[TextTask['name']];
  /** A DomainError by hand: structured clone would drop its code. */
  refusal?: { code: string; details: Record<string, string | number | boolean | null> };
  fault?: string;
}
