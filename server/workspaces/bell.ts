/**
 * Rings after a commit that changed what somebody may do or how they came in: a role, a grant, a session, a
 * token. Whoever holds sockets open listens, and asks again for the person's rights.
 */
export type AccessListener = (personId: string) => void;

export interface AccessBell {
  ring(...personIds: readonly string[]): void;
  /** Returns the way to stop listening. */
  listen(listener: AccessListener): () => void;
}

export function createAccessBell(): AccessBell {
  const listeners = new Set<AccessListener>();
  return {
    ring: (...personIds) => {
      for (const personId of personIds) for (const listener of [...listeners]) listener(personId);
    },
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
