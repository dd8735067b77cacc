/**
 * The version of the document schema and its story. The schema only ever grows: a node, mark or attribute
 * that was once written stays readable for ever, so there are no steps that rewrite text. An app older than
 * a document's version must not open it for writing (see `unknown-content.ts`).
 */
export const documentSchemaHistory = [
  {
    version: 1,
    story:
      'Paragraphs, headings, bullet, ordered and task lists, quotes, callouts, code blocks, tables, rules, ' +
      'hard breaks; bold, italic, strike, underline, code, link, subscript, superscript; clause ids.',
  },
] as const;

export const documentSchemaVersion: number = documentSchemaHistory.at(-1)?.version ?? 1;
