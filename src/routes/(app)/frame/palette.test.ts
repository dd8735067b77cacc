import { describe, expect, it } from 'vitest';
import type { RecordKind } from '#domain/records.ts';
import type { Records } from '#lib/replica/contract.ts';
import { findIn } from '#lib/ui/find.ts';
import { frameCommands } from './frame-commands.ts';
import { searchRecords } from './record-search.ts';

const nothing = () => undefined;
const commandsOf = (rights: { writes: boolean; manages: boolean }) =>
  frameCommands({
    palette: nothing,
    keyboard: nothing,
    status: nothing,
    signOut: nothing,
    rail: nothing,
    useTheme: nothing,
    otherLanguage: nothing,
    language: 'en',
    ...rights,
  });
const commands = commandsOf({ writes: true, manages: true });
const ids = (typed: string) =>
  findIn(commands, typed, ({ label, keywords }) => `${label} ${keywords ?? ''}`, 5).map(({ id }) => id);

const records = (of: Partial<Record<RecordKind, object[]>>) =>
  searchRecords({ all: (kind) => of[kind] ?? [] } as Pick<Records, 'all'>);

describe('what the palette finds', () => {
  it.each([
    ['dark', 'theme dark'],
    ['TEMA ESCURO', 'theme dark'],
    ['light', 'theme light'],
    ['tema claro', 'theme light'],
    ['theme', 'theme system'],
    ['language', 'language'],
    ['portugues', 'language'],
    ['idioma', 'language'],
    ['sair', 'sign-out'],
    ['sign out', 'sign-out'],
    ['log out', 'sign-out'],
    ['atalhos', 'keyboard'],
    ['novo documento', 'documents.create'],
    ['convidar', 'go /people'],
    ['senha', 'settings password'],
    ['tokens', 'settings tokens'],
  ])('finds by "%s" in either language', (typed, id) => {
    expect(ids(typed)).toContain(id);
  });

  it('offers what a person may not do to nobody', () => {
    const reader = commandsOf({ writes: false, manages: false }).map(({ id }) => id);
    expect(reader).not.toContain('documents.create');
    expect(reader).not.toContain('settings workspace');
  });

  it('finds every kind of record, forgiving of accents, and people by their address too', () => {
    const { find } = records({
      document: [{ id: 'd', title: 'Política de devolução' }],
      case: [{ id: 'c', ref: 'C-000012', title: 'Devolução negada' }],
      board: [{ id: 'b', title: 'Devoluções' }],
      feedbackItem: [{ id: 'i', boardId: 'b', title: 'A devolução demora' }],
      person: [{ id: 'p', name: 'Débora Sá', email: 'devolucoes@example.com' }],
    });
    expect(find('devoluc').map(({ href }) => href)).toEqual([
      '/documents/d',
      '/cases/c',
      '/feedback/b',
      '/feedback/b?item=i',
      '/people',
    ]);
    expect(find('c-000012').map(({ href }) => href)).toEqual(['/cases/c']);
  });

  it('lets no kind crowd out another', () => {
    const many = Array.from({ length: 500 }, (_, at) => ({ id: `d${at}`, title: `Sellers ${at}` }));
    const found = records({ document: many, board: [{ id: 'b', title: 'Sellers' }] }).find('sellers');
    expect(found.length).toBeLessThan(20);
    expect(found.map(({ href }) => href)).toContain('/feedback/b');
  });
});
