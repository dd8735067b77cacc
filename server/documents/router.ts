/** Documents and folders over tRPC. */
import { z } from 'zod';
import { documentCommands as specs } from '#domain/documents/commands.ts';
import { documentId } from '#domain/ids.ts';
import { command, query, router } from '../http/trpc.ts';

export const documentsRouter = router({
  create: command(specs['documents.create'], (s, c) => s.documents.create(c)),
  import: command(specs['documents.import'], (s, c) => s.importing.importFile(c)),
  rename: command(specs['documents.rename'], (s, c) => s.documents.rename(c)),
  setKind: command(specs['documents.setKind'], (s, c) => s.documents.setKind(c)),
  setLanguage: command(specs['documents.setLanguage'], (s, c) => s.documents.setLanguage(c)),
  move: command(specs['documents.move'], (s, c) => s.documents.move(c)),
  share: command(specs['documents.share'], (s, c) => s.documents.share(c)),
  archive: command(specs['documents.archive'], (s, c) => s.documents.archive(c)),
  restore: command(specs['documents.restore'], (s, c) => s.documents.restore(c)),
  outline: query
    .input(z.object({ documentId }))
    .query(({ ctx, input }) => ctx.services.documents.outline(ctx.actor, input.documentId)),
});

export const foldersRouter = router({
  create: command(specs['folders.create'], (s, c) => s.documents.createFolder(c)),
  rename: command(specs['folders.rename'], (s, c) => s.documents.renameFolder(c)),
  move: command(specs['folders.move'], (s, c) => s.documents.moveFolder(c)),
  remove: command(specs['folders.remove'], (s, c) => s.documents.removeFolder(c)),
});
