import { describe, expect, it } from 'vitest';
import type { FolderRecord } from '#domain/documents/document.ts';
import { folderTree, indented, takesFolder } from './folders.ts';

const folder = (id: string, name: string, parentId: string | null = null): FolderRecord =>
  ({ id, name, parentId, workspaceId: 'w' }) as FolderRecord;

describe('the folders', () => {
  it('stand in the order of a tree, each level by name, accents and numbers as people sort them', () => {
    const tree = folderTree(
      [
        folder('1', 'Vendas'),
        folder('2', 'Égide'),
        folder('3', 'Parte 10', '1'),
        folder('4', 'Parte 2', '1'),
        folder('5', 'Anexo', '4'),
      ],
      'pt-BR',
    );
    expect(tree.map(({ folder: { name }, depth }) => [name, depth])).toEqual([
      ['Égide', 0],
      ['Vendas', 0],
      ['Parte 2', 1],
      ['Anexo', 2],
      ['Parte 10', 1],
    ]);
    expect(tree.map(indented)[3]).toBe('\u2003\u2003Anexo');
  });

  it('shows a folder at the top when its parent may not be seen', () => {
    expect(folderTree([folder('1', 'Inside', 'hidden')], 'en')).toMatchObject([{ depth: 0 }]);
  });

  it('offers as a new place only what is neither the folder itself nor within it', () => {
    const folders = [folder('1', 'A'), folder('2', 'B', '1'), folder('3', 'C', '2'), folder('4', 'D')];
    const moving = folders[1] as FolderRecord;
    const places = folders.filter((into) => takesFolder(into, moving, folders));
    expect(places.map(({ name }) => name)).toEqual(['A', 'D']);
  });
});
