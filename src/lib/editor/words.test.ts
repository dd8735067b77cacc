import { describe, expect, it } from 'vitest';
import { choicesFor } from './block-choices.ts';
import { hrefFrom } from './links.ts';

const ids = (query: string) => choicesFor(query).map(({ id }) => id);

describe('the list of blocks', () => {
  it('is whole while nothing is typed', () => {
    expect(ids('')).toContain('table');
    expect(new Set(ids('')).size).toBe(ids('').length);
  });

  it('finds by name, by other names and by abbreviations, names first', () => {
    expect(ids('head')).toEqual(['heading1', 'heading2', 'heading3']);
    expect(ids('h2')).toEqual(['heading2']);
    expect(ids('list')[0]).toBe('bulletList');
    expect(ids('callout')).toEqual(['note', 'tip', 'warning']);
    expect(ids('nothing of the kind')).toEqual([]);
  });
});

describe('what is typed as an address', () => {
  it.each([
    ['example.com', 'https://example.com'],
    ['example.com/rules?x=1', 'https://example.com/rules?x=1'],
    ['ana@example.com', 'mailto:ana@example.com'],
    ['https://example.com', 'https://example.com'],
    ['/documents', '/documents'],
    ['#part', '#part'],
    ['  example.com ', 'https://example.com'],
  ])('%j leads to %j', (typed, href) => {
    expect(hrefFrom(typed)).toBe(href);
  });

  it.each(['', '  ', 'javascript:alert(1)', 'data:text/html,x'])('%j leads nowhere', (typed) => {
    expect(hrefFrom(typed)).toBeNull();
  });
});
