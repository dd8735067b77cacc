/** The main path over both wires, with records and log on either database, and again after a restart. */
import { expect, it } from 'vitest';
import { caseCommands } from '#domain/cases/commands.ts';
import { documentCommands } from '#domain/documents/commands.ts';
import { textOf } from '#domain/documents/shape.ts';
import type { CaseId, DocumentId } from '#domain/ids.ts';
import { startWorld } from '../harness.ts';
import { describeOnEachDatabase } from './each-database.ts';

describeOnEachDatabase('the whole server', (open) => {
  it('keeps people, records and texts, and gives them back after a restart', async () => {
    const { databaseUrl } = await open.place();
    const world = await startWorld({ databaseUrl });
    try {
      const editor = await world.invite('editor', 'Bento');
      const documentId = world.newId() as DocumentId;
      await world.owner.command(documentCommands['documents.create'], {
        id: documentId,
        title: 'Devoluções',
        kind: 'policy',
        language: 'pt-BR',
        visibility: 'workspace',
        folderId: null,
      });
      await editor.command(caseCommands['cases.open'], {
        caseId: world.newId() as CaseId,
        track: 'violation',
        title: 'Relógios falsos',
        narrative: '',
        severity: 'high',
        about: null,
      });

      const mine = await world.owner.openRoom(documentId);
      const theirs = await editor.openRoom(documentId);
      const paragraph = textOf(mine.doc).get(0);
      expect(paragraph).toBeDefined();
      mine.doc.getMap('meta').set('seen', 'by both');
      await expect.poll(() => theirs.doc.getMap('meta').get('seen')).toBe('by both');
      mine.close();
      theirs.close();

      await world.restart();
      const page = await editor.api.changes.since.query({ workspaceId: world.workspaceId, cursor: null });
      const kinds = new Set(page.records.map(({ kind }) => kind));
      expect([...kinds].sort()).toEqual(['case', 'caseEvent', 'document', 'grant', 'person', 'workspace']);
      const again = await editor.openRoom(documentId);
      await expect.poll(() => again.doc.getMap('meta').get('seen')).toBe('by both');
      again.close();
    } finally {
      await world.stop();
    }
  });
});
