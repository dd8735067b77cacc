/**
 * The form of a document's Y.Doc. The only file that names its roots: code elsewhere asks these functions,
 * so that a root is never created twice under two spellings (Yjs would keep both, silently).
 */
import type * as Y from 'yjs';
import { documentSchemaVersion } from './migrations.ts';

const textRoot = 'text';
const metaRoot = 'meta';
const schemaVersionKey = 'schemaVersion';

/** What people write: block nodes of `nodes.ts` as y-tiptap stores them. */
export const textOf = (doc: Y.Doc): Y.XmlFragment => doc.getXmlFragment(textRoot);

/** Facts about the text that must travel with it. Holds the schema version and nothing else so far. */
export const metaOf = (doc: Y.Doc): Y.Map<unknown> => doc.getMap(metaRoot);

/** The schema version the text was last written with; 1 when nothing was ever recorded. */
export function schemaVersionOf(doc: Y.Doc): number {
  const version = metaOf(doc).get(schemaVersionKey);
  return typeof version === 'number' && Number.isInteger(version) ? version : 1;
}

/** Records that the text may now hold everything of the current schema. Never lowers the number. */
export function stampSchemaVersion(doc: Y.Doc): void {
  const meta = metaOf(doc);
  const recorded = meta.get(schemaVersionKey);
  if (typeof recorded === 'number' && recorded >= documentSchemaVersion) return;
  meta.set(schemaVersionKey, documentSchemaVersion);
}
