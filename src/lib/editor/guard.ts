/**
 * Watches an open text for content of a newer app. When an update from elsewhere brings some, `onUnknown`
 * is called before the editor's own observers see it, so that unbinding there saves the content: an editor
 * that renders what it does not know deletes it for everybody.
 */
import type { Schema } from '@tiptap/pm/model';
import type * as Y from 'yjs';
import { documentSchemaVersion } from '#domain/documents/migrations.ts';
import { schemaVersionOf, textOf } from '#domain/documents/shape.ts';
import { findUnknownContent } from '#domain/documents/unknown-content.ts';
import type { UnknownContent } from '#domain/documents/unknown-content.ts';

export type NewerText = UnknownContent | { what: 'version'; name: string; within: 'doc' };

/** What this app would destroy by editing the text, or null when it may. Writes nothing. */
export function newerTextIn(doc: Y.Doc, schema: Schema): NewerText | null {
  const version = schemaVersionOf(doc);
  if (version > documentSchemaVersion) return { what: 'version', name: String(version), within: 'doc' };
  return findUnknownContent(textOf(doc), schema);
}

/** Returns how to stop watching. */
export function guardText(doc: Y.Doc, schema: Schema, onUnknown: (found: NewerText) => void): () => void {
  // Yjs emits this after the transaction has changed the document and before any observer hears of it.
  const check = (transaction: Y.Transaction) => {
    if (transaction.local) return;
    const found = newerTextIn(doc, schema);
    if (found) onUnknown(found);
  };
  doc.on('beforeObserverCalls', check);
  return () => doc.off('beforeObserverCalls', check);
}
