/** Dates, numbers and ages in the reader's manner. The locale and, where it matters, the present are handed in. */
import { day, hour, minute } from '#domain/time.ts';
import type { Instant } from '#domain/time.ts';

/** 3 Mar 2026 · 3 de mar. de 2026 */
export const formatDay = (at: Instant, locale: string): string =>
  new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }).format(new Date(at));

/** 3 Mar 2026, 14:05, in the reader's time zone. */
export const formatMoment = (at: Instant, locale: string): string =>
  new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(at));

/** Monday, 3 March. */
export const formatLongDay = (at: Instant, locale: string): string =>
  new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' }).format(new Date(at));

export const formatNumber = (value: number, locale: string): string =>
  new Intl.NumberFormat(locale).format(value);

/**
 * How long ago, in the fewest words that are true: "now", "5 min. ago", "yesterday", then the date.
 * A moment ahead of this device's clock (another device's clock runs fast) is "now", never "in 3 minutes".
 */
export function formatAge(at: Instant, nowMs: number, locale: string): string {
  const past = nowMs - Date.parse(at);
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' });
  if (past < minute) return relative.format(0, 'second');
  if (past < hour) return relative.format(-Math.floor(past / minute), 'minute');
  if (past < day) return relative.format(-Math.floor(past / hour), 'hour');
  const days = Math.floor(past / day);
  if (days < 7) return relative.format(-days, 'day');
  const moment = new Date(at);
  const sameYear = moment.getFullYear() === new Date(nowMs).getFullYear();
  return new Intl.DateTimeFormat(locale, {
    day: 'numeric',
    month: 'short',
    ...(!sameYear && { year: 'numeric' }),
  }).format(moment);
}

const byteUnits = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;

/** 1.2 MB · 1,2 MB */
export function formatBytes(bytes: number, locale: string): string {
  const step = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), byteUnits.length - 1);
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: byteUnits[step] as string,
    unitDisplay: step === 0 ? 'long' : 'short',
    maximumFractionDigits: step < 2 ? 0 : 1,
  }).format(bytes / 1000 ** step);
}

/** A size beside the limit it went past: in single bytes where rounding would make them look the same. */
export function formatOverLimit(bytes: number, limit: number, locale: string): [string, string] {
  const rounded: [string, string] = [formatBytes(bytes, locale), formatBytes(limit, locale)];
  if (rounded[0] !== rounded[1]) return rounded;
  const exact = new Intl.NumberFormat(locale, { style: 'unit', unit: 'byte', unitDisplay: 'long' });
  return [exact.format(bytes), exact.format(limit)];
}

/** "a, b and c" · "a, b e c" */
export const formatList = (parts: readonly string[], locale: string): string =>
  new Intl.ListFormat(locale, { type: 'conjunction' }).format(parts);

/** The end of a day that was picked in a calendar, in the picker's own time zone, as an instant. */
export function endOfPickedDay(picked: string): Instant | null {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(picked);
  if (!parts) return null;
  return new Date(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]), 23, 59, 59, 999).toISOString();
}

/** The day of an instant as a date field holds it, in the reader's time zone; nothing for none. */
export function pickedDayOf(at: Instant | null): string {
  if (at === null) return '';
  const moment = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
}
