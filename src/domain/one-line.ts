/** Titles and names: one line, in which no character hides, breaks the line or turns what stands after it around. */
import { z } from 'zod';

/** White space of every kind becomes single spaces; control and direction characters go. */
export const oneLine = (text: string): string =>
  text
    .toWellFormed()
    // eslint-disable-next-line no-control-regex -- control characters are what is taken out
    .replace(/[\s\u0000-\u001f\u007f-\u009f\u2028\u2029]+/gu, ' ')
    .replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu, '')
    .trim();

/** A field of at most so many UTF-16 units after that. */
export const lineUpTo = (limit: number) => z.string().overwrite(oneLine).max(limit);
