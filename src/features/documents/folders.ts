/** Folders as they stand inside each other. A parent that this person may not see makes no gap. */
import type { FolderRecord } from '#domain/documents/document.ts';
import { levelsBelow, movedFolder } from '#domain/documents/rules.ts';
import { errorCodeOf } from '#domain/errors.ts';
import type { FolderId } from '#domain/ids.ts';

export interface FolderPlace {
  folder: FolderRecord;
  /** 0 at the top. */
  depth: number;
}

/** All folders in the order of a tree, each level by name as the reader's language sorts. */
export function folderTree(folders: readonly FolderRecord[], locale: string): FolderPlace[] {
  const known = new Set(folders.map(({ id }) => id));
  const byParent = Map.groupBy(folders, ({ parentId }) =>
    parentId !== null && known.has(parentId) ? parentId : null,
  );
  const compare = new Intl.Collator(locale, { numeric: true }).compare;
  const placed = new Set<FolderId>();
  const places: FolderPlace[] = [];
  const walk = (parent: FolderId | null, depth: number) => {
    const here = [...(byParent.get(parent) ?? [])].sort(
      (a, b) => compare(a.name, b.name) || (a.id < b.id ? -1 : 1),
    );
    for (const folder of here) {
      if (placed.has(folder.id)) continue;
      placed.add(folder.id);
      places.push({ folder, depth });
      walk(folder.id, depth + 1);
    }
  };
  walk(null, 0);
  return places;
}

/** An em space for each level: the one indent that a native list of choices shows. */
export const indented = ({ folder, depth }: FolderPlace): string => `${'\u2003'.repeat(depth)}${folder.name}`;

/** Whether a folder may be put into another, by the rule that the server asks. */
export function takesFolder(
  into: FolderRecord,
  folder: FolderRecord,
  folders: readonly FolderRecord[],
): boolean {
  const find = (id: FolderId) => folders.find((one) => one.id === id);
  try {
    movedFolder(folder, into.id, { find, levelsBelow: levelsBelow(folder.id, folders) });
    return true;
  } catch (error) {
    if (errorCodeOf(error) === undefined) throw error;
    return false;
  }
}
