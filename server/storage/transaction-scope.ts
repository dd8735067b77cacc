/**
 * Knows whether the running code stands inside a write transaction, so that using the outer handle there is
 * an error at once, on every database, instead of a wait for ever on SQLite.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

export interface TransactionScope {
  /** Throws when called from inside `run`. */
  assertOutside(): void;
  run<Result>(work: () => Promise<Result>): Promise<Result>;
}

export function createTransactionScope(): TransactionScope {
  const storage = new AsyncLocalStorage<{ open: boolean }>();
  return {
    assertOutside: () => {
      if (storage.getStore()?.open)
        throw new Error('inside a write transaction use its own handle (tx), not the database');
    },
    run: async (work) => {
      // A timer or socket made inside keeps this store after the end; `open` then says it is over.
      const state = { open: true };
      try {
        return await storage.run(state, work);
      } finally {
        state.open = false;
      }
    },
  };
}
