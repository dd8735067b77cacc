import type { DocumentKind } from '#domain/documents/document.ts';
import type { IconName } from './icons.ts';

export const kindIcons: Readonly<Record<DocumentKind, IconName>> = {
  policy: 'document',
  playbook: 'playbook',
  sop: 'list-check',
  note: 'note',
};
