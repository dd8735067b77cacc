/** How long to wait before the next attempt: doubling, bounded, and spread so that devices do not return as one. */
import { minute, second } from '#domain/time.ts';

export const firstDelayMs = 1 * second;
export const longestDelayMs = 2 * minute;

/** `attempt` counts from 1; `chance` is between 0 and 1. Never less than half of the full delay. */
export function delayBefore(attempt: number, chance: number): number {
  const full = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(attempt - 1, 20));
  return full / 2 + (full / 2) * chance;
}
