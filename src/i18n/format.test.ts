import { describe, expect, it } from 'vitest';
import { day, hour, instant, minute } from '#domain/time.ts';
import {
  endOfPickedDay,
  formatAge,
  formatBytes,
  formatList,
  formatNumber,
  formatOverLimit,
  pickedDayOf,
} from './format.ts';

const now = Date.UTC(2026, 10, 23, 12);
const ago = (ms: number) => instant(now - ms);

describe('ages', () => {
  it('are said in the reader’s language', () => {
    expect(formatAge(ago(5 * minute), now, 'en')).toBe('5 min. ago');
    expect(formatAge(ago(2 * hour), now, 'pt-BR')).toBe('há 2 h');
    expect(formatAge(ago(day), now, 'en')).toBe('yesterday');
    expect(formatAge(ago(day), now, 'pt-BR')).toBe('ontem');
  });
  it('become a date after a week, with the year only when it is another', () => {
    expect(formatAge(ago(20 * day), now, 'en')).toBe('Nov 3');
    expect(formatAge(ago(400 * day), now, 'en')).toBe('Oct 19, 2025');
  });
  it('never speak of the future when another clock runs ahead', () => {
    expect(formatAge(ago(-3 * hour), now, 'en')).toBe('now');
  });
});

describe('numbers and lists', () => {
  it('follow the locale', () => {
    expect(formatNumber(12345.5, 'pt-BR')).toBe('12.345,5');
    expect(formatBytes(1_250_000, 'pt-BR')).toBe('1,3 MB');
    expect(formatBytes(999, 'en')).toBe('999 bytes');
    expect(formatBytes(0, 'en')).toBe('0 bytes');
    expect(formatBytes(5e12, 'en')).toBe('5,000 GB');
    expect(formatOverLimit(2_000_001, 2_000_000, 'en')).toEqual(['2,000,001 bytes', '2,000,000 bytes']);
    expect(formatOverLimit(52_000_000, 2_000_000, 'pt-BR')).toEqual(['52 MB', '2 MB']);
    expect(formatList(['a', 'b', 'c'], 'pt-BR')).toBe('a, b e c');
  });
});

describe('an end date', () => {
  it('lasts to the end of that day where the person is', () => {
    const end = new Date(endOfPickedDay('2026-03-31') ?? '');
    expect([end.getFullYear(), end.getMonth(), end.getDate(), end.getHours()]).toEqual([2026, 2, 31, 23]);
    expect(pickedDayOf(endOfPickedDay('2026-03-31'))).toBe('2026-03-31');
  });
  it('is none while nothing was picked', () => {
    expect(endOfPickedDay('')).toBeNull();
    expect(pickedDayOf(null)).toBe('');
  });
});
