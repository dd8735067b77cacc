/** A tab's name, known to be alive as long as the tab holds the lock of that name. */
import type { Environment } from './environment.ts';

export interface TabName {
  readonly name: string;
  hold: () => void;
  /** Names of all tabs that are open now; of this one alone where the browser has no locks. */
  openTabs: () => Promise<ReadonlySet<string>>;
  letGo: () => void;
}

export function createTabName(name: string, { locks }: Environment): TabName {
  const ending = new AbortController();
  const ended = new Promise<void>((resolve) => {
    ending.signal.addEventListener('abort', () => resolve());
  });
  return {
    name,
    hold: () => void locks?.request(tabLock(name), () => ended).catch(() => undefined),
    openTabs: async () => {
      if (!locks) return new Set([name]);
      const { held } = await locks.query();
      const prefix = tabLock('');
      return new Set(
        (held ?? []).flatMap((lock) =>
          lock.name?.startsWith(prefix) ? [lock.name.slice(prefix.length)] : [],
        ),
      );
    },
    letGo: () => ending.abort(),
  };
}

const tabLock = (tabName: string): string => `stoa-tab-${tabName}`;
