/**
 * Rings after a commit that changed what somebody may do or how they came in: a role, a grant, a session, a
 * token. Whoever holds sockets open listens, and asks again for the person's rights. Who rings waits for that
 * before answering: when a change of role is answered, no socket of that person has the old one.
 */
export type AccessListener = (personId: string) => void | Promise<void>;

export interface AccessBell {
  /** Resolves when all listeners have done what follows; listeners must not reject, the change stands. */
  ring(...personIds: readonly string[]): Promise<void>;
  /** Returns the way to stop listening. */
  listen(listener: AccessListener): () => void;
}

export function createAccessBell(): AccessBell {
  const listeners = new Set<AccessListener>();
  return {
    ring: async (...personIds) => {
      const told = personIds.flatMap((personId) =>
        [...listeners].map(async (listener) => listener(personId)),
      );
      await Promise.all(told);
    },
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
