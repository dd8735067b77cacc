/** A browser's storage of words, in memory. */
import type { Environment } from '#lib/device/environment.ts';

export function memoryWords(): NonNullable<Environment['words']> {
  const kept = new Map<string, string>();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, text) => void kept.set(key, text),
    removeItem: (key) => void kept.delete(key),
  };
}
