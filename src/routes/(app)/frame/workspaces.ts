/** The workspaces one can change to, for the menus of desk and phone. */
import type { Engine } from '#lib/replica/engine.svelte.ts';

export interface Workspace {
  id: string;
  name: string;
  isOpen: boolean;
  enter: () => void;
}

export const workspacesOf = (engine: Engine): Workspace[] =>
  engine.places.all().map(({ workspaceId, name }) => {
    const isOpen = workspaceId === engine.workspaceId;
    return {
      id: workspaceId,
      // The one that is open knows of a new name at once, the others with the next answer of the server.
      name: (isOpen && engine.records.get('workspace', workspaceId)?.name) || name,
      isOpen,
      enter: () => {
        if (isOpen) return;
        // A whole new page: nothing of the one stays in memory beside the other.
        void engine.places.enter(workspaceId).then(() => location.assign('/'));
      },
    };
  });
