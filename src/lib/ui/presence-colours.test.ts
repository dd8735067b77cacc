import { describe, expect, it } from 'vitest';
import { allSights, contrast, distanceFor } from './colour-maths.ts';
import { initialsOf, inkOnPresence, presenceColourOf, presenceColours } from './presence-colours.ts';

describe('presence colours', () => {
  it('are eight, each a six-digit hex', () => {
    expect(new Set(presenceColours).size).toBe(8);
    for (const colour of presenceColours) expect(colour).toMatch(/^#[0-9a-f]{6}$/);
  });

  it('can be told apart by every kind of eye', () => {
    for (const sight of allSights) {
      for (const [index, one] of presenceColours.entries()) {
        for (const other of presenceColours.slice(index + 1)) {
          expect(distanceFor(sight, one, other), `${sight}: ${one} and ${other}`).toBeGreaterThan(0.08);
        }
      }
    }
  });

  it('are visible as a caret on light and on dark paper', () => {
    for (const colour of presenceColours) {
      expect(contrast(colour, '#faf7f2'), colour).toBeGreaterThanOrEqual(3);
      expect(contrast(colour, '#1b1815'), colour).toBeGreaterThanOrEqual(3);
    }
  });

  it('carry initials at 4.5:1', () => {
    for (const colour of presenceColours) {
      expect(contrast(colour, inkOnPresence(colour)), colour).toBeGreaterThanOrEqual(4.5);
    }
  });

  it('stay with the person', () => {
    expect(presenceColourOf('p-1')).toBe(presenceColourOf('p-1'));
    const seen = new Set(Array.from({ length: 200 }, (_, index) => presenceColourOf(`person-${index}`)));
    expect(seen.size).toBe(8);
  });
});

describe('initials', () => {
  it('are the first letters of the first and the last name', () => {
    expect(initialsOf('Ana Beatriz Souza')).toBe('AS');
    expect(initialsOf('émile')).toBe('É');
    expect(initialsOf('  ')).toBe('?');
    expect(initialsOf('😀 Ok')).toBe('😀O');
  });
});
