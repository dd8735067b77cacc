/**
 * Sliding windows in memory: how often one key (an address, an account) may do something. Bounded in keys, so
 * that an attacker with many addresses fills a table of fixed size and nothing else.
 */
import { DomainError } from '#domain/errors.ts';
import { hour, minute, second } from '#domain/time.ts';

export interface Window {
  /** Uses allowed within the window. */
  limit: number;
  windowMs: number;
}

/** Keys remembered per limit; beyond it the one unused for longest is forgotten. */
export const rateLimitKeys = 20_000;

export interface RateLimit {
  /** Counts a use; throws `rate_limited` when there were too many, and does not count that one. */
  take(key: string): void;
  /** Forgets a key: after a success that proves an earlier failure was a slip. */
  forget(key: string): void;
}

export function createRateLimit({ limit, windowMs }: Window, nowMs: () => number): RateLimit {
  const uses = new Map<string, number[]>();
  return {
    take: (key) => {
      const now = nowMs();
      const recent = (uses.get(key) ?? []).filter((at) => at > now - windowMs);
      // Taken out and put back: the map's order is then the order of last use.
      uses.delete(key);
      uses.set(key, recent);
      if (uses.size > rateLimitKeys) {
        const oldest = uses.keys().next().value;
        if (oldest !== undefined) uses.delete(oldest);
      }
      const [first] = recent;
      if (recent.length >= limit && first !== undefined)
        throw new DomainError('rate_limited', {
          retryAfterSeconds: Math.ceil((first + windowMs - now) / second),
        });
      recent.push(now);
    },
    forget: (key) => void uses.delete(key),
  };
}

/** Each limit of the server by what it protects. */
export const windows = {
  /** One address trying one account. */
  signIn: { limit: 8, windowMs: 10 * minute },
  /** One address trying many accounts. */
  signInFromAddress: { limit: 60, windowMs: 10 * minute },
  /** Many addresses trying one account. */
  signInToAccount: { limit: 100, windowMs: hour },
  /** Opening one-time links: the tokens cannot be guessed, this only keeps the noise down. */
  links: { limit: 40, windowMs: 10 * minute },
  /** Posts of visitors on public boards. */
  publicPosts: { limit: 10, windowMs: 10 * minute },
  /** Votes of visitors on public boards. */
  publicVotes: { limit: 60, windowMs: 10 * minute },
} as const satisfies Record<string, Window>;

export type Limits = Record<keyof typeof windows, RateLimit>;

export function createLimits(
  nowMs: () => number,
  overrides: Partial<Record<keyof Limits, Window>> = {},
): Limits {
  const names = Object.keys(windows) as (keyof Limits)[];
  return Object.fromEntries(
    names.map((name) => [name, createRateLimit(overrides[name] ?? windows[name], nowMs)]),
  ) as Limits;
}

/** An IPv6 customer owns a whole /64: its first four groups are the address that counts. */
export function addressKey(address: string): string {
  const plain = address.replace(/^::ffff:/i, '').replace(/%.*$/, '');
  if (!plain.includes(':')) return plain;
  const [head = '', tail] = plain.split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups =
    tail === undefined
      ? front
      : [...front, ...Array<string>(Math.max(0, 8 - front.length - back.length)).fill('0'), ...back];
  return `${groups.slice(0, 4).join(':')}::/64`;
}
