import type { OutlineEntry } from '#domain/documents/project.ts';
import type { DocumentId } from '#domain/ids.ts';
import type { Engine } from '#lib/replica/engine.svelte.ts';

/**
 * The headings of a document: from the server, or without it from the text this device holds; null when
 * neither has them.
 */
export async function outlineOf(engine: Engine, documentId: DocumentId): Promise<OutlineEntry[] | null> {
  const { workspaceId, actor } = engine;
  if (engine.online) {
    const asked = engine.ask((api) => api.documents.outline.query({ workspaceId, documentId }));
    const answer = await asked.catch(() => null);
    if (answer) return answer.outline;
  }
  // Reading a text takes what an editor takes; most forms never need it.
  const { outlineHeld } = await import('#lib/sync/outline-held.ts');
  return outlineHeld(actor.personId, documentId);
}
