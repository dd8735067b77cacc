import { describe, expect, it } from 'vitest';
import type { PersonActor, Role } from '#domain/access.ts';
import type { DocumentRecord, FolderRecord } from '#domain/documents/document.ts';
import { recordedCommands } from '#domain/workspaces/history.ts';
import type { PersonRecord } from '#domain/workspaces/workspace.ts';
import { endWords, listed, sharedPlaces } from './people.ts';
import { recordWords } from './record-words.ts';

const person = (name: string, role: PersonRecord['role'], active = true) =>
  ({ id: name, name, role, active, email: null }) as PersonRecord;

describe('the list of people', () => {
  it('puts owners first, guests after members, and the deactivated last', () => {
    const all = [
      person('Zoe', 'viewer'),
      person('Guest', null),
      person('Gone', 'owner', false),
      person('Álvaro', 'editor'),
      person('Bea', 'editor'),
      person('Ana', 'owner'),
    ];
    expect(listed(all, 'pt-BR').map(({ name }) => name)).toEqual([
      'Ana',
      'Álvaro',
      'Bea',
      'Zoe',
      'Guest',
      'Gone',
    ]);
  });
});

describe('access with an end', () => {
  it('says until when, and from that moment on that it is over', () => {
    const end = '2026-11-28T15:00:00.000Z';
    const words = (now: string, locale: 'en' | 'pt-BR') => endWords(end, now, locale);
    expect(words('2026-11-28T14:59:59.999Z', 'en')).toMatch(/^until .*28/);
    expect(words(end, 'en')).toMatch(/^ended .*28/);
    expect(words(end, 'pt-BR')).toMatch(/^terminou em 28/);
  });
});

describe('the record', () => {
  it.each(recordedCommands)('%s is a sentence that names who did it', (name) => {
    const words = recordWords({
      commandId: 'c',
      name,
      by: 'p',
      byName: 'Ana',
      at: '2026-01-01T00:00:00.000Z',
      aggregate: 'person/x',
      personId: 'x',
      personName: 'Bento',
      role: 'editor',
      email: null,
    });
    expect(words).toContain('Ana');
    expect(words).not.toContain('undefined');
  });
});

describe('the places that an invitation offers', () => {
  const folders = [{ id: 'f', workspaceId: 'w', parentId: null, name: 'Policies' }] as FolderRecord[];
  const document = (id: string, folderId: string | null, archivedAt: string | null = null) =>
    ({
      id,
      workspaceId: 'w',
      folderId,
      visibility: 'workspace',
      createdBy: 'x',
      archivedAt,
    }) as DocumentRecord;
  const documents = [document('inside', 'f'), document('outside', null), document('old', 'f', '2026-01-01')];
  const offered = (role: Role, scope: object) => {
    const grants = [{ scope, role, endsAt: null }];
    const actor = { kind: 'person', personId: 'p', name: 'P', workspaceId: 'w', via: 'session', grants };
    const places = sharedPlaces(actor as unknown as PersonActor, folders, documents);
    return [...places.folders, ...places.documents].map(({ id }) => id as string);
  };

  it('are none for a viewer, and all that is not archived for an owner', () => {
    expect(offered('viewer', { kind: 'workspace' })).toEqual([]);
    expect(offered('owner', { kind: 'workspace' })).toEqual(['f', 'inside', 'outside']);
  });

  it('end at the folder for who is editor of a folder alone', () => {
    expect(offered('editor', { kind: 'folder', id: 'f' })).not.toContain('outside');
  });
});
