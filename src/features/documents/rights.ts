/** What this person may do, asked with the same rules as the server asks. */
import { can } from '#domain/access.ts';
import type { Action } from '#domain/access.ts';
import type { DocumentRecord } from '#domain/documents/document.ts';
import { documentResource } from '#domain/documents/rules.ts';
import type { Engine } from '#lib/replica/engine.svelte.ts';

export const mayDo = (engine: Engine, action: Action, document: DocumentRecord): boolean =>
  can(
    engine.actor,
    action,
    documentResource(document, (id) => engine.records.get('folder', id)),
  );

export const mayCreate = (engine: Engine): boolean =>
  can(engine.actor, 'document.create', { kind: 'workspace', workspaceId: engine.workspaceId });
