import { expect, it } from 'vitest';
import { answerFor } from './answers.ts';

const origin = 'https://stoa.example';
const stored = new Set(['/_app/immutable/a.js', '/shell', '/boot.js']);
const asked = (path: string, mode = 'cors', method = 'GET') =>
  answerFor({ method, mode, url: path.startsWith('http') ? path : origin + path }, origin, stored);

it.each(['/trpc/cases.list', '/sync/document/1', '/files/abc', '/healthz'])(
  'leaves %s to the server',
  (path) => {
    expect(asked(path)).toBe('network');
    expect(asked(path, 'navigate')).toBe('network');
  },
);
it('never touches what changes something', () => {
  expect(asked('/boards/ideas', 'navigate', 'POST')).toBe('network');
});
it('answers every page of the app, deep links too', () => {
  for (const path of ['/', '/documents/1?x=2', '/cases', '/settings', '/sign-in', '/nowhere']) {
    expect(asked(path, 'navigate')).toBe('app page');
  }
});
it('knows the pages that only the server can render', () => {
  expect(asked('/boards/ideas', 'navigate')).toBe('public page');
  expect(asked('/boardsroom', 'navigate')).toBe('app page');
});
it('serves what was stored with this version, and nothing else', () => {
  expect(asked('/_app/immutable/a.js')).toBe('stored');
  expect(asked('/_app/immutable/b.js')).toBe('network');
  expect(asked('https://elsewhere.example/boot.js')).toBe('network');
});
