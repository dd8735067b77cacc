/** Durations in milliseconds, named so that a limit reads as a sentence. No clock lives here. */
export const second = 1_000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;

/** An instant as stored everywhere: ISO 8601, UTC, milliseconds, so that text order is time order. */
export type Instant = string;
export const instant = (ms: number): Instant => new Date(ms).toISOString();
